// Descriptor - a connected stream socket: non-blocking calls, and watches for readiness.
// SystemDescriptor is the real one; tests and simulations supply their own.
//
// A call without a result returns 0 or errno's value; a call that moves bytes returns a Result. An
// error number is never negated.
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

// Keep-alive probes of a connection; 0: the system's default.
struct KeepAlive {
  bool on = false;
  std::chrono::seconds delay{0};
  std::chrono::seconds interval{0};
  int count = 0;
};

class Descriptor {
 public:
  // Called when the descriptor is ready. Both functions may close and destroy the descriptor.
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
  // CALLS BACK: the watcher on a later turn of the loop, whenever the descriptor is ready.
  virtual void watch_reads(bool on) = 0;
  virtual void watch_writes(bool on) = 0;
  virtual bool watches_reads() const noexcept = 0;
  virtual bool watches_writes() const noexcept = 0;

  // Whether a watch keeps the loop running; it does by default.
  virtual void ref() noexcept = 0;
  virtual void unref() noexcept = 0;

  // Returns 0 after the peer's end.
  virtual Result receive(std::span<std::byte> room) noexcept = 0;
  // Receives a byte and leaves it for the next receive.
  virtual Result peek() noexcept = 0;
  // With `follows`, the system may hold back a partial packet until the next send.
  enum class More : bool { none, follows };
  virtual Result send(std::span<const iovec> views, More more) noexcept = 0;
  // Sends from a file, without a copy in the program. Returns 0 if the file ends before `offset`.
  virtual Result send_file(int file, std::int64_t offset, std::size_t size) noexcept = 0;
  // The number of bytes that a send would accept now; 0 if unknown.
  virtual std::size_t send_room() const noexcept = 0;
  // The number of bytes sent but not yet acknowledged by the peer.
  virtual std::size_t unacknowledged() const noexcept = 0;
  virtual int shut_down() noexcept = 0;

  virtual std::optional<Address> local_address() const = 0;
  virtual std::optional<Address> remote_address() const = 0;
  virtual void set_no_delay(bool on) noexcept = 0;
  virtual void set_keep_alive(const KeepAlive& how) noexcept = 0;
  // No effect on a unix socket.
  virtual int set_type_of_service(int value) noexcept = 0;
  virtual std::optional<int> type_of_service() const noexcept = 0;
  // Whether a close, also that by the kernel after the process was killed, resets the connection.
  // No effect on a unix socket.
  virtual int reset_on_close(bool on) noexcept = 0;

  // Closes now. CALLS BACK: `closed` on a later turn of the loop, or never if the Loop ends first.
  virtual void close(Function<void()> closed) = 0;
};

}  // namespace weir::net
