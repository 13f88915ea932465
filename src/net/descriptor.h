// A socket's descriptor: the calls on it that wait for nothing, and what it is ready for.
//
// On uv_poll and the system's own calls, not on uv_tcp_t: only so can a send leave SIGPIPE alone,
// go from a file, and be tried at once without a second way of being queued.
#pragma once

#include "loop/handle.h"
#include "loop/loop_core.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sys/socket.h>
#include <uv.h>

namespace weir::net {

// An address as the system takes it.
struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  // Nothing where that is no address: a path that is too long, text that is no IP.
  static std::optional<SystemAddress> of(const Address& address) noexcept;
  std::optional<Address> read() const;

  int family() const noexcept { return storage.ss_family; }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

// Nothing where a socket has none.
std::optional<Address> local_address_of(int fd);
std::optional<Address> remote_address_of(int fd);

// Of the probes of a connection that is kept alive; 0: as usual.
struct KeepAlive {
  bool on = false;
  std::chrono::seconds delay{0};
  std::chrono::seconds interval{0};
  int count = 0;
};

class Descriptor {
 public:
  // What it does when ready. Both may close it, and destroy it.
  class Watcher {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Watcher() = default;
  };

  Descriptor(internal::LoopCore& core, Watcher& watcher) noexcept
      : core_(core), watcher_(&watcher) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(nullptr); }

  // A new socket that never blocks, and no child process inherits. 0 or errno's value.
  int open(int family);
  // OWNS: fd, where it succeeds. 0 or errno's value.
  int adopt(int fd);

  void hand_to(Watcher& watcher) noexcept { watcher_ = &watcher; }

  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

  // Where the system has no room to watch another descriptor (ENOSPC, ENOMEM), this one is looked
  // at every now and then until it has.
  void watch_reads(bool on);
  void watch_writes(bool on);
  bool watches_reads() const noexcept { return (watched_ & UV_READABLE) != 0; }
  bool watches_writes() const noexcept { return (watched_ & UV_WRITABLE) != 0; }

  void ref() noexcept;
  void unref() noexcept;

  // What each call returns: a number of bytes, or an errno value, negated.
  std::int64_t receive(std::span<std::byte> room) noexcept;
  // Receives a byte that the next receive gets again; 0 at the end.
  std::int64_t peek() noexcept;
  // Where more follows, the system may keep what fills no packet until then.
  enum class More : bool { none, follows };
  std::int64_t send(std::span<const iovec> views, More more) noexcept;
  // From a file, past the program.
  std::int64_t send_file(int file, std::int64_t offset, std::size_t size) noexcept;
  // How many bytes a send would take now; 0 where the system does not say.
  std::size_t send_room() const noexcept;
  // How many bytes the system still keeps of those sent: the peer may want them again.
  std::size_t unacknowledged() const noexcept;
  // 0 or an errno value, negated.
  int shut_down() noexcept;
  // What became of a connect, or is wrong with the socket.
  int take_error() noexcept;

  std::optional<Address> local_address() const { return local_address_of(fd_); }
  std::optional<Address> remote_address() const { return remote_address_of(fd_); }
  void set_no_delay(bool on) noexcept;
  void set_keep_alive(const KeepAlive& how) noexcept;
  // 0, or an error of the system; of a unix socket there is nothing to set.
  int set_type_of_service(int value) noexcept;
  std::optional<int> type_of_service() const noexcept;
  // Whether the connection's close, the kernel's for a killed process among them, is a reset.
  // Without effect on a unix socket. 0 or errno's value.
  int reset_on_close(bool on) noexcept;

  // Closes now. CALLS BACK: `closed` on a later turn of the loop; never where the Loop goes first.
  void close(Function<void()> closed);

 private:
  void watch(int events);
  void start_watching();
  int reserve_watch() noexcept;
  void look_later();
  void look();
  void on_ready(int status, int events);

  internal::LoopCore& core_;
  Watcher* watcher_;
  int fd_ = -1;
  int watched_ = 0;
  bool referenced_ = true;
  internal::Handle<uv_poll_t> poll_;
  Ref<Timer> look_;  // while the system has no room to watch it
};

}  // namespace weir::net
