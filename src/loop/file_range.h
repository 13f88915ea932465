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

  // What missing bytes are to the writer of a range: the end of a file that has become shorter, or
  // a failure of the write, after bytes that announced the length.
  enum class Missing : std::uint8_t { is_end, fails };

  // OWNS: fd.
  RangedFile(int fd, Report report, Missing missing = Missing::is_end)
      : fd_(fd), missing_(missing), report_(std::move(report)) {}
  ~RangedFile() override;

  int fd() const noexcept { return fd_; }
  // Stops reporting.
  void detach() noexcept { report_ = nullptr; }
  void report(std::size_t missing, const Error& error) {
    has_failed_ = missing_ == Missing::fails;
    if (report_) report_(missing, error);
  }
  // A write of these ranges has to fail.
  bool has_failed() const noexcept { return has_failed_; }
  // Records that the kernel does not copy between these files.
  void refuse() noexcept { refused_ = true; }
  bool refused() const noexcept { return refused_; }

 private:
  int fd_;
  Missing missing_;
  bool has_failed_ = false;
  bool refused_ = false;
  Report report_;
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
