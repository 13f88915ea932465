// The sink of a file stream: opens, writes and closes the file, one call at a time.
#pragma once

#include "fs/open_file.h"
#include "fs/patience.h"
#include <weir/fs/file_ops.h>
#include <weir/fs/write_mode.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::fs {

// The size of a full buffer of a stream with this mark.
std::size_t full_buffer(Loop& loop, std::optional<std::int64_t> high_water_mark);

class FileSink : public Sink {
 public:
  struct Settings {
    Loop& loop;
    OpenFile::Settings file;
    std::optional<std::int64_t> position;  // empty: the file's own position
    WriteMode write_mode;
    std::size_t full_buffer;  // the size from which a write is made inline
    bool flush;               // sync before closing
  };

  explicit FileSink(Settings settings);

  OpenFile& file() noexcept { return file_; }
  const OpenFile& file() const noexcept { return file_; }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  // True if chunks may be ranges of other files.
  bool takes_ranges() override;

  void construct(Done done) override { file_.open(std::move(done)); }
  void writev(weir::Batch written, Done done) override;
  void destroy(Error error, Done done) override;

 protected:
  Loop& loop() const noexcept { return settings_.loop; }
  // Sets if the file is synced before it is closed.
  void set_flush(bool flush) noexcept { settings_.flush = flush; }

 private:
  // The chunks of one writev, and the progress of their write. The calls of FileOps own it, so it
  // is destroyed, and releases the stream, if a destroyed Loop drops a call.
  struct Batch;
  struct Destroy {
    Error error;
    Done done;
  };

  bool writes_here(std::size_t bytes);
  void submit(std::unique_ptr<Batch> batch);
  void write_here(std::unique_ptr<Batch> batch);
  void write_through_pool(std::unique_ptr<Batch> batch);
  void copy_range(std::unique_ptr<Batch> batch);
  void on_copied(std::unique_ptr<Batch> batch, std::int64_t result);
  void read_range(std::unique_ptr<Batch> batch);
  void on_range_read(std::unique_ptr<Batch> batch, std::int64_t result);
  void go_on(std::unique_ptr<Batch> batch);
  void on_written(std::unique_ptr<Batch> batch, std::int64_t result);
  void finish(std::unique_ptr<Batch> batch, Error error);
  void close(Destroy destroy);

  Settings settings_;
  OpenFile file_;
  std::uint64_t bytes_written_ = 0;
  std::optional<bool> can_write_here_;  // determined at the first write
  Patience patience_;
  bool writing_ = false;
  bool destroyed_ = false;
  std::optional<Destroy> waiting_destroy_;  // until the write in progress has completed
};

}  // namespace weir::fs
