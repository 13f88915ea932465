// Opens the sources of `weir cp`, one after the other.
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
  std::optional<std::uint64_t> size;  // of a regular file: the bytes left to read
  std::optional<mode_t> mode;
  bool is_stored = false;  // the file has disk blocks
};

// The properties of a source before it is opened. Empty if they cannot be read.
SourceStat look_at(const Endpoint& source);

// The size, if exactly that many bytes can be read. Files of /proc and /sys report 0, or a page.
std::optional<std::uint64_t> stable_size(const Endpoint& source);

// A source that is being opened, and then read.
class Origin {
 public:
  // Takes a stream that has not been read.
  using Opened = weir::Function<void(weir::Error, weir::Ref<weir::Readable>)>;

  // REQUIRES: all of them outlive this.
  Origin(weir::Loop& loop, const Endpoint& source, const CopyOptions& options)
      : loop_(loop), source_(source), options_(options) {}
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;
  // Sets the offset of standard input after the last byte read, for the processes that share it.
  ~Origin();

  // CALLS BACK: `opened` once, perhaps during this call, and not after the destructor; it may
  // destroy this.
  void open(Opened opened);

 private:
  weir::Ref<weir::Readable> open_here();
  weir::Ref<weir::Readable> open_standard(weir::fs::ReadStreamOptions stream);

  weir::Loop& loop_;
  const Endpoint& source_;
  const CopyOptions& options_;
  std::optional<Connecting> connecting_;
  std::optional<Asking> asking_;
  weir::Ref<weir::fs::ReadStream> shared_;  // standard input, if it is a file
  std::int64_t shared_from_ = 0;
};

}  // namespace tool
