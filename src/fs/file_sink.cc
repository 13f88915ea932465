#include "fs/file_sink.h"

#include "loop/file_range.h"
#include "loop/uv_error.h"
#include <weir/base/block.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <span>
#include <utility>

namespace weir::fs {
namespace {

constexpr std::size_t kMostViews = IOV_MAX;
// Linux writes at most 2 GiB less one page in one call, and libuv counts a view in 32 bits.
constexpr std::size_t kMostBytes = std::size_t{1} << 30;
// The limit of an inline write, so that one write occupies the loop for at most a millisecond. For
// a larger write, the cost of the pool is small.
constexpr std::size_t kMostBytesHere = std::size_t{2} << 20;
// The part of a range to read and write at once, if the kernel does not copy it.
constexpr std::size_t kMostRangeBytes = std::size_t{256} << 10;
constexpr int kMostIdleWrites = 5;  // in a row

}  // namespace

std::size_t full_buffer(Loop& loop, std::optional<std::int64_t> high_water_mark) {
  if (!high_water_mark) return std::max<std::size_t>(loop.default_high_water_mark(), 1);
  return static_cast<std::size_t>(std::max<std::int64_t>(*high_water_mark, 1));
}

// One segment of it is in progress: chunks in memory, or one range of a file.
struct FileSink::Batch {
  Batch(FileSink& owner, std::vector<Chunk> owned, Done on_done)
      : sink(owner), done(std::move(on_done)), chunks(std::move(owned)) {
    sink.writing_ = true;
    next_segment();
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() {
    sink.writing_ = false;
    // A completed batch has taken it; if a destroyed Loop dropped the batch, this does.
    if (const auto waiting = std::exchange(sink.waiting_destroy_, std::nullopt))
      sink.file_.close_now();
  }

  bool all_written() const noexcept { return !range && first == views.size(); }

  // Starts the next segment after a completed one; does nothing after the last.
  void next_segment() {
    range = nullptr;
    views.clear();
    first = size = 0;
    while (next_chunk < chunks.size()) {
      if (chunks[next_chunk].is_elsewhere()) {
        if (size > 0) return;
        range = internal::FileRange::of(chunks[next_chunk]);
        range_left = chunks[next_chunk].size();
        range_at = range->offset;
        ++next_chunk;
        return;
      }
      add(chunks[next_chunk++].bytes());
    }
  }
  void add(std::span<const std::byte> rest) {
    while (!rest.empty()) {
      const auto view = rest.first(std::min(rest.size(), kMostBytes));
      views.push_back(view);
      rest = rest.subspan(view.size());
      size += view.size();
    }
  }

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
  void advance_range(std::size_t bytes) noexcept {
    range_left -= bytes;
    range_at += static_cast<std::int64_t>(bytes);
  }

  FileSink& sink;
  Done done;  // keeps the stream, and so the sink, alive; declared before the members that use them
  std::vector<Chunk> chunks;
  std::size_t next_chunk = 0;  // the first chunk after the segment
  std::vector<std::span<const std::byte>> views;
  std::size_t first = 0;                 // the first view that is not completely written
  std::size_t size = 0;                  // of all views
  internal::FileRange* range = nullptr;  // instead of views
  std::size_t range_left = 0;
  std::int64_t range_at = 0;
  std::optional<Block> read_range;  // bytes of a range that the kernel does not copy
  int idle_writes = 0;
};

FileSink::FileSink(Settings settings)
    : settings_(std::move(settings)), file_(std::move(settings_.file)) {}

bool FileSink::takes_ranges() {
  if (!file_.fd() || !settings_.position || !file_.ops().are_descriptors()) return false;
  if (!can_write_here_) can_write_here_ = file_.ops().can_write_here(*file_.fd());
  return *can_write_here_;
}

void FileSink::writev(weir::Batch written, Done done) {
  auto batch = std::make_unique<Batch>(*this, std::move(written.chunks), std::move(done));
  if (batch->all_written()) return finish(std::move(batch), {});  // only empty chunks
  submit(std::move(batch));
}

// The program waits for the write of a full buffer, so it is made inline. With less, the program
// continues and may add more.
bool FileSink::writes_here(std::size_t bytes) {
  if (settings_.write_mode == WriteMode::pool) return false;
  if (bytes < settings_.full_buffer || bytes > kMostBytesHere) return false;
  if (!can_write_here_) can_write_here_ = file_.ops().can_write_here(*file_.fd());
  return *can_write_here_ && patience_.allows_here(file_.ops().now());
}

void FileSink::submit(std::unique_ptr<Batch> batch) {
  if (batch->range && batch->views.empty()) return copy_range(std::move(batch));
  if (writes_here(batch->size))
    write_here(std::move(batch));
  else
    write_through_pool(std::move(batch));
}

void FileSink::write_here(std::unique_ptr<Batch> batch) {
  FileOps& ops = file_.ops();
  const auto from = ops.now();
  const std::int64_t result = ops.write_here(*file_.fd(), batch->next(), settings_.position);
  patience_.wrote_here(from, ops.now());
  // Not on a tick, with which writes alone could keep the loop from its timers and sockets.
  settings_.loop.set_immediate([batch = std::move(batch), result]() mutable {
    FileSink& sink = batch->sink;
    sink.on_written(std::move(batch), result);
  });
}

void FileSink::write_through_pool(std::unique_ptr<Batch> batch) {
  const FileOps::Views views = batch->next();
  file_.ops().write(
      *file_.fd(), views, settings_.position,
      [batch = std::move(batch), from = file_.ops().now()](std::int64_t result) mutable {
        FileSink& sink = batch->sink;
        sink.patience_.wrote_through_pool(from, sink.file_.ops().now());
        sink.on_written(std::move(batch), result);
      });
}

void FileSink::on_written(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (result == -ESPIPE && settings_.position) {  // a pipe or a terminal
    settings_.position.reset();
    if (!destroyed_) return submit(std::move(batch));
  }
  if (result == -ERESTART && !destroyed_) return submit(std::move(batch));
  if (result == -EAGAIN || result == -ERESTART) result = 0;
  // As in Node: the write of a destroyed stream is not reported as successful.
  if (destroyed_ && result >= 0) return finish(std::move(batch), stream_destroyed("write"));
  if (result < 0) return finish(std::move(batch), file_.failure(result, "write"));

  const auto written = static_cast<std::size_t>(result);
  bytes_written_ += written;
  if (settings_.position) *settings_.position += result;
  batch->advance(written);
  batch->idle_writes = written ? 0 : batch->idle_writes + 1;
  if (batch->first == batch->views.size()) return go_on(std::move(batch));
  if (batch->idle_writes > kMostIdleWrites) {
    Error error(weir::Errc::system_error,
                "write failed: it took nothing " + std::to_string(batch->idle_writes) + " times");
    return finish(std::move(batch), std::move(error));
  }
  submit(std::move(batch));
}

// Continues after a part of a segment.
void FileSink::go_on(std::unique_ptr<Batch> batch) {
  batch->views.clear();
  batch->first = batch->size = 0;
  if (!batch->range || batch->range_left == 0) batch->next_segment();
  if (batch->all_written()) return finish(std::move(batch), {});
  submit(std::move(batch));
}

// --- Ranges of other files. ---

void FileSink::copy_range(std::unique_ptr<Batch> batch) {
  internal::RangedFile& source = *batch->range->source;
  if (source.refused()) return read_range(std::move(batch));
  const std::int64_t from = batch->range_at;
  const std::size_t length = batch->range_left;
  file_.ops().copy(source.fd(), from, *file_.fd(), *settings_.position, length,
                   [batch = std::move(batch)](std::int64_t result) mutable {
                     FileSink& sink = batch->sink;
                     sink.on_copied(std::move(batch), result);
                   });
}

void FileSink::on_copied(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (destroyed_) return finish(std::move(batch), stream_destroyed("write"));
  if (result <= 0) {
    // Only a read and a write can tell which of the two files failed, or if it is the end.
    if (result < 0) batch->range->source->refuse();
    return read_range(std::move(batch));
  }
  const auto copied = static_cast<std::size_t>(result);
  bytes_written_ += copied;
  *settings_.position += result;
  batch->advance_range(copied);
  go_on(std::move(batch));
}

void FileSink::read_range(std::unique_ptr<Batch> batch) {
  batch->read_range.emplace(std::min(batch->range_left, kMostRangeBytes));
  const int fd = batch->range->source->fd();
  const std::span<std::byte> room = batch->read_range->bytes();
  const std::int64_t at = batch->range_at;
  file_.ops().read(fd, room, at, [batch = std::move(batch)](std::int64_t result) mutable {
    FileSink& sink = batch->sink;
    sink.on_range_read(std::move(batch), result);
  });
}

void FileSink::on_range_read(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (destroyed_) return finish(std::move(batch), stream_destroyed("write"));
  if (result <= 0) {
    const std::size_t missing = std::exchange(batch->range_left, 0);
    const Ref<internal::RangedFile> source = batch->range->source;
    go_on(std::move(batch));
    return source->report(missing, internal::from_uv(result, "read"));
  }
  const auto count = static_cast<std::size_t>(result);
  batch->advance_range(count);
  batch->add(batch->read_range->bytes().first(count));
  submit(std::move(batch));
}

void FileSink::finish(std::unique_ptr<Batch> batch, Error error) {
  std::optional<Destroy> destroy = std::exchange(waiting_destroy_, std::nullopt);
  Done done = std::move(batch->done);
  batch.reset();
  done(error);
  // The stream's write is called back first, then the descriptor closes. Until then the destroy's
  // Done keeps everything alive.
  if (!destroy) return;
  if (!destroy->error) destroy->error = std::move(error);
  close(*std::move(destroy));
}

void FileSink::destroy(Error error, Done done) {
  destroyed_ = true;
  Destroy destroy{std::move(error), std::move(done)};
  if (!writing_) return close(std::move(destroy));
  waiting_destroy_ = std::move(destroy);
  file_.ops().interrupt(*file_.fd());
}

void FileSink::close(Destroy destroy) {
  if (!file_.fd() || !settings_.flush)
    return file_.close(std::move(destroy.error), std::move(destroy.done));
  // A destroyed Loop may drop the call.
  struct Syncing {
    Syncing(OpenFile& synced, Destroy then) : file(&synced), destroy(std::move(then)) {}
    Syncing(Syncing&& other) noexcept
        : file(std::exchange(other.file, nullptr)), destroy(std::move(other.destroy)) {}
    Syncing& operator=(Syncing&&) = delete;
    ~Syncing() {
      if (file) file->close_now();
    }
    OpenFile* file;
    Destroy destroy;  // keeps the stream, and so the file, alive
  };
  file_.ops().sync(*file_.fd(),
                   [syncing = Syncing(file_, std::move(destroy))](std::int64_t result) mutable {
                     OpenFile& file = *std::exchange(syncing.file, nullptr);
                     Destroy& then = syncing.destroy;
                     if (!then.error) then.error = file.failure(result, "fsync");
                     file.close(std::move(then.error), std::move(then.done));
                   });
}

}  // namespace weir::fs
