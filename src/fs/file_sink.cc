#include "fs/file_sink.h"

#include "fs/pool_call.h"
#include "loop/file_range.h"
#include "loop/loop_local.h"
#include "loop/uv_error.h"
#include "stream/chunk_cursor.h"
#include <weir/base/block.h>
#include <weir/stream/writable.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <span>
#include <utility>

#include <sys/stat.h>

namespace weir::fs {
namespace {

constexpr std::size_t kMostViews = IOV_MAX;
// Linux writes at most 2 GiB less one page in one call, and libuv counts a view in 32 bits.
constexpr std::size_t kMostBytes = std::size_t{1} << 30;
// The limit of an inline write, so that one write occupies the loop for at most a millisecond. For
// a larger write, the cost of the pool is small.
constexpr std::size_t kMostBytesWrittenInline = std::size_t{2} << 20;
// The part of a range to read and write at once, if the kernel does not copy it.
constexpr std::size_t kMostRangeBytes = std::size_t{256} << 10;
constexpr int kMostIdleWrites = 5;  // in a row

}  // namespace

std::size_t full_buffer(Loop& loop, std::optional<std::int64_t> high_water_mark) {
  if (!high_water_mark) return std::max<std::size_t>(loop.default_high_water_mark(), 1);
  return static_cast<std::size_t>(std::max<std::int64_t>(*high_water_mark, 1));
}

struct FileSink::Call {
  Call(FileSink& owner, Done on_done, bool batch = false)
      : sink(owner), done(std::move(on_done)), is_batch(batch) {
    sink.call_ = this;
    if (sink.stall_ && is_batch) sink.stall_->start();  // a sync may take its time
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() {
    sink.call_ = nullptr;
    if (sink.stall_) sink.stall_->stop();
    // A completed call has taken it; if a destroyed Loop dropped the call, this does.
    if (const auto waiting = std::exchange(sink.waiting_destroy_, std::nullopt))
      sink.file_.close_now();
  }

  FileSink& sink;
  Done done;  // keeps the stream, and so the sink, alive
  const bool is_batch;
};

// One segment of it is in progress: chunks in memory, or one range of a file.
struct FileSink::Batch : Call {
  Batch(FileSink& owner, std::vector<Chunk> owned, Done on_done)
      : Call(owner, std::move(on_done), true), chunks(std::move(owned)) {
    sink.batch_ = this;
    begin_segment();
  }
  ~Batch() override { sink.batch_ = nullptr; }

  // REQUIRES: the segment before is complete.
  void begin_segment() {
    while (!chunks.empty() && chunks.front().is_external()) {
      range = internal::FileRange::of(chunks.front());
      if (range) break;
      chunks.fetch_front();  // external, but not in a file
    }
    size = left = range ? 0 : chunks.in_memory();
  }
  // Sets the bytes of the range to write next.
  void add_of_range(std::span<const std::byte> bytes) {
    of_range = bytes;
    size = left = bytes.size();
  }

  // The range's position in its file.
  std::int64_t at() const noexcept {
    return range->offset + static_cast<std::int64_t>(chunks.front_done());
  }

  // The views for one call.
  FileOps::Views next() {
    views.clear();
    std::size_t bytes = 0;
    const auto add = [&](std::span<const std::byte> piece) {
      if (views.size() == kMostViews || bytes == kMostBytes) return false;
      views.push_back(piece.first(std::min(piece.size(), kMostBytes - bytes)));
      bytes += views.back().size();
      return true;
    };
    if (range)
      add(of_range);
    else
      chunks.visit(add);
    return views;
  }

  // Counts written bytes of the views.
  void advance(std::size_t bytes) noexcept {
    left -= bytes;
    if (range) of_range = of_range.subspan(bytes);
    step(bytes);
  }
  // Counts bytes of the range that were copied, or are missing.
  void step(std::size_t bytes) noexcept {
    if (range && bytes == chunks.front_left()) range = nullptr;
    chunks.advance(bytes);
  }

