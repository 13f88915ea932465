#include <weir/fs/file_handle.h>

#include "fs/pool_call.h"
#include "loop/uv_error.h"
#include <weir/base/block.h>
#include <weir/stream/internal/lifeline.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {

using internal::from_uv;

// A call in progress. The file is not closed before it has completed, or a destroyed Loop has
// dropped it.
class FileHandle::Use {
 public:
  explicit Use(FileHandle& handle) noexcept : handle_(&handle) { ++handle_->uses_; }
  Use(Use&&) noexcept = default;
  Use& operator=(Use&&) = delete;
  ~Use() {
    if (!handle_) return;
    --handle_->uses_;
    handle_->has_queue() ? handle_->close_after_calls() : handle_->close_now_if_unused();
  }

 private:
  Ref<FileHandle> handle_;
};

struct FileHandle::ReadCall {
  Use use;
  Ref<FileHandle> handle;
  Block block;
  std::optional<std::int64_t> position;
  Read read;
};

struct FileHandle::WriteCall {
  Use use;
  Ref<FileHandle> handle;
  Buffer bytes;
  std::optional<std::int64_t> position;
  Written written;
  std::array<std::span<const std::byte>, 1> views = {};
};

FileOps::Completed FileHandle::in_use(FileOps::Completed completed) {
  return [use = Use(*this), completed = std::move(completed)](std::int64_t result) mutable {
    completed(result);
  };
}

// The FileOps of a stream on the handle's file: the handle's own, but close() closes through the
// handle.
class FileHandle::StreamOps final : public TakeoverOps {
 public:
  explicit StreamOps(Ref<FileHandle> handle) : handle_(std::move(handle)) { ++handle_->streams_; }
  ~StreamOps() override {
    if (!closed_) handle_->on_stream_gone();
  }

  PoolCall::Outcome take_over(const void* subject) noexcept override {
    auto* const ops = dynamic_cast<TakeoverOps*>(handle_->ops_.get());
    return ops ? ops->take_over(subject) : PoolCall::Outcome{PoolCall::Outcome::Kind::unknown};
  }
  void open(const std::string&, int, int, Completed completed) override { completed(-EINVAL); }
  void write(int fd, Views views, std::optional<std::int64_t> offset,
             Completed completed) override {
    if (!handle_->fd_) return completed(-EBADF);
    handle_->ops_->write(fd, views, offset, handle_->in_use(std::move(completed)));
  }
  void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override {
    if (!handle_->fd_) return completed(-EBADF);
    handle_->ops_->read(fd, into, offset, handle_->in_use(std::move(completed)));
  }
  void interrupt(int fd) override { handle_->ops_->interrupt(fd); }
  std::int64_t read_here(int fd, std::span<std::byte> into,
                         std::optional<std::int64_t> offset) noexcept override {
    return handle_->ops_->read_here(fd, into, offset);
  }
  bool are_descriptors() const noexcept override { return handle_->ops_->are_descriptors(); }
  std::int64_t regular_size(int fd) noexcept override { return handle_->ops_->regular_size(fd); }
  void copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t length,
            Completed completed) override {
    if (!handle_->fd_) return completed(-EBADF);
    handle_->ops_->copy(from, from_offset, to, to_offset, length,
                        handle_->in_use(std::move(completed)));
  }
  bool can_write_here(int fd) noexcept override { return handle_->ops_->can_write_here(fd); }
  std::int64_t write_here(int fd, Views views,
                          std::optional<std::int64_t> offset) noexcept override {
    return handle_->ops_->write_here(fd, views, offset);
  }
  Clock::time_point now() const noexcept override { return handle_->ops_->now(); }
  void sync(int fd, Completed completed) override {
    if (!handle_->fd_) return completed(-EBADF);
    handle_->ops_->sync(fd, handle_->in_use(std::move(completed)));
  }
  void datasync(int fd, Completed completed) override {
    if (!handle_->fd_) return completed(-EBADF);
    handle_->ops_->datasync(fd, handle_->in_use(std::move(completed)));
  }
  void close(int, Completed completed) override {
    closed_ = true;
    handle_->on_stream_closed(std::move(completed));
  }
  void close_now(int) noexcept override {}  // the handle closes it in its destructor

 private:
  Ref<FileHandle> handle_;
  bool closed_ = false;  // false if the stream was destroyed open, as without auto_close
};

