#include "stdio/output_sink.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace weir::internal {
namespace {

// Removes `count` bytes from the front.
template <class View>
void advance(std::span<View> views, std::size_t& first, std::size_t count) noexcept {
  while (first < views.size() && count >= views[first].size()) count -= views[first++].size();
  if (count > 0) views[first] = views[first].subspan(count);
}

}  // namespace

OutputSink::OutputSink(Loop& loop, int fd, BrokenPipe policy)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      descriptor_(fd, Descriptor::Direction::output),
      policy_(policy) {}

// Node's classes: a socket for a pipe and a terminal, a separate stream for a file.
SinkTraits OutputSink::traits(bool gathers) const noexcept {
  const DescriptorKind kind = descriptor_.kind();
  const bool is_connection = kind == DescriptorKind::pipe || kind == DescriptorKind::socket;
  return {.write = true,
          .writev = gathers || is_connection || kind == DescriptorKind::terminal,
          .final = is_connection,
          .delivery = gathers ? Delivery::until_tick : Delivery::each,
          .merges = gathers};
}

// Writes the bytes that fit at once. After a partial write it stops, so that a fast reader does not
// occupy this thread.
Error OutputSink::put(std::span<View> views, std::size_t& first) noexcept {
  advance(views, first, 0);  // skips empty ones
  while (first < views.size()) {
    std::size_t wanted = 0;
    for (const View& view : views.subspan(first)) wanted += view.size();
    const std::int64_t result =
        shut_down_ ? -EPIPE : descriptor_.write(Descriptor::Views(views).subspan(first));
    if (result == -EAGAIN) return {};
    if (result < 0) return Error::system(static_cast<int>(-result), "write");
    const auto written = static_cast<std::size_t>(result);
    advance(views, first, written);
    if (written < wanted && !descriptor_.waits()) return {};
  }
  return {};
}

void OutputSink::write(Chunk chunk, Done done) {
  View view = chunk.bytes();
  std::size_t first = 0;
  if (Error error = put(std::span(&view, 1), first)) return done(std::move(error));
  if (first == 1) return done();
  std::vector<Chunk> chunks;
  chunks.push_back(std::move(chunk));
  wait({std::move(chunks), {view}, 0, std::move(done)});
}

void OutputSink::writev(Batch batch, Done done) {
  std::vector<View> views;
  views.reserve(batch.chunks.size());
  for (const Chunk& chunk : batch.chunks) views.push_back(chunk.bytes());
  std::size_t first = 0;
  if (Error error = put(views, first)) return done(std::move(error));
  if (first == views.size()) return done();
  wait({std::move(batch.chunks), std::move(views), first, std::move(done)});
}

void OutputSink::wait(Unwritten unwritten) {
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

void OutputSink::on_ready() {
  Error error = put(unwritten_->views, unwritten_->first);
  if (!error && unwritten_->first < unwritten_->views.size()) return;
  readiness_->stop();
  Unwritten written = *std::exchange(unwritten_, std::nullopt);
  written.done(std::move(error));
}

void OutputSink::let_go() noexcept {
  const Ref<OutputStream> alive(stream_);
  stream_->leave_loop();
  readiness_.reset();
  const std::optional<Unwritten> dropped = std::exchange(unwritten_, std::nullopt);
}

// As in Node, the other end of a pipe does not notice: the descriptor stays open.
void OutputSink::final(Done done) {
  shut_down_ = true;
  descriptor_.shut_down();
  loop_.set_immediate([done = std::move(done)]() mutable { done(); });
}

void OutputSink::destroy(Error error, Done done) {
  const bool is_broken =
      error.code() == std::errc::broken_pipe || error.code() == std::errc::connection_reset;
  const bool ends_quietly = policy_ == BrokenPipe::end_quietly && is_broken;
  if (ends_quietly) return done();
  done(std::move(error));
  if (afterlife_) stream_->revive();
}

// --- Before an exit. ---

std::size_t OutputSink::flush(ByteQueue& queue, Descriptor::Clock::time_point until) noexcept {
  bool is_stuck = false;
  const auto push = [&](std::span<View> views, std::size_t& first) {
    std::size_t left = 0;
    do {
      if (is_stuck || put(views, first)) is_stuck = true;
      left = 0;
      for (const View& view : views.subspan(first)) left += view.size();
      is_stuck = is_stuck || (left > 0 && !descriptor_.wait_for_room(until));
    } while (left > 0 && !is_stuck);
    return left;
  };
  std::size_t left = unwritten_ ? push(unwritten_->views, unwritten_->first) : 0;
  for (std::size_t i = 0; i < queue.count(); ++i) {
    View view = queue.chunks()[i].bytes();
    const std::size_t size = view.size();
    std::size_t first = 0;
    const std::size_t rest = push(std::span(&view, 1), first);
    queue.cut(i, size - rest);
    left += rest;
  }
  return left;
}

}  // namespace weir::internal
