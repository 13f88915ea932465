#include "fs/pool_call.h"
#include "fs/ready_wait.h"
#include "fs/sparse_copy.h"
#include "loop/loop_core.h"
#include "loop/pool.h"
#include <weir/fs/file_ops.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

namespace weir::fs {
namespace {

// One request to libuv's pool. It owns itself from submit to completion.
class Request {
 public:
  Request(internal::LoopCore& core, FileOps::Completed completed)
      : core_(core), completed_(std::move(completed)) {
    request_.data = this;
  }

  // `start(loop, request, callback)` is one of libuv's uv_fs_ functions with its arguments.
  template <class Start>
  static void submit(internal::LoopCore& core, FileOps::Completed completed, Start start) {
    auto request = std::make_unique<Request>(core, std::move(completed));
    const int status = start(core.uv(), &request->request_, &Request::on_done);
    if (status < 0) {
      core.ticks().next_tick(
          [completed = std::move(request->completed_), status]() mutable { completed(status); });
      return;
    }
    core.request_started();
    static_cast<void>(request.release());
  }

 private:
  static void on_done(uv_fs_t* done) {
    const std::unique_ptr<Request> request(static_cast<Request*>(done->data));
    internal::LoopCore& core = request->core_;
    const std::int64_t result = done->result;
    uv_fs_req_cleanup(done);
    core.request_done();
    core.enter([&] { request->completed_(result); });
  }

  internal::LoopCore& core_;
  FileOps::Completed completed_;
  uv_fs_t request_{};
};

class SystemFileOps final : public TakeoverOps {
 public:
  explicit SystemFileOps(internal::LoopCore& core) : core_(core) {}

  void open(const std::string& path, int flags, int mode, Completed completed) override {
    auto opening = std::make_unique<Opening>(*this, &path);
    PoolCall& call = opening->call;
    internal::run_on_pool(
        core_,
        [&call, path, flags, mode] { call.run([&] { return open_now(path, flags, mode); }); },
        [opening = std::move(opening), completed = std::move(completed)]() mutable {
          completed(Opening::finish(std::move(opening)));
        });
  }

  PoolCall::Outcome take_over(const void* subject) noexcept override {
    for (ListedCall* listed = calls_; listed; listed = listed->next)
      if (listed->subject == subject) return listed->call.take_over();
    return {};
  }

  void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override {
    auto transfer = std::make_unique<Transfer>(*this, ReadyWait::For::reading, fd, offset,
                                               std::move(completed));
    transfer->room = into;
    Transfer::submit(std::move(transfer));
  }

  // Reads from the page cache. If the kernel does not support that (EOPNOTSUPP), the pool reads.
  std::int64_t read_here(int fd, std::span<std::byte> into,
                         std::optional<std::int64_t> offset) noexcept override {
    const iovec room{into.data(), into.size()};
    const ssize_t result = ::preadv2(fd, &room, 1, offset.value_or(-1), RWF_NOWAIT);
    return result >= 0 ? result : -EAGAIN;
  }

  bool are_descriptors() const noexcept override { return true; }

  std::int64_t regular_size(int fd) noexcept override {
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return -1;
    return status.st_size;
  }

  void copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t length,
            Completed completed) override {
    // libuv's uv_fs_sendfile writes only at the file's position.
    auto result = std::make_shared<std::int64_t>(0);
    internal::run_on_pool(
        core_, [=] { *result = copy_keeping_holes({from, from_offset}, {to, to_offset}, length); },
        [result, completed = std::move(completed)]() mutable { completed(*result); });
  }

  void write(int fd, Views views, std::optional<std::int64_t> offset,
             Completed completed) override {
    auto transfer = std::make_unique<Transfer>(*this, ReadyWait::For::writing, fd, offset,
                                               std::move(completed));
    transfer->views = views;
    transfer->vectors = vectors_of(views);
    Transfer::submit(std::move(transfer));
  }

  void interrupt(int fd) override {
    ++interrupts_;
    const Ref<SystemFileOps> alive(this);
    std::vector<Ref<ReadyWait>> interrupted;
    for (const Ref<ReadyWait>& wait : waits_)
      if (wait->fd() == fd) interrupted.push_back(wait);
    for (const Ref<ReadyWait>& wait : interrupted) wait->interrupt();
  }

  bool can_write_here(int fd) noexcept override {
    uv_fs_t request;
    const int status = uv_fs_fstat(core_.uv(), &request, fd, nullptr);
    const bool regular = status == 0 && S_ISREG(request.statbuf.st_mode);
    uv_fs_req_cleanup(&request);
    return regular;
  }

