// weir/fs/read_stream.h - a stream from a file: Node's fs.createReadStream.
//
//   auto stream = weir::fs::create_read_stream(loop, "input.txt");
//   stream->pipe(weir::fs::create_write_stream(loop, "output.txt"));
//   loop.run();
//
// The file is opened on the first tick. A chunk is what one read gave: 64 KiB, less at the end. A
// file that grows meanwhile is read to where it ends when that is reached. What the page cache has
// is read on the loop's thread, one chunk a turn, all else by the pool; see ReadMode.
//
// Piped into a WriteStream, with nobody else listening to Data, the bytes of a regular file do not
// pass through the program: the system copies them. Nothing else differs; see fast_pipe.
//
// Events: Open, Ready, then a Readable's. An error names the call and the file:
// "ENOENT: no such file or directory, open 'x'".
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
  in_place,  // what the page cache has on the loop's thread, which never waits for a disk
  pool,      // every read goes through the pool, as in Node
};

// Node's options. Each default is Node's.
struct ReadStreamOptions {
  std::optional<std::int64_t> high_water_mark = {};  // 64 KiB; chunks are at most this long
  std::optional<EncodingOption> encoding = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_close = true;  // close after End or an error

  OpenFlags flags = "r";
  int mode = 0666;  // of a file that is created
  // Read from this descriptor, or FileHandle; the path is only for errors.
  std::optional<DescriptorOption> fd = {};
  // The first byte and the last one, both included.
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> end = {};
  ReadMode read_mode = ReadMode::in_place;
  // Let the system copy where the stream is piped into a file and nobody else listens. Data then
  // moves in larger chunks, unless somebody listens to Pause, Resume or the other's Drain.
  bool fast_pipe = true;
  Ref<FileOps> file_ops = {};  // instead of the system's
};

class ReadStream final : public DerivedStream<ReadStream, Readable, Open, Ready> {
 public:
  // Bytes that were read so far, also those that are buffered.
  std::uint64_t bytes_read() const noexcept;
  // As given; empty for a descriptor alone.
  const std::string& path() const noexcept;
  // As WriteStream's.
  std::optional<OpenFlags> flags() const noexcept;
  std::optional<int> mode() const noexcept;
  // Nothing before Open and after Close.
  std::optional<int> fd() const noexcept;
  // The file is not open (yet, or any more).
  bool pending() const noexcept { return !fd(); }

  // destroy(). CALLS BACK: `closed` on Close; with ERR_STREAM_PREMATURE_CLOSE where that comes
  // before End. Node counterpart: close.
  void close(Callback closed = {});

  std::string describe() const override;

 private:
  friend class FileHandle;
  friend class FileSource;
  friend Ref<ReadStream> create_read_stream(Loop&, std::string, ReadStreamOptions);

  ReadStream(Loop& loop, std::unique_ptr<Resource> owner, FileSource& source,
             const ReadableOptions& options);

  void fail(Error error) { core().fail(std::move(error)); }
  // A file that all chunks go to and nobody else sees.
  struct Destination {
    bool counts_chunks;
  };
  std::optional<Destination> range_destination();

  FileSource& source_;
};

// Makes a stream; nothing is opened before the loop runs.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark),
// ERR_OUT_OF_RANGE (a negative start, end or fd; a start behind the end). That the file cannot be
// opened comes as Error. Node counterpart: fs.createReadStream.
Ref<ReadStream> create_read_stream(Loop& loop, std::string path, ReadStreamOptions options = {});

}  // namespace weir::fs
