// A text that a parser finds in pieces: mostly one, which is then not copied.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::http {

class SpanText {
 public:
  void add(const char* at, std::size_t size) {
    if (view_.empty()) {
      view_ = {at, size};
    } else if (!kept() && view_.data() + view_.size() == at) {
      view_ = {view_.data(), view_.size() + size};
    } else {
      keep();
      copy_.append(at, size);
      view_ = copy_;
    }
  }

  // Copies what is not copied yet, for its bytes go.
  void keep() {
    if (view_.empty() || kept()) return;
    copy_.assign(view_);
    view_ = copy_;
  }

  std::string_view text() const noexcept { return view_; }
  // A long copy is given up: a connection may be idle for long after it.
  void clear() noexcept {
    view_ = {};
    if (copy_.capacity() > kKeptCapacity) std::string().swap(copy_);
  }

 private:
  static constexpr std::size_t kKeptCapacity = 256;

  bool kept() const noexcept { return view_.data() == copy_.data(); }

  std::string_view view_;
  std::string copy_;
};

}  // namespace weir::http
