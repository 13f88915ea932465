// How an outgoing message is framed: the rules that its owner sets, and the decision that composing
// its head makes of them and of the lines.
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

// The lines that frame a message, or that weir adds to a head.
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

// What becomes of the bytes that are written as a body.
enum class BodyRule : std::uint8_t { sent, dropped, refused };

struct FramingRules {
  enum class Sender : std::uint8_t { server, client };

  Sender sender = Sender::server;
  // Frames a body whose length the lines leave out: chunked, else until_close. A client's message
  // without chunks then has no body at all (RFC 9112, 6.3).
  Body unsized = Body::chunked;
  BodyRule body = BodyRule::sent;
  BodyRule bodiless = BodyRule::dropped;  // of a status or a method that has no body
  Persistence wanted = Persistence::keep;
  Persistence after = Persistence::keep;  // `close`: whatever was wanted
  bool reached_limit = false;             // of the requests that the connection takes
  LineSet omitted = {};                   // lines that weir does not add
  std::chrono::milliseconds keep_alive_timeout{0};
  int most_requests = 0;
  // Names of which there is one line.
  std::shared_ptr<const std::vector<std::string>> unique = {};
};

// What is known of a body when its head is composed.
struct BodyHint {
  std::uint64_t bytes = 0;  // written so far
  bool is_whole = false;    // and nothing follows
};

struct Framing {
  Body body = Body::none;  // none: no bytes are sent, see `rule`
  BodyRule rule = BodyRule::sent;
  std::optional<std::uint64_t> length = {};  // of a sized body
  Persistence wanted = Persistence::keep;
  Persistence after = Persistence::keep;
};

}  // namespace weir::http
