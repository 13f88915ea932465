// HTTP/1 parser: bytes to messages. One for each connection, for all the messages on it.
//
//   Parser parser(Parser::Kind::request, handler, {});
//   const Parser::Result result = parser.execute(chunk);
//   if (result.error) ...
//
//   state        on                                     becomes
//   start        a byte that ends no line               first_line
//   first_line   the line                               fields
//   fields       the empty line                         sized, chunk_size, until_close, tunnel,
//                                                       or the message is complete
//   sized        the last byte                          the message is complete
//   chunk_size   the line: of a chunk, of the last one  chunk, trailers
//   chunk        its last byte                          chunk_cr, chunk_lf, chunk_size
//   trailers     the empty line                         the message is complete
//   (complete)   the connection stays, or does not      start, closed
//   any          a byte that may not be there           failed
//
// What follows a message after which the connection closes is dropped (RFC 9112, 9.6). The handler
// is called inside execute; it may have the connection destroyed, but not the parser.
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
#include <string>
#include <string_view>

namespace weir::http {

// What comes before a body.
struct MessageHead {
  std::string_view method;  // of a request; static
  std::string url;          // of a request
  int status = 0;           // of a response
  std::string reason;       // of a response
  int version_major = 0;
  int version_minor = 0;
  Headers headers;
  HostField host = HostField::none;
  bool keep_alive = false;
  bool upgrade = false;  // another protocol may follow, or does in a response
};

class ParserHandler {
 public:
  enum class Next : std::uint8_t {
    body,    // as the head says, perhaps none
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
    std::size_t header_size = 16 * 1024;  // names, values and URL, in bytes; of trailers as well
    std::size_t header_count = 1000;      // further lines are dropped. 0: any number
    bool insecure = false;                // takes what two readers may read differently
  };

  struct Result {
    std::size_t parsed = 0;  // bytes; all, unless paused, upgraded or wrong
    bool upgraded = false;   // the others belong to another protocol
    bool paused = false;     // the others are for the next execute
    Error error = {};
  };

  // REQUIRES: the handler outlives this. `method`: of the request that the responses answer.
  Parser(Kind kind, ParserHandler& handler, Limits limits, std::string method = {}) noexcept;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // After an error it answers the same error, whatever it is given.
  Result execute(const Buffer& bytes);
  // From the handler: the call of execute that is under way returns before it parses more.
  void pause() noexcept { paused_ = true; }
  // The connection's end. ERRORS: answers HPE_INVALID_EOF_STATE where a message is cut off.
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
  std::string method_;             // of the request that is answered
  const Buffer* bytes_ = nullptr;  // what execute is at
  std::size_t failed_at_ = 0;
  Error error_;
  LineReader lines_;
  HeadParser heads_;
  std::size_t head_size_ = 0;
  std::uint64_t body_left_ = 0;      // of the body, or of the chunk
  std::uint64_t chunk_surplus_ = 0;  // bytes of chunk lines beyond what their chunks are worth
  FramingFields framing_;
  MessageHead head_;
  Headers trailers_;
};

}  // namespace weir::http