  std::int64_t write_here(int fd, Views views,
                          std::optional<std::int64_t> offset) noexcept override {
    const std::vector<uv_buf_t> buffers = list(views);
    uv_fs_t request;
    const int result =
        uv_fs_write(core_.uv(), &request, fd, buffers.data(), static_cast<unsigned>(buffers.size()),
                    offset.value_or(-1), nullptr);
    uv_fs_req_cleanup(&request);
    return result;
  }

  void sync(int fd, Completed completed) override {
    Request::submit(core_, std::move(completed), [&](auto* loop, auto* request, auto callback) {
      return uv_fs_fsync(loop, request, fd, callback);
    });
  }

  void datasync(int fd, Completed completed) override {
    Request::submit(core_, std::move(completed), [&](auto* loop, auto* request, auto callback) {
      return uv_fs_fdatasync(loop, request, fd, callback);
    });
  }

  void close(int fd, Completed completed) override {
    Request::submit(core_, std::move(completed), [&](auto* loop, auto* request, auto callback) {
      return uv_fs_close(loop, request, fd, callback);
    });
  }

  void close_now(int fd) noexcept override { ::close(fd); }

 private:
  // A call on the pool, for take_over.
  struct ListedCall {
    ListedCall(SystemFileOps& by, const void* of) noexcept
        : ops(&by), subject(of), next(by.calls_) {
      ops->calls_ = this;
    }
    ListedCall(const ListedCall&) = delete;
    ListedCall& operator=(const ListedCall&) = delete;
    ~ListedCall() {
      ListedCall** link = &ops->calls_;
      while (*link != this) link = &(*link)->next;
      *link = next;
    }

    const Ref<SystemFileOps> ops;
    const void* const subject;
    ListedCall* next;
    PoolCall call;
  };

  // A dropped one closes its file.
  struct Opening : ListedCall {
    using ListedCall::ListedCall;
    ~Opening() {
      if (!is_finished && call.result() >= 0) ::close(static_cast<int>(call.result()));
    }
    static std::int64_t finish(std::unique_ptr<Opening> opening) noexcept {
      opening->is_finished = true;
      return opening->call.result();
    }
    bool is_finished = false;
  };

  // A read or a write, which owns itself until it completes.
  struct Transfer {
    Transfer(SystemFileOps& by, ReadyWait::For direction, int on, std::optional<std::int64_t> at,
             Completed then)
        : ops(&by),
          what(direction),
          fd(on),
          offset(at),
          completed(std::move(then)),
          interrupts(by.interrupts_) {
      request.data = this;
      work.data = this;
    }

    static void submit(std::unique_ptr<Transfer> transfer) {
      internal::LoopCore& core = transfer->ops->core_;
      if (const int status = transfer->start(core.uv()); status < 0) {
        core.ticks().next_tick(
            [completed = std::move(transfer->completed), status]() mutable { completed(status); });
        return;
      }
      core.request_started();
      static_cast<void>(transfer.release());
    }

    int start(uv_loop_t* loop) {
      if (what == ReadyWait::For::reading) {
        const uv_buf_t buffer =
            uv_buf_init(reinterpret_cast<char*>(room.data()), static_cast<unsigned>(room.size()));
        return uv_fs_read(loop, &request, fd, &buffer, 1, offset.value_or(-1), &on_read);
      }
      call.emplace(*ops, views.data());
      return uv_queue_work(loop, &work, &write_on_pool, &on_written);
    }

    // Not uv_fs_write, whose progress is unknown until its callback.
    static void write_on_pool(uv_work_t* started) noexcept {
      Transfer& transfer = *static_cast<Transfer*>(started->data);
      transfer.call->call.run(
          [&] { return write_all(transfer.fd, transfer.vectors, transfer.offset); });
    }

    static void on_written(uv_work_t* done, int) {
      std::unique_ptr<Transfer> transfer(static_cast<Transfer*>(done->data));
      const std::int64_t result = transfer->call->call.result();
      transfer->call.reset();
      on_done(std::move(transfer), result);
    }

    static void on_read(uv_fs_t* done) {
      std::unique_ptr<Transfer> transfer(static_cast<Transfer*>(done->data));
      const std::int64_t result = done->result;
      uv_fs_req_cleanup(done);
      on_done(std::move(transfer), result);
    }

    static void on_done(std::unique_ptr<Transfer> transfer, std::int64_t result) {
      internal::LoopCore& core = transfer->ops->core_;
      core.request_done();
      core.enter([&] {
        if (result == -EAGAIN)
          wait(std::move(transfer));
        else
          transfer->completed(result);
      });
    }

