// What a SOURCE or a DEST of `weir cp` names:
//
//   FILE   -   tcp://HOST:PORT   tcp-listen://[HOST]:PORT   unix:PATH   unix-listen:PATH
//   tls://HOST:PORT   tls-listen://[HOST]:PORT   http://HOST[:PORT]/PATH   https://HOST[:PORT]/PATH
//
// A file whose name reads like another endpoint is named with its folder: ./unix:x
#pragma once

#include <weir/weir.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

// How standard input or output is named. Opened by its path, a file would be read from its begin,
// or cut, and the offset that other processes share would stay.
struct StandardNames {
  std::array<std::string_view, 4> names;

  constexpr bool contains(std::string_view name) const noexcept {
    return std::ranges::find(names, name) != names.end();
  }
};
inline constexpr StandardNames kInputNames{{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}};
inline constexpr StandardNames kOutputNames{{"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}};

struct Endpoint {
  enum class Kind : std::uint8_t {
    file,
    standard,  // input or output
    connect,   // to who listens
    listen,    // for one who connects
    web,       // by HTTP; its name is the URL
  };

  std::string name;  // as the user gave it
  Kind kind = Kind::file;
  std::string path;  // of the file or the unix socket; empty for TCP
  std::string host;  // empty: all addresses
  std::uint16_t port = 0;
  bool is_encrypted = false;  // by TLS
  // Of a source: how much is read of it, where that was announced.
  std::optional<std::uint64_t> length = {};

  bool is_file() const noexcept { return kind == Kind::file; }
  bool is_standard() const noexcept { return kind == Kind::standard; }
  bool is_web() const noexcept { return kind == Kind::web; }
  bool is_socket() const noexcept { return kind == Kind::connect || kind == Kind::listen; }
};

Endpoint file_endpoint(std::string path);

// ERRORS: throws an Error, for people, where it is misspelled.
Endpoint parse_endpoint(std::string name, StandardNames names);

// An error of a stream that is there, in the user's words.
weir::Error named(const Endpoint& endpoint, const weir::Error& error);

}  // namespace tool
