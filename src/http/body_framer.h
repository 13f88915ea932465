// Frames the body of an outgoing message: as it is, in chunks, or not at all.
//
//   state      on                         becomes
//   unframed   begin: the head is known   open
//   open       end                        ended
#pragma once

#include "http/compose_head.h"
#include "http/framing.h"
#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace weir::http {

class BodyFramer {
 public:
  enum class State : std::uint8_t { unframed, open, ended };
  // Whether a body that is shorter or longer than its Content-Length is an error.
  enum class LengthCheck : std::uint8_t { none, strict };
  enum class More : std::uint8_t { follows, none };

  void begin(const Framing& framing) noexcept;
  void check_length(LengthCheck check) noexcept { check_ = check; }
  // The trailer lines, each with its line end; only a chunked body has a place for them.
  void set_trailers(std::string trailers) { trailers_ = std::move(trailers); }

  State state() const noexcept { return state_; }
  bool has_body() const noexcept { return body_ != Body::none; }
  // A piece of the body has no suffix.
  bool is_bare() const noexcept { return body_ != Body::chunked; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  // No byte is missing, even before end().
  bool is_whole() const noexcept;

  // Counts `bytes` more of the body. ERRORS: answers ERR_HTTP_BODY_NOT_ALLOWED,
  // ERR_HTTP_CONTENT_LENGTH_MISMATCH.
  Error admit(std::uint64_t bytes, More more);

  // Append the text before and after `size` bytes that form one chunk, and the end of the body. A
  // second end() appends no text.
  void open_piece(HeadText& text, std::size_t size) const;
  void close_piece(HeadText& text, std::size_t size) const;
  void end(HeadText& text);

 private:
  State state_ = State::unframed;
  Body body_ = Body::none;
  BodyRule rule_ = BodyRule::sent;
  LengthCheck check_ = LengthCheck::none;
  std::optional<std::uint64_t> length_;  // of a sized body
  std::uint64_t bytes_ = 0;
  std::string trailers_;
};

}  // namespace weir::http
