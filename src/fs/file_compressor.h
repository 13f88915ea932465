// Compresses rotated files, one after the other: each into a new file beside it, which replaces it.
//
// A rotation may remove a file meanwhile, since more than `keep` are left: set_files() cancels its
// compression, and a result that has its name already is removed.
#pragma once

#include "fs/rotation.h"
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/fs/rotating_stream.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::fs {

class FileCompressor {
 public:
  // The result for one file: its new path; or its old one and the error, with the file unchanged.
  using Compressed = Function<void(const std::string& path, const Error& error)>;

  FileCompressor(Loop& loop, RotatedFilter filter, std::optional<std::size_t> keep)
      : loop_(loop), filter_(std::move(filter)), keep_(keep) {}
  FileCompressor(const FileCompressor&) = delete;
  FileCompressor& operator=(const FileCompressor&) = delete;
  ~FileCompressor() { cancel(); }

  bool is_on() const noexcept { return static_cast<bool>(filter_.make); }

  // CALLS BACK: `compressed` for each file, later; not after cancel(), nor for a file that is gone.
  void on_compressed(Compressed compressed) { compressed_ = std::move(compressed); }
  // The files to compress, in place of those that wait: all that there are. If the present one is
  // not among them, it has been removed. REQUIRES: is_on().
  void set_files(std::vector<RotatedFile> files);
  // CALLS BACK: `idle` once: when no file is left, or is cancelled; during the call if there is
  // none.
  void when_idle(Function<void()> idle);
  // Leaves all files as they are.
  void cancel();

 private:
  struct Job;

  void start(Function<void()> idle);
  void copy(std::unique_ptr<Job> job);
  static void on_copied(std::unique_ptr<Job> job, const Error& error);
  static void finish(std::unique_ptr<Job> job, const Error& error);

  Loop& loop_;
  RotatedFilter filter_;
  const std::optional<std::size_t> keep_;
  Compressed compressed_;
  std::deque<RotatedFile> files_;
  Job* current_ = nullptr;  // owned by its call, which a destroyed Loop drops
};

}  // namespace weir::fs
