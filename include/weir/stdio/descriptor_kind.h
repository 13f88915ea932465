// weir/stdio/descriptor_kind.h - what a process was given as its input or its output.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

// Node tells these apart as well: what is synchronous depends on it.
enum class DescriptorKind : std::uint8_t {
  file,  // and devices that are no terminals
  null,  // /dev/null, or nothing: the descriptor is closed
  terminal,
  pipe,
  socket,   // that carries a stream of bytes
  unknown,  // a folder, a datagram socket, a descriptor of the kernel's own kinds
};

// "file", "null", "terminal", "pipe", "socket", "unknown".
std::string_view to_string(DescriptorKind kind) noexcept;

}  // namespace weir