  internal::ChunkCursor chunks;
  internal::FileRange* range = nullptr;           // of the first chunk
  std::optional<Block> read_range;                // if the kernel does not copy it
  std::span<const std::byte> of_range;            // the unwritten part of it
  std::vector<std::span<const std::byte>> views;  // of the current call
  std::size_t size = 0;  // bytes to write: the segment's, or those read from its range
  std::size_t left = 0;  // bytes of it to write
  int idle_writes = 0;
  std::size_t uncounted = 0;  // of the views: written inline, and not reported yet
};

FileSink::FileSink(Settings settings)
    : settings_(std::move(settings)),
      file_(settings_.loop.ticks(), std::move(settings_.file)),
      full_disk_(settings_.loop, settings_.retry_on_full) {
  if (settings_.sync_every)
    schedule_ = std::make_unique<SyncSchedule>(settings_.loop, settings_.sync_every);
  if (settings_.stall_timeout.count() > 0)
    stall_ = std::make_unique<internal::StallTimer>(
        settings_.loop, settings_.stall_timeout, [this] { return bytes_written_; },
        [this] { on_stalled_(); });
}

FileSink::~FileSink() = default;

bool FileSink::takes_ranges() {
  if (!file_.fd() || !settings_.position || !file_.ops().are_descriptors()) return false;
  if (!can_write_here_) can_write_here_ = file_.ops().can_write_here(*file_.fd());
  return *can_write_here_;
}

void FileSink::writev(weir::Batch written, Done done) {
  auto batch = std::make_unique<Batch>(*this, std::move(written.chunks), std::move(done));
  if (batch->chunks.empty()) return finish(std::move(batch), {});
  submit(std::move(batch));
}

// The program waits for the write of a full buffer, so it is made inline. With less, the program
// continues and may add more.
bool FileSink::writes_here(std::size_t bytes) {
  if (settings_.write_mode == WriteMode::pool) return false;
  if (bytes < settings_.full_buffer || bytes > kMostBytesWrittenInline) return false;
  if (!can_write_here_) can_write_here_ = file_.ops().can_write_here(*file_.fd());
  return *can_write_here_ && inline_writes_.allows_inline(file_.ops().now());
}

void FileSink::submit(std::unique_ptr<Batch> batch) {
  if (stops_after_crash(batch)) return;
  if (batch->range && batch->left == 0) return copy_range(std::move(batch));
  if (writes_here(batch->size))
    write_here(std::move(batch));
  else
    write_through_pool(std::move(batch));
}

void FileSink::write_here(std::unique_ptr<Batch> batch) {
  FileOps& ops = file_.ops();
  const auto from = ops.now();
  ++system_calls_;
  const std::int64_t result = ops.write_here(*file_.fd(), batch->next(), settings_.position);
  if (result > 0) batch->uncounted = static_cast<std::size_t>(result);
  inline_writes_.wrote_inline(from, ops.now());
  // Not on a tick, with which writes alone could keep the loop from its timers and sockets.
  settings_.loop.set_immediate([batch = std::move(batch), result]() mutable {
    FileSink& sink = batch->sink;
    sink.on_written(std::move(batch), result);
  });
}

void FileSink::write_through_pool(std::unique_ptr<Batch> batch) {
  const FileOps::Views views = batch->next();
  ++system_calls_;
  file_.ops().write(
      *file_.fd(), views, settings_.position,
      [batch = std::move(batch), from = file_.ops().now()](std::int64_t result) mutable {
        FileSink& sink = batch->sink;
        sink.inline_writes_.wrote_through_pool(from, sink.file_.ops().now());
        sink.on_written(std::move(batch), result);
      });
}

void FileSink::on_written(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (stops_after_crash(batch)) return;
  batch->uncounted = 0;
  if (result == -ESPIPE && settings_.position) {  // a pipe or a terminal
    settings_.position.reset();
    if (!destroyed_) return submit(std::move(batch));
    result = 0;
  }
  if (result == -ERESTART && !destroyed_) return submit(std::move(batch));
  if (result == -EAGAIN || result == -ERESTART) result = 0;
  // As in Node: the write of a destroyed stream is not reported as successful.
  if (destroyed_ && result >= 0) return finish(std::move(batch), stream_destroyed("write"));
  if (full_disk_.is_passing(result) && !destroyed_) return wait_for_space(std::move(batch), result);
  if (result < 0) return finish(std::move(batch), file_.failure(result, "write"));
  if (full_disk_.is_full() && result > 0) on_space();

  const auto written = static_cast<std::size_t>(result);
  count(written);
  batch->advance(written);
  batch->idle_writes = written ? 0 : batch->idle_writes + 1;
  if (batch->left == 0) return go_on(std::move(batch));
  if (batch->idle_writes > kMostIdleWrites) {
    Error error(weir::Errc::system_error,
                "write failed: it took nothing " + std::to_string(batch->idle_writes) + " times");
    return finish(std::move(batch), std::move(error));
  }
  submit(std::move(batch));
}

// The rest of the batch, at the byte that the system did not take.
void FileSink::wait_for_space(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (stall_) stall_->stop();  // it is known why
  batch->idle_writes = 0;
  full_disk_.wait(file_.failure(result, "write"), [batch = std::move(batch)]() mutable {
    FileSink& sink = batch->sink;
    if (sink.destroyed_)
      sink.finish(std::move(batch), stream_destroyed("write"));
    else
      sink.submit(std::move(batch));
  });
}

void FileSink::on_space() {
  if (stall_) stall_->start();
  full_disk_.on_space();
}

void FileSink::count(std::size_t written) {
  bytes_written_ += written;
  if (settings_.position) *settings_.position += static_cast<std::int64_t>(written);
  if (schedule_) schedule_->on_written(written);
}

// Continues after a segment, or a part of its range.
void FileSink::go_on(std::unique_ptr<Batch> batch) {
  if (!batch->range) batch->begin_segment();
  if (batch->chunks.empty()) return finish(std::move(batch), {});
  submit(std::move(batch));
}

// --- Ranges of other files. ---

void FileSink::copy_range(std::unique_ptr<Batch> batch) {
  internal::RangedFile& source = *batch->range->source;
  if (source.refused()) return read_range(std::move(batch));
  const std::int64_t from = batch->at();
  const std::size_t length = batch->chunks.front_left();
  ++system_calls_;
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
  count(copied);
  batch->step(copied);
  go_on(std::move(batch));
}

void FileSink::read_range(std::unique_ptr<Batch> batch) {
  batch->read_range.emplace(std::min(batch->chunks.front_left(), kMostRangeBytes));
  const int fd = batch->range->source->fd();
  const std::span<std::byte> room = batch->read_range->bytes();
  const std::int64_t at = batch->at();
  ++system_calls_;
  file_.ops().read(fd, room, at, [batch = std::move(batch)](std::int64_t result) mutable {
    FileSink& sink = batch->sink;
    sink.on_range_read(std::move(batch), result);
  });
}

void FileSink::on_range_read(std::unique_ptr<Batch> batch, std::int64_t result) {
  if (destroyed_) return finish(std::move(batch), stream_destroyed("write"));
  if (result <= 0) {
    const std::size_t missing = batch->chunks.front_left();
    const Ref<internal::RangedFile> source = batch->range->source;
    batch->step(missing);
    go_on(std::move(batch));
    return source->report(missing, internal::from_uv(result, "read"));
  }
  const auto count = static_cast<std::size_t>(result);
  batch->add_of_range(batch->read_range->bytes().first(count));
  submit(std::move(batch));
}

// --- Completion, sync and destruction. ---

void FileSink::finish(std::unique_ptr<Call> call, Error error) {
  std::optional<Destroy> destroy = std::exchange(waiting_destroy_, std::nullopt);
  Done done = std::move(call->done);
  const bool is_batch = call->is_batch;
  call.reset();
  if (is_batch)
    on_batch(std::move(done), error);
  else
    on_synced(std::move(done), error);
  // The stream's call is called back first, then the descriptor closes. Until then the destroy's
  // Done keeps everything alive.
  if (!destroy) return;
  if (!destroy->error) destroy->error = std::move(error);
  close(*std::move(destroy));
}

void FileSink::sync(Done done) {
  ++system_calls_;
  file_.sync(OpenFile::Sync::data,
             [call = std::make_unique<Call>(*this, std::move(done))](Error error) mutable {
               FileSink& sink = call->sink;
               sink.sync_failed_ = static_cast<bool>(error);
               sink.finish(std::move(call), std::move(error));
             });
}

void FileSink::destroy(Error error, Done done) {
  destroyed_ = true;
  schedule_.reset();
  stall_.reset();
  Destroy destroy{std::move(error), std::move(done)};
  if (!call_) return close(std::move(destroy));
  waiting_destroy_ = std::move(destroy);
  // On a tick, since the callbacks of earlier writes may not have run yet.
  settings_.loop.next_tick([this] { interrupt_call(); });
}

void FileSink::interrupt_call() {
  if (!call_) return;
  if (stopped_) return finish(std::move(stopped_), stream_destroyed("write"));
  full_disk_.end_wait();
  if (call_) file_.ops().interrupt(*file_.fd());
}

int FileSink::replace_file(int fd) noexcept {
  settings_.position.reset();
  can_write_here_.reset();
  return file_.replace(fd);
}

void FileSink::close(Destroy destroy) {
  // After a failed sync, another one would report success for data that is lost.
  if (!file_.fd() || !settings_.flush || sync_failed_)
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
  file_.sync(OpenFile::Sync::all,
             [syncing = Syncing(file_, std::move(destroy))](Error error) mutable {
               OpenFile& file = *std::exchange(syncing.file, nullptr);
               Destroy& then = syncing.destroy;
               if (!then.error) then.error = std::move(error);
               file.close(std::move(then.error), std::move(then.done));
             });
}

// --- A crash. Signal handlers call these functions, except for join_crash_flush. ---

void FileSink::join_crash_flush(const Writable& stream, const internal::ByteQueue& queue) {
  takeover_ = dynamic_cast<TakeoverOps*>(&file_.ops());
  if (!takeover_ || !has_crash_flush()) return;
  stream_ = &stream;
  queue_ = &queue;
  internal::loop_local<internal::CrashRegistry>(settings_.loop).add(*this);
}

namespace {

// The bytes of a chunk after the first `done`.
void write_chunk(internal::CrashFile& file, const Chunk& chunk, std::size_t done) noexcept {
  if (!chunk.is_external())
    file.write(chunk.bytes().subspan(done));
  else if (const internal::FileRange* const range = internal::FileRange::of(chunk))
    file.copy(range->source->fd(), range->offset + static_cast<std::int64_t>(done),
              chunk.size() - done);
  else
    file.fail();  // only its fetch has the bytes, and that allocates
}

void write_chunks(internal::CrashFile& file, std::span<const Chunk> chunks,
                  std::size_t done) noexcept {
  for (const Chunk& chunk : chunks) {
    const std::size_t skipped = std::min(done, chunk.size());
    write_chunk(file, chunk, skipped);
    done -= skipped;
  }
}

// The merged bytes are those of the length that no chunk has.
void write_queue(internal::CrashFile& file, const internal::ByteQueue& queue) noexcept {
  std::size_t merged = queue.length();
  for (std::size_t i = 0; i < queue.chunks().size(); ++i) {
    merged -= queue.chunks()[i].size();
    write_chunk(file, queue.chunks()[i], 0);
  }
  const auto* const end = reinterpret_cast<const std::byte*>(queue.cursor());
  if (merged > 0) file.write({end - merged, merged});
}

}  // namespace

internal::CrashFile FileSink::crash_flush() noexcept {
  internal::CrashFile file = crash_file();
  if (!file.accepts()) return file;
  is_crash_flushed_ = true;
  std::size_t done = batch_ ? batch_->chunks.front_done() : 0;
  if (batch_ && !settings_.position) {
    // Bytes at the file's own position are written once. With an explicit one, a second write of
    // the same bytes changes nothing.
    const PoolCall::Outcome write = takeover_->take_over(batch_->views.data());
    if (write.kind == PoolCall::Outcome::Kind::unknown) return {};
    done += batch_->uncounted;
    if (write.kind == PoolCall::Outcome::Kind::over && write.result > 0)
      done += static_cast<std::size_t>(write.result);
  }
  if (batch_) write_chunks(file, batch_->chunks.left(), done);
  const HeldChunks held = held_chunks();
  write_chunks(file, held.rest, 0);
  write_chunks(file, held.next, 0);
  write_queue(file, *queue_);
  return file;
}

internal::CrashFile FileSink::crash_file() noexcept {
  if (destroyed_) return {};
  const int fd = file_.open_at_crash(*takeover_);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return {fd, settings_.position};
}

bool FileSink::stops_after_crash(std::unique_ptr<Batch>& batch) noexcept {
  if (!is_crash_flushed_ || destroyed_) return false;
  stopped_ = std::move(batch);
  return true;
}

}  // namespace weir::fs
