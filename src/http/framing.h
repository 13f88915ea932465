// The framing of an outgoing message: the rules that its owner sets, and the decision that
// composing the head derives from them and from the headers.
#pragma once

#include "http/body_length.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::http {

// The headers that frame a message, or that weir adds to a head.
enum class Line : std::uint8_t { connection, keep_alive, length, encoding, trailer, date };

class LineSet {
 public:
  constexpr LineSet() noexcept = default;
  constexpr LineSet(std::initializer_list<Line> lines) noexcept {
    for (const Line line : lines) add(line);
  }

  constexpr bool has(Line line) const noexcept { return (bits_ & bit(line)) != 0; }
  constexpr void add(Line line) noexcept { bits_ = static_cast<std::uint8_t>(bits_ | bit(line)); }
  constexpr void remove(Line line) noexcept {
    bits_ = static_cast<std::uint8_t>(bits_ & ~bit(line));
  }

 private:
  static constexpr unsigned bit(Line line) noexcept { return 1u << static_cast<unsigned>(line); }

  std::uint8_t bits_ = 0;
};

// Whether the connection serves another message after this one.
enum class Persistence : std::uint8_t { keep, close };

// The treatment of bytes that the program writes as a body.
enum class BodyRule : std::uint8_t { sent, dropped, refused };

struct FramingRules {
  enum class Sender : std::uint8_t { server, client };

  Sender sender = Sender::server;
  // The framing without Content-Length and Transfer-Encoding: chunked, else until_close. A client's
  // message without chunks then has no body at all (RFC 9112, 6.3).
  Body unsized = Body::chunked;
  BodyRule body = BodyRule::sent;
  BodyRule bodiless = BodyRule::dropped;  // for a status or method without a body
  Persistence wanted = Persistence::keep;
  Persistence after = Persistence::keep;  // close: overrides `wanted`
  bool reached_limit = false;             // the connection has served most_requests
  LineSet omitted = {};                   // headers that weir does not add
  std::chrono::milliseconds keep_alive_timeout{0};
  int most_requests = 0;
  // Names whose values are joined into one header line.
  std::shared_ptr<const std::vector<std::string>> unique = {};
};

// The body's size, as known when the head is composed.
struct BodyHint {
  std::uint64_t bytes = 0;  // written so far
  bool is_whole = false;    // the last byte has been written
};

struct Framing {
  Body body = Body::none;  // none: `rule` decides about written bytes
  BodyRule rule = BodyRule::sent;
  std::optional<std::uint64_t> length = {};  // of a sized body
  Persistence wanted = Persistence::keep;
  Persistence after = Persistence::keep;
};

}  // namespace weir::http
