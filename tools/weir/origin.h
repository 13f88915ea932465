// The sources of `weir cp`, opened one after the other.
#pragma once

#include "weir/connecting.h"
#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include "weir/web.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>

#include <sys/stat.h>

namespace tool {

struct SourceStat {
  std::optional<std::uint64_t> size;  // of a regular file, what is left to read
  std::optional<mode_t> mode;
  bool is_stored = false;  // has blocks of a disk
};

// What is known of a source before it is opened. Nothing where it cannot be looked at.
SourceStat look_at(const Endpoint& source);

// As its size, where that is how much can be read. A file of the kernel (/proc, /sys) says nothing,
// or a page.
std::optional<std::uint64_t> stable_size(const Endpoint& source);

// A source that is opened, or waited for, and read from.
class Origin {
 public:
  // A stream that is not read from yet.
  using Opened = weir::Function<void(weir::Error, weir::Ref<weir::Readable>)>;

  // REQUIRES: all of them outlive this.
  Origin(weir::Loop& loop, const Endpoint& source, const CopyOptions& options)
      : loop_(loop), source_(source), options_(options) {}
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;
  // Leaves the offset of standard input where it was read to, for each process that shares it.
  ~Origin();

  // CALLS BACK: `opened` once, maybe before this returns, and not once this is gone; it may destroy
  // this.
  void open(Opened opened);

 private:
  weir::Ref<weir::Readable> open_here();
  weir::Ref<weir::Readable> open_standard(weir::fs::ReadStreamOptions stream);

  weir::Loop& loop_;
  const Endpoint& source_;
  const CopyOptions& options_;
  std::optional<Connecting> connecting_;
  std::optional<Asking> asking_;
  weir::Ref<weir::fs::ReadStream> shared_;  // standard input that is a file
  std::int64_t shared_from_ = 0;
};

}  // namespace tool
