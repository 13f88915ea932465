// The path, descriptor and offset of a file stream: their checks, and their name in messages.
#pragma once

#include <weir/base/error.h>
#include <weir/fs/descriptor_option.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::fs {

inline std::optional<int> number_of(const std::optional<DescriptorOption>& fd) {
  if (!fd) return std::nullopt;
  return fd->fd();
}

// The handle in the options, if any.
template <class Options>
Ref<FileHandle> handle_of(const Options& options) {
  FileHandle* const handle = options.fd ? options.fd->handle() : nullptr;
  if (handle && options.file_ops) throw method_not_implemented("FileHandle with file_ops");
  return Ref<FileHandle>(handle);
}

inline void check_path(const std::string& path, std::optional<int> fd) {
  if (fd) {
    if (*fd < 0) throw out_of_range("fd", ">= 0 && <= 2147483647", fmt::to_string(*fd));
  } else if (path.find('\0') != std::string::npos) {
    throw invalid_argument_value("path", "a zero byte in it",
                                 "must be a string without null bytes");
  }
}

// Within Node's safe integers, so that sums of two do not overflow.
inline void check_offset(std::string_view name, std::optional<std::int64_t> offset) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
  if (offset && (*offset < 0 || *offset > kMost))
    throw out_of_range(name, ">= 0 && <= 9007199254740991", fmt::to_string(*offset));
}

inline std::string describe_file(std::string_view type, const std::string& path,
                                 std::optional<int> fd) {
  if (path.empty())
    return fd ? fmt::format("{} of descriptor {}", type, *fd) : fmt::format("a {}", type);
  return fmt::format("{} '{}'", type, path);
}

}  // namespace weir::fs
