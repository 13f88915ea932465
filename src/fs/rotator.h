// Rotator: makes the switches of a RotatingSink, and calls back on the loop's thread.
//
// The system's runs each Rotation on the pool. The simulator has one of its own.
#pragma once

#include "fs/rotation.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/rotating_stream.h>
#include <weir/loop/loop.h>

#include <memory>
#include <string>

namespace weir::fs {

class Rotator {
 public:
  using Completed = Function<void(Rotation::Result result)>;

  virtual ~Rotator() = default;
  // A switch from the file `fd`, which is synced first if `syncs`. One at a time.
  // CALLS BACK: `completed` once, after this returns. If the Loop is destroyed first, `completed`
  // is destroyed uncalled.
  virtual void run(Rotation::Kind kind, int fd, bool syncs, Completed completed) = 0;
};

// REQUIRES: loop outlives the result.
std::unique_ptr<Rotator> system_rotator(Loop& loop, Rotation::Rules rules);

// What a RotatingStream knows of the system.
struct RotatingFiles {
  Ref<FileOps> ops;
  std::unique_ptr<Rotator> rotator;
};

// As create_rotating_stream, on these files. REQUIRES: the options are valid.
Ref<RotatingStream> make_rotating_stream(Loop& loop, std::string path,
                                         RotatingStreamOptions options, RotatingFiles files);

}  // namespace weir::fs
