// The transformer of create_rate_limit: holds one chunk while the bucket is empty.
#pragma once

#include "pace/token_bucket.h"
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>
#include <weir/stream/transform.h>

#include <cstdint>
#include <memory>

namespace weir::internal {

class RateLimiter final : public Transformer, private LoopShutdownHook {
 public:
  RateLimiter(Loop& loop, std::uint64_t per_second, std::uint64_t burst);

  void transform(Transform& stream, Chunk chunk, Done done) override;
  void read(Transform& stream) override;
  void destroy(Error error, Done done) override;

 private:
  // The rest of a chunk that is not passed on completely.
  struct Held {
    Transform& stream;
    Chunk rest;
    Done done;
    bool awaits_reader = false;
  };

  std::uint64_t tokens() noexcept;
  void pass_on();
  bool push_part(std::uint64_t size);
  void wait_for_tokens();
  void let_go() noexcept override;

  Loop& loop_;
  TokenBucket bucket_;
  std::unique_ptr<Held> held_;  // its Done keeps the stream alive
  ScopedTimer timer_;
};

}  // namespace weir::internal
