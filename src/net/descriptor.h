// Descriptor - a connected stream socket: calls that never wait, and the watch for when to repeat
// them. SystemDescriptor is the real one; tests and simulations bring their own.
//
// A call that gives nothing returns 0 or errno's value, one that gives bytes a Result: an error
// number is never negated.
#pragma once

#include <weir/base/function.h>
#include <weir/net/address.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include <sys/socket.h>

namespace weir::net {

// Probes of a connection that is kept alive; 0: the system's default.
struct KeepAlive {
  bool on = false;
  std::chrono::seconds delay{0};
  std::chrono::seconds interval{0};
  int count = 0;
};

class Descriptor {
 public:
  // Called when the descriptor is ready. Either function may close and destroy it.
  class Watcher {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Watcher() = default;
  };

  // A number of bytes, or errno's value.
  using Result = std::expected<std::size_t, int>;

  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  virtual ~Descriptor() = default;  // closes

  virtual void hand_to(Watcher& watcher) noexcept = 0;
  // CALLS BACK: the watcher on a later turn of the loop, each time that it is ready.
  virtual void watch_reads(bool on) = 0;
  virtual void watch_writes(bool on) = 0;
  virtual bool watches_reads() const noexcept = 0;
  virtual bool watches_writes() const noexcept = 0;

  // Whether a watch keeps the loop running; it does unless unref was called.
  virtual void ref() noexcept = 0;
  virtual void unref() noexcept = 0;

  // 0 bytes: the peer has ended.
  virtual Result receive(std::span<std::byte> room) noexcept = 0;
  // Receives a byte that the next receive gets again.
  virtual Result peek() noexcept = 0;
  // With `follows`, the system may keep what fills no packet until the next send.
  enum class More : bool { none, follows };
  virtual Result send(std::span<const iovec> views, More more) noexcept = 0;
  // From a file, without a copy in the program. 0 bytes: the file ends before `offset`.
  virtual Result send_file(int file, std::int64_t offset, std::size_t size) noexcept = 0;
  // How many bytes a send would take now; 0 where the system does not say.
  virtual std::size_t send_room() const noexcept = 0;
  // How many bytes of those sent the system still keeps, as the peer may ask for them again.
  virtual std::size_t unacknowledged() const noexcept = 0;
  virtual int shut_down() noexcept = 0;

  virtual std::optional<Address> local_address() const = 0;
  virtual std::optional<Address> remote_address() const = 0;
  virtual void set_no_delay(bool on) noexcept = 0;
  virtual void set_keep_alive(const KeepAlive& how) noexcept = 0;
  // Without effect on a unix socket.
  virtual int set_type_of_service(int value) noexcept = 0;
  virtual std::optional<int> type_of_service() const noexcept = 0;
  // Whether the connection's close, the kernel's for a killed process included, is a reset.
  // Without effect on a unix socket.
  virtual int reset_on_close(bool on) noexcept = 0;

  // Closes now. CALLS BACK: `closed` on a later turn of the loop; never where the Loop ends first.
  virtual void close(Function<void()> closed) = 0;
};

}  // namespace weir::net
