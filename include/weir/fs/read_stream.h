// weir/fs/read_stream.h - reads a file as a stream: Node's fs.createReadStream.
//
//   auto stream = weir::fs::create_read_stream(loop, "input.txt");
//   stream->pipe(weir::fs::create_write_stream(loop, "output.txt"));
//   loop.run();
//
// - The file is opened on the first tick. Each chunk is the result of one read of at most
//   high_water_mark bytes (64 KiB unless given). A file that grows is read to the end that it has
//   when the stream gets there.
// - Data in the page cache is read inline, on the loop's thread, one chunk a turn; the thread pool
//   reads all other data. See ReadMode.
// - If the stream is piped into a WriteStream and has no other Data listener, the kernel copies a
//   regular file that is not smaller than the mark, and its bytes do not pass through the program.
//   See fast_pipe.
// - A FIFO occupies a thread of the pool until it has a writer; nothing interrupts that. A read of
//   it that waits for more data occupies none, and ends with the stream.
// - Events: Open, Ready, then a Readable's. An error names the call and the file: "ENOENT: no such
//   file or directory, open 'x'".
#pragma once

#include <weir/base/ref.h>
#include <weir/fs/descriptor_option.h>
#include <weir/fs/encoding_option.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>
#include <weir/stream/readable.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace weir::fs {

class FileSource;

enum class ReadMode {
  in_place,  // inline for data in the page cache, which never waits for a disk
  pool,      // every read by the thread pool, as in Node
};

// Node's options. Each default is Node's.
struct ReadStreamOptions {
  std::optional<std::int64_t> high_water_mark = {};  // 64 KiB; the largest chunk
  std::optional<EncodingOption> encoding = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_close = true;  // close after End or an error

  OpenFlags flags = "r";
  int mode = 0666;  // of a created file
  // Read from this descriptor or FileHandle; the path is used only in errors.
  std::optional<DescriptorOption> fd = {};
  // The first and the last byte to read, inclusive.
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> end = {};
  ReadMode read_mode = ReadMode::in_place;
  // Let the kernel copy if the stream is piped into a file and has no other listener. Data then
  // moves in larger chunks, unless there are listeners of Pause, Resume or the destination's Drain.
  bool fast_pipe = true;
  Ref<FileOps> file_ops = {};  // replaces the system's
};

class ReadStream : public DerivedStream<ReadStream, Readable, Open, Ready> {
 public:
  // The number of bytes read so far, including the buffered ones.
  std::uint64_t bytes_read() const noexcept;
  // The path as given; empty for a plain descriptor.
  const std::string& path() const noexcept;
  // As in WriteStream.
  std::optional<OpenFlags> flags() const noexcept;
  std::optional<int> mode() const noexcept;
  // Empty before Open and after Close.
  std::optional<int> fd() const noexcept;
  // True while the file is not open.
  bool pending() const noexcept { return !fd(); }

  // Calls destroy().
  // CALLS BACK: `closed` on Close; with ERR_STREAM_PREMATURE_CLOSE if that is before End.
  // Node counterpart: close.
  void close(Callback closed = {});

  std::string describe() const override;

 protected:
  ReadStream(FileSource& source, const ReadableOptions& options);

 private:
  friend class FileHandle;
  friend class FileSource;

  void fail(Error error) { core().fail(std::move(error)); }
  // A file that receives all chunks, when the stream has no other reader.
  struct Destination {
    bool counts_chunks;
  };
  std::optional<Destination> range_destination();

  FileSource& source_;
};

// Creates a stream; the file is opened when the loop runs.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark), ERR_OUT_OF_RANGE
// (a negative start, end or fd; a start or end above 2^53 - 1; a start after the end). A failed
// open is an Error event. Node counterpart: fs.createReadStream.
Ref<ReadStream> create_read_stream(Loop& loop, std::string path, ReadStreamOptions options = {});

}  // namespace weir::fs
