// Bytes of a file that go into another file, or out of a socket, without passing through the
// program.
//
// A ReadStream that is piped into a stream whose resource takes ranges, and watched by nobody,
// pushes ranges instead of bytes; the resource has the system copy them. Where that cannot be done,
// it reads and writes them, and what the source promised and does not have is told it back.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <cstdint>

namespace weir::internal {

// The file that ranges are of. It has a descriptor of its own: its stream may close meanwhile.
class RangedFile final : public RefCounted {
 public:
  // What became of a range: how many bytes were not there, and why.
  using Report = Function<void(std::size_t missing, const Error& error)>;

  // OWNS: fd.
  RangedFile(int fd, Report report) : fd_(fd), report_(std::move(report)) {}
  ~RangedFile() override;

  int fd() const noexcept { return fd_; }
  // Nobody is to be told any more.
  void detach() noexcept { report_ = nullptr; }
  void report(std::size_t missing, const Error& error) {
    if (report_) report_(missing, error);
  }
  // The system does not copy from it to there.
  void refuse() noexcept { refused_ = true; }
  bool refused() const noexcept { return refused_; }

 private:
  int fd_;
  Report report_;
  bool refused_ = false;
};

class FileRange final : public Elsewhere {
 public:
  FileRange(Ref<RangedFile> range_source, std::int64_t range_offset)
      : source(std::move(range_source)), offset(range_offset) {}

  // Null for a chunk that is in memory, or elsewhere but in a file.
  static FileRange* of(const Buffer& chunk) noexcept {
    return chunk.is_elsewhere() ? dynamic_cast<FileRange*>(&chunk.place()) : nullptr;
  }

  Buffer fetch(std::size_t size) override;

  const Ref<RangedFile> source;
  const std::int64_t offset;
};

}  // namespace weir::internal
