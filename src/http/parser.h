// llhttp: bytes to messages. One for each connection, for all the messages that come over it.
//
//   Parser parser(Parser::Kind::request, handler, {});
//   const Parser::Result result = parser.execute(chunk);
//   if (result.error) ...
//
// The handler is called inside execute and must not throw: llhttp's frames are below it. It may
// have the connection destroyed, but not the parser.
#pragma once

#include "http/line_check.h"
#include "http/span_text.h"
#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/http/headers.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <llhttp.h>

namespace weir::http {

// What comes before a body.
struct MessageHead {
  std::string_view method;  // of a request
  std::string url;          // of a request
  int status = 0;           // of a response
  std::string reason;       // of a response
  int version_major = 0;
  int version_minor = 0;
  Headers headers;
  bool keep_alive = false;
  bool upgrade = false;
};

class ParserHandler {
 public:
  enum class Body : std::uint8_t {
    follows,  // as the head says
    none,     // whatever the head says: a response to HEAD
    foreign,  // what follows is another protocol
  };

  virtual void on_message_begin() noexcept = 0;
  virtual Body on_head(MessageHead&& head) noexcept = 0;
  virtual void on_body(Buffer piece) noexcept = 0;
  virtual void on_message_complete(Headers&& trailers) noexcept = 0;

 protected:
  ~ParserHandler() = default;
};

class Parser {
 public:
  enum class Kind : std::uint8_t { request, response };

  struct Limits {
    std::size_t header_size = 16 * 1024;  // names, values and URL, in bytes
    std::size_t header_count = 1000;      // lines; those behind are dropped. 0: any number
    bool insecure = false;                // takes what two readers may read differently
  };

  struct Result {
    std::size_t parsed = 0;  // bytes; those behind belong to another protocol, or are wrong
    bool upgraded = false;
    Error error = {};
  };

  // REQUIRES: the handler outlives this.
  Parser(Kind kind, ParserHandler& handler, Limits limits) noexcept;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // After an error it answers the same error, whatever it is given.
  Result execute(const Buffer& bytes);
  // The connection's end. ERRORS: answers HPE_INVALID_EOF_STATE where a message is cut off.
  Error finish();

 private:
  struct Callbacks;

  int count(std::size_t size) noexcept;
  int count_extension(std::size_t size) noexcept;
  int check(LineCheck::Fault fault) noexcept;
  int refuse(std::string_view name, const char* reason) noexcept;
  int complete_line();
  int complete_head();
  const char* end_of_bytes() const noexcept;
  Error error(llhttp_errno_t code) const;

  llhttp_t llhttp_;
  ParserHandler& handler_;
  Limits limits_;
  std::size_t head_size_ = 0;
  std::size_t extension_size_ = 0;
  // What is refused here and not by llhttp.
  std::string_view refused_as_;
  const char* refused_for_ = nullptr;
  LineCheck lines_;
  bool in_trailers_ = false;
  const Buffer* bytes_ = nullptr;  // what execute is at
  SpanText target_;                // URL, or a response's reason
  SpanText name_;
  SpanText value_;
  Headers headers_;
};

}  // namespace weir::http