void open(Loop& loop, std::string path, OpenFlags flags, int mode,
          Function<void(Error, Ref<FileHandle>)> opened, Ref<FileOps> file_ops) {
  internal::require_function(opened, "callback");
  Ref<FileOps> ops = file_ops ? std::move(file_ops) : system_file_ops(loop);
  FileOps& target = *ops;
  const std::string opened_path = path;
  target.open(opened_path, flags.bits(), mode,
              [&loop, ops = std::move(ops), path = std::move(path),
               opened = std::move(opened)](std::int64_t result) mutable {
                if (result < 0) return opened(from_uv(result, "open", path), nullptr);
                opened({}, Ref<FileHandle>::adopt(new FileHandle(
                               loop, std::move(ops), std::move(path), static_cast<int>(result))));
              });
}

void open(Loop& loop, std::string path, OpenFlags flags,
          Function<void(Error, Ref<FileHandle>)> opened) {
  open(loop, std::move(path), flags, 0666, std::move(opened));
}

DescriptorOption::DescriptorOption(const Ref<FileHandle>& handle)
    : handle_(handle), fd_(handle ? handle->fd().value_or(-1) : -1) {}

FileHandle* DescriptorOption::handle() const noexcept {
  return static_cast<FileHandle*>(handle_.get());
}

FileHandle::FileHandle(Loop& loop, Ref<FileOps> ops, std::string path, int fd)
    : Emitter<Close>(&loop.ticks()),
      LoopShutdownHook(loop.ticks(), Turn::last),
      loop_(loop),
      ops_(std::move(ops)),
      path_(std::move(path)),
      fd_(fd) {}

void FileHandle::on_last_ref() noexcept {
  if (fd_) {
    ops_->close_now(*fd_);
    if (has_queue())
      loop_.ticks().warn(
          {"UnclosedFileWarning", fmt::format("The file '{}' was dropped without close()", path_)});
  }
  RefCounted::on_last_ref();
}

// Its streams are younger, and have been closed before.
void FileHandle::let_go() noexcept {
  const Pin alive(*this);
  close_now_if_unused();
  // They may own the handle.
  const auto streams = std::exchange(stream_closed_, {});
  const auto callbacks = std::exchange(closed_, {});
  listeners().close();
}

void FileHandle::close_now_if_unused() noexcept {
  if (fd_ && uses_ == 0) ops_->close_now(*std::exchange(fd_, std::nullopt));
}

std::string FileHandle::describe() const { return fmt::format("FileHandle '{}'", path_); }

// Reports EBADF on a tick.
void FileHandle::refuse_closed(std::string_view syscall, Callback tell) {
  loop_.next_tick([error = Error::system(EBADF, syscall, path_), tell = std::move(tell)]() mutable {
    tell(error);
  });
}

void FileHandle::read(std::size_t length, std::optional<std::int64_t> position, Read read) {
  internal::require_function(read, "callback");
  if (is_gone_for("read")) return;
  if (!fd()) {
    return refuse_closed("read",
                         [read = std::move(read)](const Error& error) mutable { read(error, {}); });
  }
  submit(
      std::make_unique<ReadCall>(Use(*this), Ref(this), Block(length), position, std::move(read)));
}

void FileHandle::submit(std::unique_ptr<ReadCall> call) {
  const std::span<std::byte> room = call->block.bytes();
  const auto position = call->position;
  ops_->read(*fd_, room, position, [call = std::move(call)](std::int64_t result) mutable {
    FileHandle& handle = *call->handle;
    if (result == -ERESTART && handle.fd()) return handle.submit(std::move(call));
    const Error error = handle.failure(result, "read");
    const auto count = static_cast<std::size_t>(error ? 0 : result);
    call->read(error, count > 0 ? std::move(call->block).take(count) : Buffer());
  });
}

void FileHandle::write(Buffer bytes, std::optional<std::int64_t> position, Written written) {
  internal::require_function(written, "callback");
  if (is_gone_for("write")) return;
  if (!fd()) {
    return refuse_closed(
        "write", [written = std::move(written)](const Error& error) mutable { written(error, 0); });
  }
  auto call = std::make_unique<WriteCall>(Use(*this), Ref(this), std::move(bytes), position,
                                          std::move(written));
  call->views = {call->bytes.bytes()};
  submit(std::move(call));
}

void FileHandle::submit(std::unique_ptr<WriteCall> call) {
  const FileOps::Views views = call->views;
  const auto position = call->position;
  ops_->write(*fd_, views, position, [call = std::move(call)](std::int64_t result) mutable {
    FileHandle& handle = *call->handle;
    if (result == -ERESTART && handle.fd()) return handle.submit(std::move(call));
    const Error error = handle.failure(result, "write");
    call->written(error, error ? 0 : static_cast<std::size_t>(result));
  });
}

