#include <weir/stdio/ostream.h>

#include "loop/loop_core.h"
#include <weir/base/assert.h>
#include <weir/stream/internal/write_waiter.h>

#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {
namespace internal {
namespace {

constexpr std::size_t kCollected = 1024;

// Stops the loop when the stream has room, or is over.
class LoopStopper final : public WriteWaiter {
 public:
  explicit LoopStopper(Loop& loop) noexcept : loop_(&loop) {}

  void resume() override {
    if (loop_) loop_->stop();
    loop_ = nullptr;
  }
  bool is_waiting() const noexcept { return loop_ != nullptr; }
  void cancel() noexcept { loop_ = nullptr; }

 private:
  Loop* loop_;
};

}  // namespace

OstreamBuffer::~OstreamBuffer() {
  loop_ = nullptr;
  try {
    write_collected();
  } catch (...) {  // of the stream's sink; flush throws it
  }
}

OstreamBuffer::int_type OstreamBuffer::overflow(int_type character) {
  if (!write_collected() || !wait_for_room()) return traits_type::eof();
  if (traits_type::eq_int_type(character, traits_type::eof()))
    return traits_type::not_eof(character);
  collected_.emplace(stream_->reserve(kCollected));
  setp(collected_->begin(), collected_->end());
  return sputc(traits_type::to_char_type(character));
}

std::streamsize OstreamBuffer::xsputn(const char* text, std::streamsize size) {
  if (size < static_cast<std::streamsize>(kCollected)) return std::streambuf::xsputn(text, size);
  if (!write_collected() || !stream_->writable()) return 0;
  stream_->write(ByteSpan(std::span(text, static_cast<std::size_t>(size))));
  return wait_for_room() ? size : 0;
}

int OstreamBuffer::sync() { return write_collected() && wait_for_room() ? 0 : -1; }

// Returns false if the stream takes no more.
bool OstreamBuffer::write_collected() {
  const auto size = static_cast<std::size_t>(pptr() - pbase());
  setp(nullptr, nullptr);
  std::optional<Reservation> collected = std::exchange(collected_, std::nullopt);
  if (!stream_->writable()) return false;
  if (size > 0) collected->commit(size);
  return true;
}

bool OstreamBuffer::wait_for_room() {
  if (loop_ && stream_->writable_need_drain() && !loop_->is_running() &&
      !loop_->core().is_adopted())
    run_until_room();
  return stream_->writable();
}

void OstreamBuffer::run_until_room() {
  const auto stopper = make_ref<LoopStopper>(*loop_);
  await_room(*stream_, stopper);
  std::vector<std::exception_ptr> thrown;
  while (stopper->is_waiting()) {
    try {
      loop_->run();
      break;  // also if the loop has no work, or a callback stops it
    } catch (...) {
      thrown.push_back(std::current_exception());
    }
  }
  stopper->cancel();
  for (std::exception_ptr& exception : thrown)
    loop_->next_tick([exception] { std::rethrow_exception(exception); });
}

}  // namespace internal

Ostream::Ostream(Loop& loop, Writable& stream)
    : OstreamBufferHolder(&loop, stream), std::ostream(&buffer) {
  WEIR_REQUIRE(&loop.ticks() == &stream.ticks());
}

}  // namespace weir
