#include "fs/file_sink.h"

#include "loop/uv_error.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <span>
#include <utility>

namespace weir::fs {
namespace {

using internal::from_uv;

constexpr std::size_t kMostViews = IOV_MAX;
// Linux takes no more than 2 GiB less a page at once, and libuv counts a view in 32 bits.
constexpr std::size_t kMostBytes = std::size_t{1} << 30;
// Here, so that one write keeps the loop for no more than a millisecond; the pool's share of the
// time of a larger one is small.
constexpr std::size_t kMostBytesHere = std::size_t{2} << 20;
constexpr int kMostIdleWrites = 5;  // that take nothing, one after the other

}  // namespace

struct FileSink::Batch {
  Batch(FileSink& owner, std::vector<Chunk> owned, Done on_done)
      : sink(owner), done(std::move(on_done)), chunks(std::move(owned)) {
    for (const Chunk& chunk : chunks)
      for (auto rest = chunk.bytes(); !rest.empty();) {
        const auto view = rest.first(std::min(rest.size(), kMostBytes));
        views.push_back(view);
        rest = rest.subspan(view.size());
        size += view.size();
      }
    sink.writing_ = true;
  }
  ~Batch() {
    sink.writing_ = false;
    sink.waiting_destroy_.reset();  // a finished batch has taken it; a dropped one never will
  }

  bool all_written() const noexcept { return first == views.size(); }

  // The views for one call.
  FileOps::Views next() const noexcept {
    std::size_t count = 0;
    for (std::size_t bytes = 0; first + count < views.size() && count < kMostViews; ++count) {
      bytes += views[first + count].size();
      if (bytes > kMostBytes && count > 0) break;
    }
    return std::span(views).subspan(first, count);
  }

  void advance(std::size_t bytes) noexcept {
    while (first < views.size() && bytes >= views[first].size()) bytes -= views[first++].size();
    if (bytes > 0) views[first] = views[first].subspan(bytes);
  }