// An interrupted call of a closed file is a cancelled one.
Error FileHandle::failure(std::int64_t result, std::string_view syscall) const {
  return from_uv(result == -ERESTART ? -ECANCELED : result, syscall, path_);
}

void FileHandle::sync(Callback synced) {
  internal::require_function(synced, "callback");
  if (is_gone_for("sync")) return;
  if (!fd()) return refuse_closed("fsync", std::move(synced));
  ops_->sync(*fd_,
             [use = Use(*this), self = Ref(this), synced = std::move(synced)](
                 std::int64_t result) mutable { synced(from_uv(result, "fsync", self->path_)); });
}

void FileHandle::datasync(Callback synced) {
  internal::require_function(synced, "callback");
  if (is_gone_for("datasync")) return;
  if (!fd()) return refuse_closed("fdatasync", std::move(synced));
  ops_->datasync(*fd_, [use = Use(*this), self = Ref(this),
                        synced = std::move(synced)](std::int64_t result) mutable {
    synced(from_uv(result, "fdatasync", self->path_));
  });
}

void FileHandle::close(Callback closed) {
  if (is_gone_for("close")) return;
  if (!fd_ && !closing_) {
    if (closed) loop_.next_tick([closed = std::move(closed)]() mutable { closed(); });
    return;
  }
  if (closed) closed_.push_back(std::move(closed));
  if (closing_) return;
  closing_ = true;
  const Pin alive(*this);
  // Ends the streams. A destroyed Loop closes them itself, and calls no listener.
  if (!loop_.ticks().closed()) emit(Close{});
  close_if_unused();
}

void FileHandle::close_if_unused() {
  if (!closing_ || streams_ > 0 || !fd_) return;
  ops_->interrupt(*fd_);  // a call that waits for the descriptor may have no other end
  close_after_calls();
}

// A call on the pool would meet a file that has got the number of the closed one.
void FileHandle::close_after_calls() {
  if (!closing_ || streams_ > 0 || uses_ > 0 || !fd_) return;
  const int fd = *std::exchange(fd_, std::nullopt);
  // The captures of the streams' callbacks belong to the call, also if a destroyed Loop drops it:
  // stored here, they would own the streams, which own this handle.
  ops_->close(fd, [self = Ref(this),
                   streams = std::exchange(stream_closed_, {})](std::int64_t result) mutable {
    self->closing_ = false;
    auto stream = streams.begin();
    if (stream != streams.end()) (*stream++)(result);
    // On a tick: the Close of the last stream comes first, that of the others follows.
    self->loop_.next_tick([self, error = from_uv(result, "close", self->path_)] {
      for (Callback& closed : std::exchange(self->closed_, {})) closed(error);
    });
    while (stream != streams.end()) (*stream++)(result);
  });
}

template <class S>
void FileHandle::close_with_this(S& stream) {
  // Not a Ref: the stream owns the handle, so the handle must not own the stream.
  on<Close>([line = stream.core().lifeline(), &stream] {
    if (line->stream) stream.close();
  });
}

void FileHandle::on_stream_gone() {
  --streams_;
  if (has_queue()) close_if_unused();
}

void FileHandle::on_stream_closed(FileOps::Completed completed) {
  --streams_;
  if (!fd_) return completed(0);
  // As in Node: the stream whose end closes the file is the first to close.
  const bool is_last = streams_ == 0;
  stream_closed_.insert(is_last ? stream_closed_.begin() : stream_closed_.end(),
                        std::move(completed));
  close();
  close_if_unused();
}

Ref<WriteStream> FileHandle::create_write_stream(WriteStreamOptions options) {
  if (!fd() || !has_queue()) throw Error::system(EBADF, "create_write_stream", path_);
  options.fd = *fd_;
  options.file_ops = make_ref<StreamOps>(Ref(this));
  auto stream = fs::create_write_stream(loop_, path_, std::move(options));
  close_with_this(*stream);
  return stream;
}

Ref<ReadStream> FileHandle::create_read_stream(ReadStreamOptions options) {
  if (!fd() || !has_queue()) throw Error::system(EBADF, "create_read_stream", path_);
  options.fd = *fd_;
  options.file_ops = make_ref<StreamOps>(Ref(this));
  auto stream = fs::create_read_stream(loop_, path_, std::move(options));
  close_with_this(*stream);
  return stream;
}

}  // namespace weir::fs
