// HTTP/1 parser: turns bytes into messages. A connection has one parser for all its messages.
//
//   Parser parser(Parser::Kind::request, handler, {});
//   const Parser::Result result = parser.execute(chunk);
//   if (result.error) ...
//
//   state        on                                     becomes
//   start        a byte that ends no line               first_line
//   first_line   the line's end                         fields
//   fields       the empty line                         sized, chunk_size, until_close, tunnel,
//                                                       or the message is complete
//   sized        the last byte                          the message is complete
//   chunk_size   the line: of a chunk, of the last one  chunk, trailers
//   chunk        its last byte                          chunk_cr, chunk_lf, chunk_size
//   trailers     the empty line                         the message is complete
//   (complete)   the connection stays, or does not      start, closed
//   any          a byte that may not be there           failed
//
// Bytes after the last message of a connection that closes are dropped (RFC 9112, 9.6). The handler
// is called inside execute; it may destroy the connection, but not the parser.
#pragma once

#include "http/body_length.h"
#include "http/head_parser.h"
#include "http/line_reader.h"
#include "http/parse_error.h"
#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/http/headers.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::http {

// The head of a message.
struct MessageHead {
  std::string_view method;  // of a request; points to a static string
  std::string url;          // of a request
  int status = 0;           // of a response
  std::string reason;       // of a response
  int version_major = 0;
  int version_minor = 0;
  Headers headers;
  HostField host = HostField::none;
  bool keep_alive = false;
  bool upgrade = false;  // another protocol may follow (request), or follows (response)
};

class ParserHandler {
 public:
  enum class Next : std::uint8_t {
    body,    // as framed by the head, perhaps empty
    tunnel,  // another protocol
  };

  virtual void on_message_begin() noexcept = 0;
  virtual Next on_head(MessageHead&& head) noexcept = 0;
  virtual void on_body(Buffer piece) noexcept = 0;
  virtual void on_message_complete(Headers&& trailers) noexcept = 0;

 protected:
  ~ParserHandler() = default;
};

class Parser {
 public:
  enum class Kind : std::uint8_t { request, response };

  struct Limits {
    std::size_t header_size = 16 * 1024;  // names, values and URL, in bytes; trailers count as well
    std::size_t header_count = 1000;      // further headers are dropped. 0: unlimited
    bool insecure = false;                // accepts ambiguous framing and control characters
  };

  struct Result {
    std::size_t parsed = 0;  // bytes; all, unless paused, upgraded or failed
    bool upgraded = false;   // the rest belongs to another protocol
    bool paused = false;     // the rest is for the next execute
    Error error = {};
  };

  // REQUIRES: the handler outlives the parser. `method`: the method of the request, for responses.
  Parser(Kind kind, ParserHandler& handler, Limits limits, std::string method = {}) noexcept;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // After an error, every call returns the same error.
  Result execute(const Buffer& bytes);
  // Called by the handler: the current call of execute returns before the next message.
  void pause() noexcept { paused_ = true; }
  // Releases memory between two messages; does nothing within one.
  void give_back_memory() noexcept {
    if (state_ == State::start) message_ = nullptr;
  }
  // Ends the input. ERRORS: returns HPE_INVALID_EOF_STATE for an incomplete message.
  Error finish();

 private:
  enum class State : std::uint8_t {
    start,
    first_line,
    fields,
    sized,
    until_close,
    chunk_size,
    chunk,
    chunk_cr,
    chunk_lf,
    trailers,
    tunnel,
    closed,
    failed,
  };

  // Of the current message.
  struct Parts {
    Parts(Kind kind, bool insecure) noexcept;

    LineReader lines;
    HeadParser parser;
    MessageHead head;
    Headers trailers;
  };

  void step(std::string_view& rest);
  void begin_message(std::string_view& rest);
  void take_line(std::string_view& rest);
  LineFault check_start(std::string_view start) const noexcept;
  LineFault on_line(std::string_view line);
  LineFault on_first_line(std::string_view line);
  LineFault on_field_line(std::string_view line);
  LineFault on_chunk_line(std::string_view line);
  void take_body(std::string_view& rest);
  void skip(std::string_view& rest, char expected, State next);
  ParseErrc complete_head();
  void complete_message();
  LineReader::Rules line_rules() const noexcept;
  bool has_room_for(std::size_t size) noexcept;
  ParseErrc overflow() const noexcept;
  void fail(ParseErrc code, std::size_t at);

  Kind kind_;
  State state_ = State::start;
  bool paused_ = false;
  bool keeps_alive_ = false;
  ParserHandler& handler_;
  Limits limits_;
  std::string method_;             // method of the request, for responses
  const Buffer* bytes_ = nullptr;  // the argument of execute
  std::size_t failed_at_ = 0;
  Error error_;
  std::size_t head_size_ = 0;
  std::uint64_t body_left_ = 0;      // bytes of the body, or of the chunk
  std::uint64_t chunk_surplus_ = 0;  // bytes of chunk lines in excess of their chunks
  FramingFields framing_;
  std::unique_ptr<Parts> message_;  // null before the first message, and after give_back_memory
};

}  // namespace weir::http
