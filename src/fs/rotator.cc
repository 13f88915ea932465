#include "fs/rotator.h"

#include "loop/loop_core.h"
#include "loop/pool.h"
#include <weir/base/error.h>

#include <cstdint>
#include <utility>

namespace weir::fs {
namespace {

class SystemRotator final : public Rotator {
 public:
  SystemRotator(Loop& loop, Rotation::Rules rules) : loop_(loop), rules_(std::move(rules)) {}

  void run(Rotation::Kind kind, int fd, bool syncs, Completed completed) override {
    auto owned =
        std::make_unique<Run>(Rotation(rules_, fd, syncs, last_), kind, std::move(completed));
    Run& run = *owned;
    internal::run_on_pool(
        loop_.core(),
        [&run] {
          try {
            run.result = run.rotation.run(run.kind);
          } catch (...) {  // out of memory
            run.result = {.failure = Error::from_current_exception()};
          }
        },
        [this, owned = std::move(owned)] {
          // A rotated file may be moved away: its name is not used again.
          if (owned->result.number > 0) last_ = owned->result.number;
          owned->completed(std::move(owned->result));
        });
  }

 private:
  struct Run {
    Rotation rotation;
    Rotation::Kind kind;
    Completed completed;
    Rotation::Result result = {};
  };

  Loop& loop_;
  const Rotation::Rules rules_;
  std::uint64_t last_ = 0;  // the number of the last rotated file
};

}  // namespace

std::unique_ptr<Rotator> system_rotator(Loop& loop, Rotation::Rules rules) {
  return std::make_unique<SystemRotator>(loop, std::move(rules));
}

}  // namespace weir::fs
