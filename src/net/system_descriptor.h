// SystemDescriptor - a Descriptor of the system, watched by libuv.
//
// Uses uv_poll_t and system calls instead of uv_tcp_t, so that a send can avoid SIGPIPE, send from
// a file, and be tried at once without a second queue.
#pragma once

#include "loop/handle.h"
#include "loop/loop_core.h"
#include "net/descriptor.h"
#include "net/system_address.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <uv.h>

namespace weir::net {

class SystemDescriptor final : public Descriptor {
 public:
  // A descriptor, or errno's value.
  using Opened = std::expected<std::unique_ptr<SystemDescriptor>, int>;

  // Opens a non-blocking socket with close-on-exec.
  static Opened open(internal::LoopCore& core, int family, Watcher& watcher);
  // OWNS: fd, on success.
  static Opened adopt(internal::LoopCore& core, int fd, Watcher& watcher);
  ~SystemDescriptor() override { close(nullptr); }

  int fd() const noexcept { return fd_; }
  // The result of a connect, or the socket's pending error: 0 or errno's value.
  int take_error() noexcept;

  void hand_to(Watcher& watcher) noexcept override { watcher_ = &watcher; }
  // If the system has no memory to watch another descriptor (ENOSPC, ENOMEM), a timer polls this
  // one until it has.
  void watch_reads(bool on) override;
  void watch_writes(bool on) override;
  bool watches_reads() const noexcept override { return (watched_ & UV_READABLE) != 0; }
  bool watches_writes() const noexcept override { return (watched_ & UV_WRITABLE) != 0; }
  void ref() noexcept override;
  void unref() noexcept override;

  Result receive(std::span<std::byte> room) noexcept override;
  Result peek() noexcept override;
  Result send(std::span<const iovec> views, More more) noexcept override;
  Result send_file(int file, std::int64_t offset, std::size_t size) noexcept override;
  std::size_t send_room() const noexcept override;
  std::size_t unacknowledged() const noexcept override;
  int shut_down() noexcept override;

  std::optional<Address> local_address() const override { return local_address_of(fd_); }
  std::optional<Address> remote_address() const override { return remote_address_of(fd_); }
  void set_no_delay(bool on) noexcept override;
  void set_keep_alive(const KeepAlive& how) noexcept override;
  int set_type_of_service(int value) noexcept override;
  std::optional<int> type_of_service() const noexcept override;
  int reset_on_close(bool on) noexcept override;

  void close(Function<void()> closed) override;

 private:
  // An application's loop may close the handle after the Loop's destruction.
  struct Closing final : LoopShutdownHook {
    Closing(internal::LoopCore& loop, Function<void()> call)
        : LoopShutdownHook(loop.ticks()), core(loop), closed(std::move(call)) {}
    void let_go() noexcept override { const auto dropped = std::exchange(closed, nullptr); }
    internal::LoopCore& core;
    Function<void()> closed;
  };
  // With room for that: a descriptor closes without memory as well.
  struct Poll : uv_poll_t {
    std::optional<Closing> closing;
  };

  SystemDescriptor(internal::LoopCore& core, int fd, Watcher& watcher,
                   internal::Handle<Poll> poll) noexcept;

  void watch(int events);
  void start_watching();
  int reserve_watch() noexcept;
  void look_later();
  void look();
  void on_ready(int status, int events);

  internal::LoopCore& core_;
  Watcher* watcher_;
  int fd_;
  int watched_ = 0;
  bool referenced_ = true;
  internal::Handle<Poll> poll_;
  Ref<Timer> look_;  // set while the system cannot watch the descriptor
};

}  // namespace weir::net
