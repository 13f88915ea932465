#include "pace/rate_limiter.h"

#include "loop/clock.h"
#include "loop/loop_core.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weir::internal {
namespace {

// Parts of less than this many bytes are not worth a turn of the loop, if the rate gives them soon.
constexpr std::uint64_t kWorthwhile = 4096;
constexpr std::chrono::milliseconds kSoon(20);
constexpr std::chrono::milliseconds kLongestTimer = std::chrono::hours(24);

}  // namespace

RateLimiter::RateLimiter(Loop& loop, std::uint64_t per_second, std::uint64_t burst)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      bucket_(per_second, burst, loop.core().clock().now()) {}

std::uint64_t RateLimiter::tokens() noexcept { return bucket_.tokens(loop_.core().clock().now()); }

void RateLimiter::transform(Transform& stream, Chunk chunk, Done done) {
  if (chunk.is_external()) static_cast<Buffer&>(chunk) = chunk.external_bytes().fetch(chunk.size());
  if (const std::uint64_t size = chunk.size(); size <= tokens()) {
    bucket_.take(size);
    if (size > 0) stream.push(std::move(chunk));
    return done();
  }
  held_ = std::make_unique<Held>(stream, std::move(chunk), std::move(done));
  pass_on();
}

void RateLimiter::pass_on() {
  while (held_) {
    const std::uint64_t left = held_->rest.size();
    if (left == 0) {
      const std::unique_ptr<Held> last = std::move(held_);
      return last->done();
    }
    const std::uint64_t size = std::min(left, tokens());
    if (size == 0) return wait_for_tokens();
    bucket_.take(size);
    // A listener may have destroyed the stream.
    if (push_part(size) || !held_ || held_->rest.empty()) continue;
    held_->awaits_reader = true;
    return held_->done.let_stream_go();  // last: this may destroy everything
  }
}

// Returns the result of push().
bool RateLimiter::push_part(std::uint64_t size) {
  const auto end = static_cast<std::size_t>(size);
  Chunk part(held_->rest.slice(0, end));
  held_->rest = Chunk(held_->rest.slice(end));
  try {
    return held_->stream.push(std::move(part));
  } catch (...) {  // of a listener
    if (held_) wait_for_tokens();
    throw;
  }
}

// At least for one byte, and for a part that is worth a turn of the loop if that comes soon.
void RateLimiter::wait_for_tokens() {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  const std::uint64_t left = held_->rest.size();
  auto time = bucket_.time_until(1);
  const auto worthwhile = bucket_.time_until(std::min(left, kWorthwhile));
  time = std::max<std::chrono::nanoseconds>(time,
                                            std::min<std::chrono::nanoseconds>(worthwhile, kSoon));
  const auto delay = std::clamp(ceil<milliseconds>(time), milliseconds(1), kLongestTimer);
  timer_ = loop_.set_timeout(delay, [this] { pass_on(); });
}

void RateLimiter::read(Transform&) {
  if (!held_ || !std::exchange(held_->awaits_reader, false)) return;
  held_->done.keep_stream();
  pass_on();
}

void RateLimiter::destroy(Error error, Done done) {
  timer_.clear();
  if (std::unique_ptr<Held> dropped = std::move(held_)) {
    if (dropped->awaits_reader) dropped->done.keep_stream();
    loop_.next_tick(
        [dropped = std::move(dropped),
         reason = error ? error : stream_destroyed("write")]() mutable { dropped->done(reason); });
  }
  done(std::move(error));
}

void RateLimiter::let_go() noexcept {
  timer_.clear();
  const std::unique_ptr<Held> dropped = std::move(held_);  // may own the stream, and so this
}

}  // namespace weir::internal
