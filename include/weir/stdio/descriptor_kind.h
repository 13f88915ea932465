// weir/stdio/descriptor_kind.h - DescriptorKind: file, system pipe, socket, terminal, ...
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

// Node distinguishes the same kinds, because they decide if a write is synchronous.
enum class DescriptorKind : std::uint8_t {
  file,  // also a device that is not a terminal
  null,  // /dev/null, or a closed descriptor
  terminal,
  pipe,     // a system pipe
  socket,   // a stream socket
  unknown,  // a folder, a datagram socket, a kernel-specific descriptor
};

// "file", "null", "terminal", "pipe", "socket", "unknown".
std::string_view to_string(DescriptorKind kind) noexcept;

}  // namespace weir
