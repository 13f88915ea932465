// The length of a message's body (RFC 9112, 6.3), and whether its connection persists (9.3).
//
//   FramingFields fields;
//   fields.note(name, value);                  // each line of the head
//   const BodyLength body = length_of_request(fields, method);
#pragma once

#include "http/parse_error.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::http {

enum class Body : std::uint8_t {
  none,
  sized,
  chunked,
  until_close,
  tunnel,  // another protocol follows
};

struct BodyLength {
  Body body = Body::none;
  std::uint64_t size = 0;  // of a sized body
  ParseErrc fault = ParseErrc::none;
};

// The state of a request's Host header (RFC 9112, 3.2).
enum class HostField : std::uint8_t { none, valid, invalid };

// The headers that frame a message; noted even where the parser drops the other headers.
class FramingFields {
 public:
  // `insecure`: accepts Content-Length beside Transfer-Encoding.
  ParseErrc note(std::string_view name, std::string_view value, bool insecure) noexcept;

  // Whether a trailer of this name would change the framing of the body before it (RFC 9110,
  // 6.5.1).
  static bool frames(std::string_view name) noexcept;

  const std::optional<std::uint64_t>& length() const noexcept { return length_; }
  bool has_encoding() const noexcept { return encodings_ != Encodings::none; }
  // The last coding, and no other, is chunked.
  bool is_chunked() const noexcept { return encodings_ == Encodings::chunked_last; }
  bool is_encoding_valid() const noexcept { return encodings_ != Encodings::invalid; }
  bool says_close() const noexcept { return connection_.close; }
  bool says_keep_alive() const noexcept { return connection_.keep_alive; }
  bool says_upgrade() const noexcept { return has_upgrade_ && connection_.upgrade; }
  HostField host() const noexcept { return host_; }

 private:
  enum class Encodings : std::uint8_t { none, others, chunked_last, chunked_before, invalid };

  // The options in the Connection headers.
  struct ConnectionOptions {
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
  };

  ParseErrc note_length(std::string_view value) noexcept;
  void note_encodings(std::string_view value) noexcept;
  void note_connection(std::string_view value) noexcept;

  std::optional<std::uint64_t> length_;
  Encodings encodings_ = Encodings::none;
  HostField host_ = HostField::none;
  ConnectionOptions connection_;
  bool has_upgrade_ = false;  // an Upgrade header
};

BodyLength length_of_request(const FramingFields& fields, std::string_view method) noexcept;

// The body of a response to a request with that method.
BodyLength length_of_response(const FramingFields& fields, int status,
                              std::string_view method) noexcept;

// Whether another message may follow on the connection.
bool keeps_alive(const FramingFields& fields, int version_minor, Body body) noexcept;

// Whether a request asks for another protocol (RFC 9110, 7.8 and 9.3.6).
bool wants_upgrade(const FramingFields& fields, std::string_view method,
                   int version_minor) noexcept;

}  // namespace weir::http