    // The descriptor is non-blocking and not ready.
    static void wait(std::unique_ptr<Transfer> transfer) {
      SystemFileOps& ops = *transfer->ops;
      if (transfer->interrupts != ops.interrupts_) return transfer->completed(-ERESTART);
      const int fd = transfer->fd;
      const ReadyWait::For what = transfer->what;
      const int waits_before = transfer->waits++;
      ops.waits_.push_back(make_ref<ReadyWait>(
          ops.core_, fd, what, waits_before,
          [transfer = std::move(transfer)](std::int64_t result) mutable {
            std::erase_if(transfer->ops->waits_,
                          [](const Ref<ReadyWait>& wait) { return wait->is_over(); });
            if (result < 0) return transfer->completed(result);
            submit(std::move(transfer));
          }));
    }

    const Ref<SystemFileOps> ops;
    const ReadyWait::For what;
    const int fd;
    std::span<std::byte> room;  // of a read
    Views views;                // of a write
    std::vector<iovec> vectors;
    std::optional<ListedCall> call;  // of a write, in progress
    const std::optional<std::int64_t> offset;
    Completed completed;
    const std::uint64_t interrupts;  // at its beginning
    int waits = 0;
    uv_fs_t request{};
    uv_work_t work{};
  };

  static std::int64_t open_now(const std::string& path, int flags, int mode) noexcept {
    for (;;) {
      const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
      if (fd >= 0) {
        unblock(fd);
        return fd;
      }
      if (errno != EINTR) return -errno;
    }
  }

  // What may wait for another program or a person, so that `interrupt` ends the wait. Only after
  // the open, which waits for the other end of a FIFO.
  static void unblock(int fd) noexcept {
    struct stat status{};
    if (::fstat(fd, &status) != 0) return;
    const bool may_wait =
        S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && ::isatty(fd) != 0);
    const int flags = may_wait ? ::fcntl(fd, F_GETFL) : -1;
    if (flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  }

  static std::vector<iovec> vectors_of(Views views) {
    std::vector<iovec> vectors;
    vectors.reserve(views.size());
    for (const auto view : views)  // a write does not change the bytes
      vectors.push_back({const_cast<std::byte*>(view.data()), view.size()});
    return vectors;
  }

  // Until a write is short or fails.
  static std::int64_t write_all(int fd, std::span<const iovec> vectors,
                                std::optional<std::int64_t> offset) noexcept {
    std::int64_t written = 0;
    do {
      const auto part = vectors.first(std::min<std::size_t>(vectors.size(), IOV_MAX));
      const ssize_t result = write_once(fd, part, offset ? *offset + written : -1);
      if (result < 0 && errno == EINTR) continue;
      if (result < 0) return written > 0 ? written : -errno;
      written += result;
      if (static_cast<std::size_t>(result) < total(part)) break;
      vectors = vectors.subspan(part.size());
    } while (!vectors.empty());
    return written;
  }
  static ssize_t write_once(int fd, std::span<const iovec> vectors, std::int64_t at) noexcept {
    const int count = static_cast<int>(vectors.size());
    if (count != 1)
      return at < 0 ? ::writev(fd, vectors.data(), count)
                    : ::pwritev(fd, vectors.data(), count, at);
    const iovec& one = vectors.front();
    return at < 0 ? ::write(fd, one.iov_base, one.iov_len)
                  : ::pwrite(fd, one.iov_base, one.iov_len, at);
  }
  static std::size_t total(std::span<const iovec> vectors) noexcept {
    std::size_t sum = 0;
    for (const iovec& vector : vectors) sum += vector.iov_len;
    return sum;
  }

  static std::vector<uv_buf_t> list(Views views) {
    std::vector<uv_buf_t> buffers;
    buffers.reserve(views.size());
    for (const auto view : views) {
      // libuv's type is also used for reading; a write does not change the bytes.
      char* bytes = const_cast<char*>(reinterpret_cast<const char*>(view.data()));
      buffers.push_back(uv_buf_init(bytes, static_cast<unsigned>(view.size())));
    }
    return buffers;
  }

  internal::LoopCore& core_;
  std::vector<Ref<ReadyWait>> waits_;
  std::uint64_t interrupts_ = 0;
  ListedCall* calls_ = nullptr;
};

}  // namespace

std::int64_t FileOps::write_here(int, Views, std::optional<std::int64_t>) noexcept {
  return -ENOSYS;
}

void FileOps::read(int, std::span<std::byte>, std::optional<std::int64_t>, Completed completed) {
  completed(-ENOSYS);
}

std::int64_t FileOps::read_here(int, std::span<std::byte>, std::optional<std::int64_t>) noexcept {
  return -EAGAIN;
}

void FileOps::copy(int, std::int64_t, int, std::int64_t, std::size_t, Completed completed) {
  completed(-ENOSYS);
}

Ref<FileOps> system_file_ops(Loop& loop) { return make_ref<SystemFileOps>(loop.core()); }

}  // namespace weir::fs
