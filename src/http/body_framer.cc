#include "http/body_framer.h"

#include <weir/http/errors.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::http {

void BodyFramer::begin(const Framing& framing) noexcept {
  state_ = State::open;
  body_ = framing.body;
  rule_ = framing.rule;
  if (body_ == Body::sized) length_ = framing.length;
}

Error BodyFramer::admit(std::uint64_t bytes, More more) {
  if (rule_ == BodyRule::refused && bytes > 0) return Errc::body_not_allowed;
  bytes_ += bytes;
  if (check_ == LengthCheck::none || !length_) return {};
  const bool fits = more == More::none ? bytes_ == *length_ : bytes_ <= *length_;
  if (fits) return {};
  return Error(Errc::content_length_mismatch,
               fmt::format("Response body's content-length of {} byte(s) does not match the "
                           "content-length of {} byte(s) set in header",
                           bytes_, *length_));
}

bool BodyFramer::is_whole() const noexcept {
  switch (body_) {
    case Body::none:
      return state_ != State::unframed;
    case Body::sized:
      return bytes_ == length_;
    default:
      return state_ == State::ended;
  }
}

// The chunks of one batch become one chunk of the body. Node: kChunkedBuffer.
void BodyFramer::open_piece(HeadText& text, std::size_t size) const {
  if (body_ != Body::chunked || size == 0) return;
  std::array<char, 2 * sizeof size> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  append(text, {digits.data(), end.ptr});
  append(text, "\r\n");
}

void BodyFramer::close_piece(HeadText& text, std::size_t size) const {
  if (body_ == Body::chunked && size > 0) append(text, "\r\n");
}

void BodyFramer::end(HeadText& text) {
  if (std::exchange(state_, State::ended) == State::ended || body_ != Body::chunked) return;
  append(text, "0\r\n");
  append(text, trailers_);
  append(text, "\r\n");
}

}  // namespace weir::http
