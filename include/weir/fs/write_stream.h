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
// - A completed write is in the system's page cache. Only a sync puts it on the disk (see flush).
// - Events: Open, Ready, then a Writable's. An error names the call and the file: "ENOSPC: no space
//   left on device, write '/dev/full'".
// - After an error or a destroy, the stream writes no more, closes the descriptor when no call uses
//   it, and then emits Error and Close.
#pragma once

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

// Node's options. Each default is Node's.
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
  bool flush = false;                      // fsync before closing; a failed fsync fails the stream
  WriteMode write_mode = WriteMode::in_place;
  Ref<FileOps> file_ops = {};  // replaces the system's
};

class WriteStream final : public DerivedStream<WriteStream, Writable, Open, Ready> {
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

  // Calls end(), and closes the file even if auto_close is off.
  // CALLS BACK: `closed` on Close; on a tick if the file is closed already.
  // Node counterpart: close.
  void close(Callback closed = {});

  std::string describe() const override;

 private:
  friend class FileHandle;
  friend Ref<WriteStream> create_write_stream(Loop&, std::string, WriteStreamOptions);
  friend Ref<WriteStream> create_replacing_stream(Loop&, std::string, ReplacingStreamOptions);

  static Ref<WriteStream> make(Loop& loop, std::unique_ptr<FileSink> sink,
                               const WritableOptions& options, SinkTraits traits);
  WriteStream(Loop& loop, std::unique_ptr<Resource> owner, FileSink& sink,
              const WritableOptions& options, SinkTraits traits);
  void on_last_ref() noexcept override;

  FileSink& sink_;
};

// Creates a stream; the file is opened when the loop runs.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark), ERR_OUT_OF_RANGE
// (a negative start or fd). A failed open is an Error event.
// Node counterpart: fs.createWriteStream.
Ref<WriteStream> create_write_stream(Loop& loop, std::string path, WriteStreamOptions options = {});

}  // namespace weir::fs
