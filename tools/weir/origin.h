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
  std::optional<std::uint64_t> size;  // of a regular file
  std::optional<mode_t> mode;
};

// What is known of a source before it is opened. Nothing where it cannot be looked at.
SourceStat look_at(const Endpoint& source);

// A source that is opened, or waited for.
class Origin {
 public:
  // A stream that is not read from yet.
  using Opened = weir::Function<void(weir::Error, weir::Ref<weir::Readable>)>;

  // REQUIRES: all of them outlive this.
  Origin(weir::Loop& loop, const Endpoint& source, const CopyOptions& options)
      : loop_(loop), source_(source), options_(options) {}

  // CALLS BACK: `opened` once, maybe before this returns, and not once this is gone; it may destroy
  // this.
  void open(Opened opened);

 private:
  weir::Loop& loop_;
  const Endpoint& source_;
  const CopyOptions& options_;
  std::optional<Connecting> connecting_;
  std::optional<Asking> asking_;
};

}  // namespace tool
