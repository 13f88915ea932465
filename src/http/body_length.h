// Which body a message has (RFC 9112, 6.3), and whether its connection stays (9.3).
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
  tunnel,  // what follows is another protocol
};

struct BodyLength {
  Body body = Body::none;
  std::uint64_t size = 0;  // where it is sized
  ParseErrc fault = ParseErrc::none;
};

// What a request says of its host (RFC 9112, 3.2).
enum class HostField : std::uint8_t { none, valid, invalid };

// The lines of a head that frame its message, whatever is kept of the others.
class FramingFields {
 public:
  // `insecure`: takes Content-Length beside Transfer-Encoding.
  ParseErrc note(std::string_view name, std::string_view value, bool insecure) noexcept;

  // Whether a trailer of this name would change what was read before it (RFC 9110, 6.5.1).
  static bool frames(std::string_view name) noexcept;

  const std::optional<std::uint64_t>& length() const noexcept { return length_; }
  bool has_encoding() const noexcept { return encodings_ != Encodings::none; }
  // The last coding is chunked, which is no other one.
  bool is_chunked() const noexcept { return encodings_ == Encodings::chunked_last; }
  bool is_encoding_valid() const noexcept { return encodings_ != Encodings::invalid; }
  bool says_close() const noexcept { return close_; }
  bool says_keep_alive() const noexcept { return keep_alive_; }
  bool says_upgrade() const noexcept { return upgrade_ && upgrade_option_; }
  HostField host() const noexcept { return host_; }

 private:
  enum class Encodings : std::uint8_t { none, others, chunked_last, chunked_before, invalid };

  ParseErrc note_length(std::string_view value) noexcept;
  void note_encodings(std::string_view value) noexcept;
  void note_connection(std::string_view value) noexcept;

  std::optional<std::uint64_t> length_;
  Encodings encodings_ = Encodings::none;
  HostField host_ = HostField::none;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_option_ = false;  // of Connection
  bool upgrade_ = false;
};

BodyLength length_of_request(const FramingFields& fields, std::string_view method) noexcept;

// Of a response, to a request with that method.
BodyLength length_of_response(const FramingFields& fields, int status,
                              std::string_view method) noexcept;

// Whether another message may follow on the connection.
bool keeps_alive(const FramingFields& fields, int version_minor, Body body) noexcept;

// Whether a request asks for another protocol (RFC 9110, 7.8 and 9.3.6).
bool wants_upgrade(const FramingFields& fields, std::string_view method,
                   int version_minor) noexcept;

}  // namespace weir::http
