#include "stdio/standard_input_source.h"

#include "loop/pool.h"

#include <cerrno>
#include <memory>
#include <utility>

namespace weir::internal {
namespace {

constexpr std::size_t kMostAtOnce = 64 * 1024;  // libuv's
// A smaller read is copied out of its block, so that a line does not pin the whole block.
constexpr std::size_t kWorthItsRoom = 16 * 1024;

}  // namespace

struct StandardInputSource::Request {
  Ref<InputStream> stream;
  int fd;
  Block block;
  std::int64_t result = 0;
};

StandardInputSource::StandardInputSource(Loop& loop, int fd)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      descriptor_(fd, Descriptor::Direction::input),
      raw_mode_(fd) {}

void StandardInputSource::read(Readable& stream, std::size_t size) {
  if (descriptor_.is_nothing()) return void(stream.push(nullptr));
  if (!descriptor_.is_usable()) return stream_->fail(Error::system(EBADF, "read"));
  if (descriptor_.kind() == DescriptorKind::file) return read_on_pool(size);
  asked_ = true;
  wait();
}

// A call on the pool completes, even if the stream is destroyed.
void StandardInputSource::read_on_pool(std::size_t size) {
  auto request = std::make_unique<Request>(Ref(stream_), descriptor_.fd(), Block(size));
  Request& shared = *request;
  run_on_pool(
      loop_.core(),
      [&shared] { shared.result = Descriptor::read_waiting(shared.fd, shared.block.bytes()); },
      [request = std::move(request)]() mutable {
        InputStream& stream_read = *request->stream;
        const std::int64_t result = request->result;
        if (stream_read.destroyed()) return;
        if (result < 0)
          stream_read.fail(Error::system(static_cast<int>(-result), "read"));
        else if (result == 0)
          stream_read.push(nullptr);
        else
          stream_read.push(std::move(request->block).take(static_cast<std::size_t>(result)));
      });
}

void StandardInputSource::wait() {
  if (waiting_) return;
  if (!readiness_)
    readiness_.emplace(loop_.core(), descriptor_.fd(), Readiness::For::reading,
                       [this] { on_ready(); });
  waiting_ = Ref<InputStream>(stream_);
  readiness_->start();
}

void StandardInputSource::stop_waiting() noexcept {
  if (readiness_) readiness_->stop();
  const Ref<InputStream> last = std::exchange(waiting_, nullptr);
}

void StandardInputSource::on_ready() {
  const Ref<InputStream> stream = waiting_;
  if (!room_) room_.emplace(kMostAtOnce);
  const std::int64_t result = descriptor_.read(room_->bytes());
  if (result == -EAGAIN) return;
  if (result <= 0) {
    stop_waiting();
    if (result < 0) return stream->fail(Error::system(static_cast<int>(-result), "read"));
    stream->push(nullptr);
    return;
  }
  asked_ = false;
  const bool has_room = stream->push(take(static_cast<std::size_t>(result)));
  if (!has_room && !asked_) stop_waiting();
}

Buffer StandardInputSource::take(std::size_t count) {
  if (count < kWorthItsRoom) return Buffer::copy(room_->bytes().first(count));
  Block block = *std::exchange(room_, std::nullopt);
  return std::move(block).take(count);
}

void StandardInputSource::destroy(Error error, Done done) {
  raw_mode_.restore();
  stop_waiting();
  readiness_.reset();
  descriptor_.release();
  done(std::move(error));
}

void StandardInputSource::let_go() noexcept {
  const Ref<InputStream> alive(stream_);
  stream_->leave_loop();
  stop_waiting();
  readiness_.reset();
}

}  // namespace weir::internal