  FileSink& sink;
  Done done;  // keeps the stream, and so the sink, alive; declared before what uses those
  std::vector<Chunk> chunks;
  std::vector<std::span<const std::byte>> views;
  std::size_t first = 0;  // of the views that are not all written
  std::size_t size = 0;   // of all views
  int idle_writes = 0;
};

FileSink::FileSink(Settings settings) : settings_(std::move(settings)) {}

FileSink::~FileSink() {
  // Open only where the Loop went first.
  if (settings_.fd && settings_.auto_close) settings_.ops->close_now(*settings_.fd);
}

void FileSink::construct(Done done) {
  settings_.ops->open(settings_.path, settings_.flags.bits(), settings_.mode,
                      [this, done = std::move(done)](std::int64_t result) mutable {
                        if (result < 0) return done(from_uv(result, "open", settings_.path));
                        settings_.fd = static_cast<int>(result);
                        done();  // is heard of on a tick, which keeps the stream alive
                        if (on_open_) on_open_(*settings_.fd);
                      });
}

void FileSink::writev(std::vector<Chunk> chunks, Done done) {
  auto batch = std::make_unique<Batch>(*this, std::move(chunks), std::move(done));
  if (batch->all_written()) return finish(std::move(batch), {});  // nothing but empty chunks
  submit(std::move(batch));
}

// A full buffer has the program wait for its write, so it is made at once. With less than that the
// program goes on and may add to what comes after it.
bool FileSink::writes_here(std::size_t bytes) {
  if (settings_.write_mode == WriteMode::pool) return false;
  if (bytes < settings_.high_water_mark || bytes > kMostBytesHere) return false;
  if (!can_write_here_) can_write_here_ = settings_.ops->can_write_here(*settings_.fd);
  return *can_write_here_ && patience_.allows_here(settings_.ops->now());
}

void FileSink::submit(std::unique_ptr<Batch> batch) {
  if (writes_here(batch->size))
    write_here(std::move(batch));
  else
    write_through_pool(std::move(batch));
}

void FileSink::write_here(std::unique_ptr<Batch> batch) {
  FileOps& ops = *settings_.ops;
  const auto from = ops.now();
  const std::int64_t result = ops.write_here(*settings_.fd, batch->next(), settings_.position);
  patience_.wrote_here(from, ops.now());
  // On a tick, writes alone could keep the loop from ever coming to its timers and sockets.
  settings_.loop.set_immediate([batch = std::move(batch), result]() mutable {
    FileSink& sink = batch->sink;
    sink.on_written(std::move(batch), result);
  });
}

void FileSink::write_through_pool(std::unique_ptr<Batch> batch) {
  const FileOps::Views views = batch->next();
  settings_.ops->write(
      *settings_.fd, views, settings_.position,
      [batch = std::move(batch), from = settings_.ops->now()](std::int64_t result) mutable {
        FileSink& sink = batch->sink;
        sink.patience_.wrote_through_pool(from, sink.settings_.ops->now());
        sink.on_written(std::move(batch), result);
      });
}

void FileSink::on_written(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (result == -ESPIPE && settings_.position) {  // a pipe or a terminal after all
    settings_.position.reset();
    if (!destroyed_) return submit(std::move(batch));
  }
  if (result == -EAGAIN) result = 0;
  // As Node: what a destroyed stream was writing is not vouched for.
  if (destroyed_ && result >= 0) return finish(std::move(batch), stream_destroyed("write"));
  if (result < 0) return finish(std::move(batch), failure(result, "write"));

  const auto written = static_cast<std::size_t>(result);
  bytes_written_ += written;
  if (settings_.position) *settings_.position += result;
  batch->advance(written);
  batch->idle_writes = written ? 0 : batch->idle_writes + 1;
  if (batch->all_written()) return finish(std::move(batch), {});
  if (batch->idle_writes > kMostIdleWrites) {
    Error error(Errc::system_error,
                "write failed: it took nothing " + std::to_string(batch->idle_writes) + " times");
    return finish(std::move(batch), std::move(error));
  }
  submit(std::move(batch));
}

void FileSink::finish(std::unique_ptr<Batch> batch, Error error) {
  std::optional<Destroy> destroy = std::exchange(waiting_destroy_, std::nullopt);
  Done done = std::move(batch->done);
  batch.reset();
  done(error);
  // The stream's write is called back first, then the descriptor closes. Until then the destroy's
  // Done keeps all this alive.
  if (!destroy) return;
  if (!destroy->error) destroy->error = std::move(error);
  close(*std::move(destroy));
}

void FileSink::destroy(Error error, Done done) {
  destroyed_ = true;
  Destroy destroy{std::move(error), std::move(done)};
  if (writing_)
    waiting_destroy_ = std::move(destroy);
  else
    close(std::move(destroy));
}

Error FileSink::failure(std::int64_t result, std::string_view syscall) const {
  if (settings_.path.empty()) return from_uv(result, syscall);  // a descriptor without a name
  return from_uv(result, syscall, settings_.path);
}

void FileSink::close(Destroy destroy) {
  if (!settings_.fd) return destroy.done(std::move(destroy.error));
  if (!settings_.flush) return close_descriptor(std::move(destroy));
  settings_.ops->sync(*settings_.fd,
                      [this, destroy = std::move(destroy)](std::int64_t result) mutable {
                        if (!destroy.error) destroy.error = failure(result, "fsync");
                        close_descriptor(std::move(destroy));
                      });
}

void FileSink::close_descriptor(Destroy destroy) {
  const int fd = *std::exchange(settings_.fd, std::nullopt);
  settings_.ops->close(fd, [this, destroy = std::move(destroy)](std::int64_t result) mutable {
    Error error = failure(result, "close");
    destroy.done(error ? std::move(error) : std::move(destroy.error));
  });
}

}  // namespace weir::fs
