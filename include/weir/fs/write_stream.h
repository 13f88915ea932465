// weir/fs/write_stream.h - writes a stream to a file: Node's fs.createWriteStream.
//
//   auto stream = weir::fs::create_write_stream(loop, "output.txt");
//   stream->write("Hello, ");
//   stream->end("world!\n");
//   loop.run();
//
// - The file is opened on the first tick; earlier writes are queued.
// - Small writes are copied and merged, so one system call writes a full buffer. The buffer is
//   written at the high-water mark, or on the next tick. write_mode.h describes the thread that
//   writes.
// - A file that is opened by path is written at explicit offsets from `start` (0), unless it
//   appends or cannot seek.
// - A completed write is in the system's page cache. sync() puts it on the disk, and so does the
//   option `flush`, once, before the file is closed. The function flush() only waits until the
//   writes before it are completed.
// - Events: Open, Ready, then a Writable's. An error names the call and the file: "ENOSPC: no space
//   left on device, write '/dev/full'".
// - After an error or a destroy, the stream writes no more, closes the descriptor when no call uses
//   it, and then emits Error and Close.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/fs/descriptor_option.h>
#include <weir/fs/encoding_option.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/fs/write_mode.h>
#include <weir/loop/loop.h>
#include <weir/stream/writable.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir::fs {

class FileSink;
struct ReplacingStreamOptions;

// The file is open. Node: 'open'.
struct Open {
  static constexpr std::string_view kEventName = "open";
  int fd;
};
using weir::Ready;  // right after Open

// A stream with retry_on_full found the file system full. It keeps its data and tries again; no
// second Full precedes SpaceFreed.
struct Full {
  static constexpr std::string_view kEventName = "full";
  Error error;  // ENOSPC, or EDQUOT for a quota
};
// After Full, the system has taken data again.
struct SpaceFreed {
  static constexpr std::string_view kEventName = "spacefreed";
};

// Node's options. Each default is Node's, except the high-water mark: the loop's.
struct WriteStreamOptions {
  std::optional<std::int64_t> high_water_mark = {};
  EncodingOption encoding = Encoding::utf8;
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_close = true;  // close after Finish or an error

  OpenFlags flags = "w";
  int mode = 0666;  // of a created file, before the umask
  // Write to this descriptor or FileHandle; the path is used only in errors.
  std::optional<DescriptorOption> fd = {};
  std::optional<std::int64_t> start = {};  // write from this offset on
  // Sync the file before closing it, and its folder if the file may be new. A failure fails the
  // stream.
  bool flush = false;
  // The time between attempts to write to a full file system (ENOSPC, EDQUOT): the stream keeps its
  // data and continues at the exact byte when there is space; destroy() ends that. 0: a full file
  // system fails the stream, as in Node. A failed open or fsync fails it always.
  std::chrono::milliseconds retry_on_full = {};
  WriteMode write_mode = WriteMode::in_place;
  Ref<FileOps> file_ops = {};  // replaces the system's

  // weir's own. See WritableOptions; with a low-water mark, the pool makes every write.
  std::int64_t low_water_mark = 0;
  std::optional<std::int64_t> max_buffered = {};
  // Call sync() after this number of bytes, and at most this time after a byte was written; and
  // before closing. 0: not. A longer queue waits for a sync, as for a write.
  std::uint64_t sync_every_bytes = 0;
  std::chrono::milliseconds sync_every = {};
  // Destroy the stream with ETIMEDOUT when a write has waited for this time, and up to a quarter
  // more, without the system taking a byte; a full system pipe does that. The wait of retry_on_full
  // does not count, nor does a sync. Close waits for a call that the system does not end. 0: never.
  std::chrono::milliseconds stall_timeout = {};
};

class WriteStream : public DerivedStream<WriteStream, Writable, Open, Ready, Full, SpaceFreed> {
 public:
  // The number of bytes that the system has taken.
  std::uint64_t bytes_written() const noexcept;
  // The path as given; empty for a plain descriptor.
  const std::string& path() const noexcept;
  // `flags` and `mode` of the options; empty for a descriptor, as in Node.
  std::optional<OpenFlags> flags() const noexcept;
  std::optional<int> mode() const noexcept;
  // Empty before Open and after Close.
  std::optional<int> fd() const noexcept;
  // True while the file is not open.
  bool pending() const noexcept { return !fd(); }

  // Calls end(), and closes the file even if auto_close is off; after an error, at once.
  // CALLS BACK: `closed` on Close; on a tick if the file is closed already.
  // Node counterpart: close.
  void close(Callback closed = {});

  std::string describe() const override;

 protected:
  WriteStream(FileSink& sink, SinkTraits traits, const WritableOptions& options);
  void on_last_ref() noexcept override;

 private:
  friend class FileHandle;

  void report_full(Error error);

  FileSink& sink_;
};

// Creates a stream; the file is opened when the loop runs.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark), ERR_OUT_OF_RANGE
// (a negative start, fd or time; a start or time above 2^53 - 1). A failed open is an Error event.
// Node counterpart: fs.createWriteStream.
Ref<WriteStream> create_write_stream(Loop& loop, std::string path, WriteStreamOptions options = {});

}  // namespace weir::fs
