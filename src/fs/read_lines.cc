#include <weir/fs/read_lines.h>

#include <weir/fs/errors.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

// Finds the next occurrence of one character. It examines each byte once, even if other characters
// are between.
class Finder {
 public:
  Finder(std::string_view text, char sought) : text_(text), sought_(sought) { find(0); }

  // REQUIRES: `from` never decreases.
  std::size_t at_or_after(std::size_t from) {
    if (found_ < from) find(from);
    return found_;
  }

 private:
  void find(std::size_t from) { found_ = std::min(text_.find(sought_, from), text_.size()); }

  std::string_view text_;
  char sought_;
  std::size_t found_ = 0;
};

class LineSplitter final : public BasicTransformer<Chunk, std::string> {
 public:
  explicit LineSplitter(std::size_t max_length) : max_length_(max_length) {}

  void transform(BasicTransform<Chunk, std::string>& stream, Chunk chunk, Done done) override {
    std::string_view text = chunk.text();
    if (text.empty()) return done();
    if (std::exchange(after_return_, false) && text.starts_with('\n')) text.remove_prefix(1);

    Finder newlines(text, '\n');
    Finder returns(text, '\r');
    std::size_t begin = 0;
    // A listener may destroy the stream.
    while (!stream.destroyed()) {
      const std::size_t end = std::min(newlines.at_or_after(begin), returns.at_or_after(begin));
      if (end - begin > max_length_ - begun_.size()) return done(too_long());
      begun_ += text.substr(begin, end - begin);
      if (end == text.size()) break;
      begin = end + 1;
      if (text[end] == '\r') {
        after_return_ = begin == text.size();  // the rest of a "\r\n" may be in the next chunk
        if (text.substr(begin).starts_with('\n')) ++begin;
      }
      stream.push(std::exchange(begun_, {}));
    }
    done();
  }

  void flush(BasicTransform<Chunk, std::string>& stream, Done done) override {
    if (!begun_.empty()) stream.push(std::exchange(begun_, {}));
    done();
  }

 private:
  Error too_long() const {
    return {Errc::line_too_long, fmt::format("A line is longer than {} bytes", max_length_)};
  }

  std::size_t max_length_;
  std::string begun_;  // an incomplete line
  bool after_return_ = false;
};

}  // namespace

Ref<LineStream> read_lines(TickQueue& ticks, const ReadLinesOptions& options) {
  const std::size_t max_length =
      options.max_length.value_or(std::numeric_limits<std::size_t>::max());
  return LineStream::make(
      ticks, std::make_unique<LineSplitter>(max_length),
      {.readable_high_water_mark = options.high_water_mark, .signal = options.signal});
}

}  // namespace weir::fs
