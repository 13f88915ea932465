// The sink of a RotatingStream: a FileSink that is switched to another file between two records.
//
// Positions count the bytes of the stream. A requested switch is due at the first record end from
// its position on, one by size before the record that does not fit. A batch is written in parts,
// one for each file.
#pragma once

#include "fs/file_compressor.h"
#include "fs/file_sink.h"
#include "fs/rotator.h"
#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ring.h>
#include <weir/fs/rotating_stream.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::fs {

// A rotation that has failed is tried again after this time.
inline constexpr std::chrono::seconds kRotationRetryTime(10);

class RotatingSink final : public FileSink {
 public:
  struct Limits {
    std::optional<std::uint64_t> max_size;
    RecordEnd record_end;
    std::optional<std::size_t> keep = {};  // rotated files
  };
  // They run no listeners.
  struct Reports {
    Function<void(std::string path)> rotated;
    Function<void(Error error)> failed;
    Function<void()> failed_by_time;  // besides `failed`, or a callback
  };

  // `syncs`: the old file of each switch, also before the first sync().
  RotatingSink(Settings settings, std::unique_ptr<Rotator> rotator, bool syncs, Limits limits,
               RotatedFilter compress);

  // REQUIRES: called once, by the stream's constructor.
  void connect(Stream& stream, Reports reports) noexcept;

  // Asks for a switch at the first record end from this position on.
  void request(Rotation::Kind kind, std::uint64_t position, Callback switched);
  // Asks for a rotation that is due by time.
  void request_by_time(std::uint64_t position);
  // Begins the switch that is due, if nothing is in progress and the file is open.
  void go_on_if_idle();
  // The position after the batches that are completed.
  std::uint64_t completed() const noexcept { return completed_; }
  std::uint64_t switches() const noexcept { return switches_; }

  void writev(weir::Batch written, Done done) override;
  void sync(Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  struct Request {
    Rotation::Kind kind;
    std::uint64_t position;
    Callback switched;
    bool is_by_time = false;
  };
  struct Switch;
  struct Closing;
  // The front of a batch that belongs in the current file.
  struct Part {
    std::size_t length = 0;
    bool ends_record = true;
  };
  enum class Work : std::uint8_t { none, batch, sync };

  HeldChunks held_chunks() const noexcept override;
  void on_batch(Done done, const Error& error) override;
  void on_synced(Done done, const Error& error) override;
  void write_next_part(Done done);
  std::size_t next_part_length() const;
  bool exceeds_size(std::size_t more) const noexcept;
  bool is_due() const noexcept;

  void add(Request request);
  void begin(std::unique_ptr<Switch> owned);
  void start(std::unique_ptr<Switch> owned);
  void on_switched(std::unique_ptr<Switch> finished);
  void enter_file(Switch& finished);
  void report(Switch& finished);
  void on_closed(std::unique_ptr<Closing> closing, const Error& error);
  void go_on(Switch& finished);
  void finish_compression(Done done);
  void call_back(Callback callback, const Error& error);

  const std::unique_ptr<Rotator> rotator_;
  const Limits limits_;
  FileCompressor compressor_;
  Stream* stream_ = nullptr;
  Reports reports_;

  Work work_ = Work::none;                  // for the stream, in progress
  Part part_;                               // of the batch, in progress
  std::vector<Chunk> rest_;                 // of the batch, after that part
  std::uint64_t completed_ = 0;             // by completed batches
  std::uint64_t position_ = 0;              // the begin of the part
  std::optional<std::uint64_t> file_size_;  // empty before the first write
  bool is_within_record_ = false;           // the written bytes end within one

  Ring<Request> requests_;    // by position
  Switch* switch_ = nullptr;  // in progress, owned by the rotator's call, or by the close before it
  Closing* closing_ = nullptr;  // owned by the call that closes the file
  std::uint64_t switches_ = 0;
  bool syncs_;                                            // the old file of each switch
  bool has_left_ = false;                                 // a file without a sync
  std::chrono::steady_clock::time_point next_by_size_{};  // after one that failed
};

}  // namespace weir::fs
