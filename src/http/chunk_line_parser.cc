#include "http/chunk_line_parser.h"

#include "http/text.h"

#include <charconv>
#include <cstddef>

namespace weir::http {
namespace {

// Reads chunk extensions from left to right. Each step returns whether its text was there.
class ExtensionReader {
 public:
  explicit ExtensionReader(std::string_view line, std::size_t at) noexcept : line_(line), at_(at) {}

  bool at_end() const noexcept { return at_ == line_.size(); }
  std::size_t at() const noexcept { return at_; }

  // BWS ";" BWS name [ BWS "=" BWS value ]
  bool extension() noexcept {
    skip_spaces();
    if (!skip(';')) return false;
    skip_spaces();
    if (!token()) return false;
    const std::size_t name_end = at_;
    skip_spaces();
    if (!skip('=')) {
      at_ = name_end;
      return true;
    }
    skip_spaces();
    return skip('"') ? quoted_rest() : token();
  }

 private:
  void skip_spaces() noexcept {
    while (!at_end() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }

  bool skip(char c) noexcept {
    if (at_end() || line_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool token() noexcept {
    const std::size_t begin = at_;
    while (!at_end() && is_token_char(line_[at_])) ++at_;
    return at_ > begin;
  }

  // *( qdtext / quoted-pair ) DQUOTE
  bool quoted_rest() noexcept {
    while (!at_end()) {
      const char c = line_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') ++at_;
      if (at_end() || !is_header_char(line_[at_])) return false;
      ++at_;
    }
    return false;
  }

  std::string_view line_;
  std::size_t at_;
};

}  // namespace

LineFault parse_chunk_line(std::string_view line, std::uint64_t& size) noexcept {
  constexpr int kHexadecimal = 16;
  const auto [end, error] =
      std::from_chars(line.data(), line.data() + line.size(), size, kHexadecimal);
  const auto digits = static_cast<std::size_t>(end - line.data());
  if (error == std::errc::result_out_of_range) return {ParseErrc::chunk_size_overflow, digits};
  if (error != std::errc()) return {ParseErrc::invalid_chunk_size};
  ExtensionReader reader(line, digits);
  while (!reader.at_end())
    if (!reader.extension())
      return {reader.at() == digits ? ParseErrc::invalid_chunk_size
                                    : ParseErrc::invalid_chunk_extension,
              reader.at()};
  return {};
}

}  // namespace weir::http
