// weir/fs/rotating_stream.h - a stream that appends to a log file, and starts a new one by size, by
// time or on request.
//
//   auto log = weir::fs::create_rotating_stream(
//       loop, "app.log", {.max_size = 100 << 20, .keep = 5});
//   log->print("{} started\n", name);
//   weir::Signal hangup(loop, SIGHUP, [&] { log->reopen(); });         // for logrotate
//
// A rotation renames "app.log" to "app.log.000001", the next one to "app.log.000002", and so on: a
// rotated file keeps its name, which no later one of the stream gets, also if the file has left the
// folder. A restarted program continues after the greatest number that it finds there, with
// whatever suffix ("app.log.000007.gz").
//
// - The stream is switched to the new file between two records (see RecordEnd). No record is lost
//   or divided. The new file is open before the old one is left, and until then the path opens the
//   old one. While a rotation takes place, the stream queues writes.
// - If a rotation fails (the folder is gone, full or read-only), the stream continues in the old
//   file, and reports the failure: to the callback of the call; otherwise with RotationFailed, or
//   as a warning of the loop if that event has no listener. A rotation by size or time is tried
//   again after ten seconds. With `flush`, a failed fsync of the old file fails the stream.
// - After a rotation, the old file is closed while the stream writes to the new one. If that fails,
//   as it may on a network's file system that is full, the stream fails: records may be lost.
// - sync() covers all files: after the first one, each rotation syncs the old file.
// - An empty file is not rotated: the rotation succeeds without effect.
// - If the path does not open the stream's file any more (another process has moved it), a rotation
//   only reopens the path. One process rotates a file; others that write to it use reopen(). With
//   `compress`, that process alone writes to the file: what another one writes to a rotated file
//   while it is compressed is lost.
// - The new file has the owner, mode and attributes of the old one, as far as permitted. A link is
//   followed, and the rotated files are beside its target.
// - Time is the loop's, which does not follow changes of the system's date.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/fs/encoding_option.h>
#include <weir/fs/write_mode.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>
#include <weir/stream/transform.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir::fs {

class RotatingSink;

// A rotated file is complete: closed and, with `compress`, compressed. A file that `keep` removes
// before it is compressed emits none: switches() counts the rotations.
struct Rotated {
  static constexpr std::string_view kEventName = "rotated";
  std::string path;
};
// A rotation, or the compression or removal of a rotated file, failed. No record is lost.
struct RotationFailed {
  static constexpr std::string_view kEventName = "rotationfailed";
  Error error;
};

// The unit that is never divided between two files.
enum class RecordEnd : std::uint8_t {
  // A line, with its '\n', which several writes may form: it is in the file of its first byte. A
  // switch waits for the end of a line that has begun; at end(), the last line may lack it.
  line,
  // The bytes of one write() or print(), or a part of write_all(). Small writes are not merged, so
  // each costs more.
  write,
};

// Compresses rotated files: "app.log.000001" is replaced by "app.log.000001.gz".
//   .compress = {".gz", [](weir::Loop& loop) { return weir::zlib::create_gzip(loop); }}
struct RotatedFilter {
  std::string suffix = {};
  // Returns the stream through which a file is copied. Empty: files are not changed.
  Function<Ref<Transform>(Loop&)> make = {};
};

struct RotatingStreamOptions {
  std::optional<std::int64_t> high_water_mark = {};
  EncodingOption encoding = Encoding::utf8;
  std::stop_token signal = {};
  bool emit_close = true;

  // Rotate before a record that would make the file longer than this. A longer record has a file of
  // its own. A record that is written in parts counts with those that have come: its rest stays
  // with them, and may make the file longer.
  std::optional<std::int64_t> max_size = {};
  // Rotate each time this has passed since the stream was created; 0: not by time. A time that is
  // passed several times at once, as by a suspended machine, causes one rotation. The periods do
  // not begin at hours or days of the calendar, and a restarted program begins a new one: to rotate
  // at midnight, call rotate() then.
  std::chrono::milliseconds every = {};
  // The number of rotated files to keep; each rotation removes the oldest, also one that is being
  // compressed, and so does end(), for those of an earlier program. A file and its compressed one
  // are one; those with another suffix than that of `compress` stay. Empty: all.
  std::optional<std::size_t> keep = {};
  // Runs after a rotation, while the stream writes to the new file, for all rotated files that lack
  // the suffix, the oldest first. A file that cannot be compressed, as on a full disk, stays as it
  // is; RotationFailed reports it, and it is tried again after the next rotation. The compressed
  // file and its name are synced before the original is removed, also without `flush`. Finish waits
  // for the compression, and destroy() cancels it. Only regular files are compressed: a link or a
  // FIFO that has such a name stays as it is.
  RotatedFilter compress = {};
  RecordEnd record_end = RecordEnd::line;

  int mode = 0666;  // of a created file, before the umask
  // Sync each file before it is closed, and the folder after a rotation. A pipe or a device that
  // cannot be synced is no failure, as in sync().
  bool flush = false;
  std::chrono::milliseconds retry_on_full = {};  // as of WriteStreamOptions
  WriteMode write_mode = WriteMode::in_place;
  std::uint64_t sync_every_bytes = 0;  // as of WriteStreamOptions, with `flush`
  std::chrono::milliseconds sync_every = {};
};

// Its path(), fd() and bytes_written() are those of a WriteStream: of all files together.
class RotatingStream : public DerivedStream<RotatingStream, WriteStream, Rotated, RotationFailed> {
 public:
  // Rotates the file. All records whose first byte was written before this call are in the old
  // file, all others in the new one.
  // CALLS BACK: `rotated` once, after the switch to the new file, or with the error; with
  // ERR_STREAM_DESTROYED if the stream has ended or is destroyed before the switch.
  void rotate(Callback rotated = {});

  // Opens the path again, or creates a file there, after another program has renamed the old one:
  // what logrotate asks for with SIGHUP. Records as for rotate.
  // CALLS BACK: `reopened`, as rotate does.
  void reopen(Callback reopened = {});

  // The number of completed switches to another file.
  std::uint64_t switches() const noexcept;

  std::string describe() const override;

 protected:
  RotatingStream(RotatingSink& sink, SinkTraits traits, const WritableOptions& options, Loop& loop,
                 std::chrono::milliseconds every);

 private:
  enum class Switch : std::uint8_t { rotate, reopen };

  void request(Switch kind, Callback callback);
  void go_on_at_open();
  void start_period();
  void wait_for_time();
  void on_time();
  void retry_by_time();
  std::uint64_t accepted() const noexcept;

  RotatingSink& rotating_;
  Loop& loop_;
  std::chrono::milliseconds every_;
  bool awaits_open_ = false;
  std::chrono::steady_clock::time_point period_end_{};
  // After a rotation by time that failed.
  struct Retry {
    std::chrono::steady_clock::time_point at;
    std::uint64_t switches;  // another switch makes it unnecessary
  };
  std::optional<Retry> retry_;
  ScopedTimer timer_;
};

// Creates a stream; the file is opened for appending when the loop runs.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark, a suffix with a
// '/', `compress` without a suffix), ERR_OUT_OF_RANGE (max_size below 1, a negative time). Emits
// the errors of a WriteStream.
// Node counterpart: none; rotating-file-stream of npm.
Ref<RotatingStream> create_rotating_stream(Loop& loop, std::string path,
                                           RotatingStreamOptions options = {});

}  // namespace weir::fs
