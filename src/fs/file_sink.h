// The sink of a file stream: opens, writes and closes the file, one call at a time.
#pragma once

#include "fs/full_disk.h"
#include "fs/inline_write_policy.h"
#include "fs/open_file.h"
#include "fs/sync_schedule.h"
#include "loop/crash_registry.h"
#include "loop/stall_timer.h"
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/write_mode.h>
#include <weir/stream/internal/write_queue.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::fs {

// The size of a full buffer of a stream with this mark.
std::size_t full_buffer(Loop& loop, std::optional<std::int64_t> high_water_mark);

class TakeoverOps;

class FileSink : public Sink, private internal::CrashWriter {
 public:
  struct Settings {
    Loop& loop;
    OpenFile::Settings file;
    std::optional<std::int64_t> position;  // empty: the file's own position
    WriteMode write_mode;
    std::size_t full_buffer;                       // the size from which a write is made inline
    bool flush;                                    // sync before closing
    std::chrono::milliseconds retry_on_full = {};  // 0: a full disk fails the stream
    SyncSchedule::Every sync_every = {};
    std::chrono::milliseconds stall_timeout = {};  // 0: none
  };

  explicit FileSink(Settings settings);
  ~FileSink() override;

  OpenFile& file() noexcept { return file_; }
  const OpenFile& file() const noexcept { return file_; }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  // Called when sync_every makes a sync due. REQUIRES: syncs_on_schedule().
  bool syncs_on_schedule() const noexcept { return schedule_ != nullptr; }
  void on_sync_due(Function<void()> sync) { schedule_->on_due(std::move(sync)); }

  FullDisk& full_disk() noexcept { return full_disk_; }

  // Called when the file has taken nothing for stall_timeout.
  void on_stalled(Function<void()> call) { on_stalled_ = std::move(call); }

  // Has a CrashFlush write the data of this sink and, after it, that of its stream's queue. Does
  // nothing if the sink's file is not a file of the system's, or is not to be written then.
  void join_crash_flush(const Writable& stream, const internal::ByteQueue& queue);

  // True if chunks may be ranges of other files.
  bool takes_ranges() override;
  std::uint64_t system_calls() const noexcept override { return system_calls_; }

  void construct(Done done) override { file_.open(std::move(done)); }
  void writev(weir::Batch written, Done done) override;
  void sync(Done done) override;
  void destroy(Error error, Done done) override;

 protected:
  Loop& loop() const noexcept { return settings_.loop; }
  // Sets if the file is synced before it is closed.
  void set_flush(bool flush) noexcept { settings_.flush = flush; }
  // Continues in another open file, at its end. OWNS: fd. Returns the old descriptor, which the
  // caller closes. REQUIRES: no write is in progress.
  int replace_file(int fd) noexcept;
  // Called when a writev has completed, or failed; calls `done`, or starts another writev with it.
  // An error ends it.
  virtual void on_batch(Done done, const Error& error) { done(error); }
  // Called when a sync has completed, or failed; calls `done`.
  virtual void on_synced(Done done, const Error& error) { done(error); }

  // True if a crash may write into the file.
  virtual bool has_crash_flush() const noexcept { return true; }
  // The chunks between the write in progress and the stream's queue.
  struct HeldChunks {
    std::span<const Chunk> rest;
    std::span<const Chunk> next;
  };
  virtual HeldChunks held_chunks() const noexcept { return {}; }

 private:
  // A write or sync in progress. The calls of FileOps own it, so it is destroyed, and releases the
  // stream, if a destroyed Loop drops a call.
  struct Call;
  // The chunks of one writev, and the progress of their write.
  struct Batch;
  struct Destroy {
    Error error;
    Done done;
  };

  const void* crash_key() const noexcept override { return stream_; }
  internal::CrashFile crash_flush() noexcept override;
  internal::CrashFile crash_file() noexcept;
  // Stops a batch whose bytes a crash has written, since exit() continues the program.
  bool stops_after_crash(std::unique_ptr<Batch>& batch) noexcept;

  bool writes_here(std::size_t bytes);
  void submit(std::unique_ptr<Batch> batch);
  void write_here(std::unique_ptr<Batch> batch);
  void write_through_pool(std::unique_ptr<Batch> batch);
  void copy_range(std::unique_ptr<Batch> batch);
  void on_copied(std::unique_ptr<Batch> batch, std::int64_t result);
  void read_range(std::unique_ptr<Batch> batch);
  void on_range_read(std::unique_ptr<Batch> batch, std::int64_t result);
  void go_on(std::unique_ptr<Batch> batch);
  void count(std::size_t written);
  void on_written(std::unique_ptr<Batch> batch, std::int64_t result);
  void wait_for_space(std::unique_ptr<Batch> batch, std::int64_t result);
  void on_space();
  void finish(std::unique_ptr<Call> call, Error error);
  void interrupt_call();
  void close(Destroy destroy);

  Settings settings_;
  OpenFile file_;
  std::uint64_t bytes_written_ = 0;
  std::optional<bool> can_write_here_;  // determined at the first write
  InlineWritePolicy inline_writes_;
  FullDisk full_disk_;                      // while it waits, it has the batch
  std::unique_ptr<SyncSchedule> schedule_;  // null: none
  Function<void()> on_stalled_;
  std::unique_ptr<internal::StallTimer> stall_;  // null: no limit
  Call* call_ = nullptr;                         // in progress
  bool sync_failed_ = false;
  bool destroyed_ = false;
  std::optional<Destroy> waiting_destroy_;  // until the Call has completed

  // For a CrashFlush.
  const void* stream_ = nullptr;
  const internal::ByteQueue* queue_ = nullptr;
  TakeoverOps* takeover_ = nullptr;
  Batch* batch_ = nullptr;  // in progress
  std::uint64_t system_calls_ = 0;
  bool is_crash_flushed_ = false;   // all data is written
  std::unique_ptr<Batch> stopped_;  // since then
};

}  // namespace weir::fs
