// weir/fs/descriptor_option.h - the option `fd` of file streams: a descriptor, or an open
// FileHandle.
//
//   weir::fs::create_read_stream(loop, "", {.fd = 3});
//   weir::fs::create_read_stream(loop, "", {.fd = handle});      // a Ref<FileHandle>
#pragma once

#include <weir/base/ref.h>

namespace weir::fs {

class FileHandle;

class DescriptorOption {
 public:
  DescriptorOption(int fd) noexcept : fd_(fd) {}    // NOLINT: an option
  DescriptorOption(const Ref<FileHandle>& handle);  // NOLINT: an option

  // Null for a descriptor alone.
  FileHandle* handle() const noexcept;
  // -1 for a handle that is closed, or closing.
  int fd() const noexcept { return fd_; }

 private:
  Ref<RefCounted> handle_;  // a FileHandle, which is incomplete here
  int fd_;
};

}  // namespace weir::fs
