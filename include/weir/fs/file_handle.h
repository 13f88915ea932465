// weir/fs/file_handle.h - an open file: Node's fs/promises FileHandle.
//
//   weir::fs::open(loop, "output.txt", "w", [](weir::Error error, weir::Ref<FileHandle> file) {
//     if (error) return report(error);
//     auto stream = file->create_write_stream();
//     stream->write(" 0 ");
//     stream->end();                     // also closes the file
//   });
//
// - Close a handle after use, or let a stream's auto_close do it. A handle that is destroyed open
//   is closed with a warning.
// - A handle that outlives its Loop is closed; its functions do nothing and print a warning on
//   stderr.
// - `open` and all functions except `close` throw ERR_INVALID_ARG_TYPE for an empty callback.
// - Use it only on the loop's thread.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/callback.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::fs {

class FileHandle final : public RefCounted, public Emitter<Close>, private LoopShutdownHook {
 public:
  using Written = Function<void(const Error& error, std::size_t bytes_written)>;
  using Read = Function<void(const Error& error, Buffer bytes)>;

  // Empty once the handle is closed or closing.
  std::optional<int> fd() const noexcept { return closing_ ? std::nullopt : fd_; }

  // Reads up to `length` bytes at `position`, or at the file's position. The result may be shorter;
  // it is empty at the end of the file.
  // CALLS BACK: `read` once.
  // ERRORS: the system's; EBADF after close.
  void read(std::size_t length, std::optional<std::int64_t> position, Read read);

  // Writes at `position`, or at the file's position. The system may write only a part.
  // CALLS BACK: `written` once.
  // ERRORS: the system's; EBADF after close.
  void write(Buffer bytes, std::optional<std::int64_t> position, Written written);
  void write(Buffer bytes, Written written) { write(std::move(bytes), {}, std::move(written)); }

  // fsync and fdatasync.
  void sync(Callback synced);
  void datasync(Callback synced);

  // Ends the streams on this file, then closes it after the reads, writes and syncs in progress. A
  // read or write that waits for a non-blocking descriptor fails with ECANCELED.
  // CALLS BACK: Close at once, `closed` when the file is closed.
  // Node counterpart: close.
  void close(Callback closed = {});

  // A stream on this file. It ignores the options `flags`, `mode`, `fd` and `file_ops`.
  // REQUIRES: the file is open.
  // Node counterpart: createWriteStream.
  Ref<WriteStream> create_write_stream(WriteStreamOptions options = {});
  // A stream on this file, under the same conditions. Node counterpart: createReadStream.
  Ref<ReadStream> create_read_stream(ReadStreamOptions options = {});

 private:
  class StreamOps;
  class Use;
  struct ReadCall;
  struct WriteCall;
  friend void open(Loop& loop, std::string path, OpenFlags flags, int mode,
                   Function<void(Error, Ref<FileHandle>)> opened, Ref<FileOps> file_ops);

  FileHandle(Loop& loop, Ref<FileOps> ops, std::string path, int fd);
  void on_last_ref() noexcept override;
  void let_go() noexcept override;
  std::string describe() const override;
  FileOps::Completed in_use(FileOps::Completed completed);
  void submit(std::unique_ptr<ReadCall> call);
  void submit(std::unique_ptr<WriteCall> call);
  Error failure(std::int64_t result, std::string_view syscall) const;
  void close_now_if_unused() noexcept;
  void close_if_unused();
  void close_after_calls();
  template <class S>
  void close_with_this(S& stream);
  void on_stream_gone();
  void on_stream_closed(FileOps::Completed completed);
  void refuse_closed(std::string_view syscall, Callback tell);

  Loop& loop_;
  Ref<FileOps> ops_;
  std::string path_;
  std::optional<int> fd_;
  std::size_t streams_ = 0;
  std::size_t uses_ = 0;  // calls in progress
  bool closing_ = false;
  std::vector<FileOps::Completed> stream_closed_;
  std::vector<Callback> closed_;
};

// Opens a file.
// CALLS BACK: `opened` once, with the handle or the system's error.
// Node counterpart: fsPromises.open.
void open(Loop& loop, std::string path, OpenFlags flags, int mode,
          Function<void(Error, Ref<FileHandle>)> opened, Ref<FileOps> file_ops = {});
void open(Loop& loop, std::string path, OpenFlags flags,
          Function<void(Error, Ref<FileHandle>)> opened);

}  // namespace weir::fs
