// weir/fs/descriptor_option.h - DescriptorOption: the `fd` of a file stream's options.
//
//   weir::fs::create_read_stream(loop, "", {.fd = 3});           // a descriptor
//   weir::fs::create_read_stream(loop, "", {.fd = handle});      // a Ref<FileHandle>
#pragma once

#include <weir/base/ref.h>

namespace weir::fs {

class FileHandle;

class DescriptorOption {
 public:
  DescriptorOption(int fd) noexcept : fd_(fd) {}    // NOLINT: an option
  DescriptorOption(const Ref<FileHandle>& handle);  // NOLINT: an option

  // Null if the option is a plain descriptor.
  FileHandle* handle() const noexcept;
  // -1 for a handle that is closed or closing.
  int fd() const noexcept { return fd_; }

 private:
  Ref<RefCounted> handle_;  // a FileHandle, which is an incomplete type here
  int fd_;
};

}  // namespace weir::fs
