#include "stdio/standard_output_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <span>
#include <system_error>
#include <utility>

namespace weir::internal {
StandardOutputSink::StandardOutputSink(Loop& loop, int fd, BrokenPipe policy)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      descriptor_(fd, Descriptor::Direction::output),
      policy_(policy) {}

// Node's classes: a socket for a pipe and a terminal, a separate stream for a file.
SinkTraits StandardOutputSink::traits(bool gathers) const noexcept {
  const DescriptorKind kind = descriptor_.kind();
  const bool is_socket = kind == DescriptorKind::pipe || kind == DescriptorKind::socket ||
                         kind == DescriptorKind::terminal;
  return {.write = true,
          .writev = gathers || is_socket,
          .final = is_socket,
          .delivery = gathers ? Delivery::until_tick : Delivery::each,
          .merges = gathers};
}

// Writes the bytes that fit at once. After a partial write it stops, so that a fast reader does not
// occupy this thread.
Error StandardOutputSink::put(ChunkCursor& chunks) noexcept {
  while (!chunks.empty()) {
    std::array<std::span<const std::byte>, Descriptor::kMostViews> views;
    std::size_t count = 0;
    std::size_t wanted = 0;
    chunks.visit([&](std::span<const std::byte> bytes) {
      if (count == views.size()) return false;
      views[count++] = bytes;
      wanted += bytes.size();
      return true;
    });
    ++system_calls_;
    const std::int64_t result =
        shut_down_ ? -EPIPE : descriptor_.write(std::span(views).first(count));
    if (result == -EAGAIN) return {};
    if (result < 0) return Error::system(static_cast<int>(-result), "write");
    const auto written = static_cast<std::size_t>(result);
    chunks.advance(written);
    if (written < wanted && !descriptor_.waits()) return {};
  }
  return {};
}

// Needs no memory for what fits: an exception would leave the stream stuck for ever, since a
// standard stream cannot be destroyed.
void StandardOutputSink::write(Chunk chunk, Done done) {
  const std::span<const std::byte> bytes = chunk.bytes();
  if (bytes.empty()) return done();
  ++system_calls_;
  const std::int64_t result = shut_down_ ? -EPIPE : descriptor_.write(std::span(&bytes, 1));
  if (result < 0 && result != -EAGAIN)
    return done(Error::system(static_cast<int>(-result), "write"));
  const auto written = static_cast<std::size_t>(std::max<std::int64_t>(result, 0));
  if (written == bytes.size()) return done();
  ChunkCursor rest;
  try {
    rest.add({std::move(chunk)});
  } catch (const std::bad_alloc&) {
    return done(no_memory_);
  }
  rest.advance(written);
  if (descriptor_.waits() && result != -EAGAIN) {
    if (Error error = put(rest)) return done(std::move(error));
    if (rest.empty()) return done();
  }
  wait({std::move(rest), std::move(done)});
}

void StandardOutputSink::writev(Batch batch, Done done) {
  ChunkCursor chunks(std::move(batch.chunks));
  if (Error error = put(chunks)) return done(std::move(error));
  if (chunks.empty()) return done();
  wait({std::move(chunks), std::move(done)});
}

void StandardOutputSink::wait(Unwritten unwritten) {
  try {
    if (!readiness_)
      readiness_.emplace(loop_.core(), descriptor_.fd(), Readiness::For::writing,
                         [this] { on_ready(); });
  } catch (...) {
    return unwritten.done(Error::from_current_exception());
  }
  unwritten_.emplace(std::move(unwritten));
  readiness_->start();
}

void StandardOutputSink::on_ready() {
  Error error = put(unwritten_->chunks);
  if (!error && !unwritten_->chunks.empty()) return;
  readiness_->stop();
  Unwritten written = *std::exchange(unwritten_, std::nullopt);
  written.done(std::move(error));
}

void StandardOutputSink::let_go() noexcept {
  const Ref<OutputStream> alive(stream_);
  stream_->leave_loop();
  readiness_.reset();
  const std::optional<Unwritten> dropped = std::exchange(unwritten_, std::nullopt);
}

// As in Node, the other end of a pipe does not notice: the descriptor stays open. A terminal is not
// shut down at all.
void StandardOutputSink::final(Done done) {
  if (descriptor_.kind() != DescriptorKind::terminal) {
    shut_down_ = true;
    descriptor_.shut_down();
  }
  loop_.set_immediate([done = std::move(done)]() mutable { done(); });
}

void StandardOutputSink::destroy(Error error, Done done) {
  const bool is_broken =
      error.code() == std::errc::broken_pipe || error.code() == std::errc::connection_reset;
  const bool ends_quietly = policy_ == BrokenPipe::end_quietly && is_broken;
  if (ends_quietly) return done();
  done(std::move(error));
  if (afterlife_) stream_->revive();
}

// --- Before an exit. ---

// Returns the number of bytes left, which is not 0 if the other end takes no more.
std::size_t StandardOutputSink::put_until(ChunkCursor& chunks,
                                          Descriptor::Clock::time_point until) noexcept {
  while (!put(chunks) && !chunks.empty() && descriptor_.wait_for_room(until)) {
  }
  return chunks.in_memory();
}

std::size_t StandardOutputSink::flush(ByteQueue& queue,
                                      Descriptor::Clock::time_point until) noexcept {
  std::size_t left = unwritten_ ? put_until(unwritten_->chunks, until) : 0;
  for (std::size_t i = 0; i < queue.count(); ++i) {
    ChunkCursor chunk({queue.chunks()[i]});
    const std::size_t size = chunk.in_memory();
    const std::size_t rest = left > 0 ? size : put_until(chunk, until);
    queue.cut(i, size - rest);
    left += rest;
  }
  return left;
}

}  // namespace weir::internal
