// A SOURCE or a DEST of `weir cp`:
//
//   FILE   -   tcp://HOST:PORT   tcp-listen://[HOST]:PORT   unix:PATH   unix-listen:PATH
//   tls://HOST:PORT   tls-listen://[HOST]:PORT   http://HOST[:PORT]/PATH   https://HOST[:PORT]/PATH
//   nats://HOST[:PORT][,HOST...]/NAME[?OPTIONS]
//
// A file whose name looks like another endpoint is written with its directory: ./unix:x
#pragma once

#include <weir/weir.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

// The names of standard input or output. Opened by its path, a file would be read from its
// beginning, or truncated, and the shared offset would not move.
struct StandardNames {
  std::array<std::string_view, 4> names;

  constexpr bool contains(std::string_view name) const noexcept {
    return std::ranges::find(names, name) != names.end();
  }
};
inline constexpr StandardNames kInputNames{{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}};
inline constexpr StandardNames kOutputNames{{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}};

// A URL without the users and passwords of its hosts, for messages.
std::string without_users(std::string_view url);

struct Endpoint {
  enum class Kind : std::uint8_t {
    file,
    standard,  // input or output
    connect,   // connect to a server
    listen,    // accept one connection
    web,       // HTTP; the name is the URL
    nats,      // a subject or a stream; the name is the URL
  };

  std::string name;  // as given by the user
  Kind kind = Kind::file;
  std::string path;  // of the file or the unix socket; empty for TCP
  std::string host;  // empty: all addresses
  std::uint16_t port = 0;
  bool is_encrypted = false;  // with TLS
  // Of a source: the number of bytes to read, if an upload announced it.
  std::optional<std::uint64_t> length = {};
  // Of a file: the offset to read from.
  std::uint64_t start = 0;

  // The name, for messages: without a password.
  std::string shown() const { return is_web() || is_nats() ? without_users(name) : name; }

  bool is_file() const noexcept { return kind == Kind::file; }
  bool is_standard() const noexcept { return kind == Kind::standard; }
  bool is_web() const noexcept { return kind == Kind::web; }
  bool is_nats() const noexcept { return kind == Kind::nats; }
  bool is_socket() const noexcept { return kind == Kind::connect || kind == Kind::listen; }
};

Endpoint file_endpoint(std::string path);

// The text after the prefix, which matches in any case; nothing without the prefix.
std::optional<std::string_view> after_prefix(std::string_view text, std::string_view prefix);

// ERRORS: throws an Error with a message for users if the name is invalid.
Endpoint parse_endpoint(std::string name, StandardNames names);

// The error with the endpoint's name, in the user's words.
weir::Error named(const Endpoint& endpoint, const weir::Error& error);

}  // namespace tool
