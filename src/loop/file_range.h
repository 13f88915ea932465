// Bytes of a file that the kernel copies into another file or a socket.
//
// A ReadStream that is piped into a stream whose resource takes ranges, and has no other listener,
// pushes ranges instead of bytes. The resource lets the kernel copy them; if that is impossible, it
// reads and writes them. Missing bytes are reported to the source.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <cstdint>

namespace weir::internal {

// The file of the ranges. It has its own descriptor, because its stream may close earlier.
class RangedFile final : public RefCounted {
 public:
  // The result of a range: the number of missing bytes, and the reason.
  using Report = Function<void(std::size_t missing, const Error& error)>;

  // OWNS: fd.
  RangedFile(int fd, Report report) : fd_(fd), report_(std::move(report)) {}
  ~RangedFile() override;

  int fd() const noexcept { return fd_; }
  // Stops reporting.
  void detach() noexcept { report_ = nullptr; }
  void report(std::size_t missing, const Error& error) {
    if (report_) report_(missing, error);
  }
  // Records that the kernel does not copy between these files.
  void refuse() noexcept { refused_ = true; }
  bool refused() const noexcept { return refused_; }

 private:
  int fd_;
  Report report_;
  bool refused_ = false;
};

class FileRange final : public ExternalBytes {
 public:
  FileRange(Ref<RangedFile> range_source, std::int64_t range_offset)
      : source(std::move(range_source)), offset(range_offset) {}

  // Null for a chunk in memory, or in another place.
  static FileRange* of(const Buffer& chunk) noexcept {
    return chunk.is_external() ? dynamic_cast<FileRange*>(&chunk.external_bytes()) : nullptr;
  }

  Buffer fetch(std::size_t size) override;

  const Ref<RangedFile> source;
  const std::int64_t offset;
};

}  // namespace weir::internal
