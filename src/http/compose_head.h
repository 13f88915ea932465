// Composes an outgoing message's head: a pure function of its first line, its headers and the
// framing rules.
//
//   HeadText text;
//   const Framing framing = compose_head(text, {"HTTP/1.1 200 OK\r\n", 200, headers, date}, rules,
//                                        {.bytes = 5, .is_whole = true});
#pragma once

#include "http/framing.h"
#include <weir/http/headers.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir::http {

// A text that grows at its end. Most heads fit into the object.
class HeadText {
 public:
  HeadText() noexcept {}  // NOLINT: not = default, which would zero `own_`
  HeadText(const HeadText&) = delete;
  HeadText& operator=(const HeadText&) = delete;

  const char* data() const noexcept { return begin_; }
  std::size_t size() const noexcept { return size_; }

  void append(std::string_view more) {
    if (more.size() > room_ - size_) [[unlikely]]
      grow(more.size());
    if (!more.empty()) std::memcpy(begin_ + size_, more.data(), more.size());
    size_ += more.size();
  }
  // Appends "name: value\r\n".
  void append_line(std::string_view name, std::string_view value) {
    const std::size_t more = name.size() + value.size() + 4;
    if (more > room_ - size_) [[unlikely]]
      grow(more);
    char* at = begin_ + size_;
    const auto put = [&at](std::string_view text) {
      if (!text.empty()) std::memcpy(at, text.data(), text.size());
      at += text.size();
    };
    put(name);
    std::memcpy(at, ": ", 2);
    at += 2;
    put(value);
    std::memcpy(at, "\r\n", 2);
    size_ += more;
  }
  // REQUIRES: size <= size().
  void shrink(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept { size_ = 0; }

 private:
  static constexpr std::size_t kUsual = 384;

  void grow(std::size_t more);

  std::size_t size_ = 0;
  std::size_t room_ = kUsual;
  std::unique_ptr<char[]> block_;  // null: the text is in `own_`
  std::array<char, kUsual> own_;
  char* begin_ = own_.data();
};

inline void append(HeadText& text, std::string_view more) { text.append(more); }
void append_number(HeadText& text, std::uint64_t number);

struct HeadParts {
  std::string_view first_line;  // with its line end
  int status = 0;               // 0: a request
  const Headers& fields;
  std::string_view date;  // the value of the Date header
};

// Appends the head to `text`, as Node's _storeHeader does. ERRORS: throws ERR_HTTP_TRAILER_INVALID
// for a Trailer header without chunked framing, and leaves `text` unchanged.
Framing compose_head(HeadText& text, const HeadParts& parts, const FramingRules& rules,
                     BodyHint hint);

}  // namespace weir::http
