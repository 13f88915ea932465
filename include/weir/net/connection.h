// weir/net/connection.h - a two-way stream to somebody: a Socket, or TLS over one.
//
// What is written goes out in the order written; what is small is gathered and sent once a tick.
// A connection that the other side has ended is ended here as well, unless allow_half_open.
//
// A connection that breaks reports that after what it received: while a reader has Data or
// ReadableEvent listeners, the failed write's callback, Error and Close wait until the bytes that
// arrived before have been read. Without a reader they come at once.
//
// Events: Connect and Ready, where it was made before it was connected; Timeout, Broken, then a
// Duplex's. Close says whether there was an error.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/net/address.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/duplex.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::net {

// It is connected; of a TLS socket, the connection below it. Node: 'connect', and right after it
// 'ready'.
struct Connect {
  static constexpr std::string_view kEventName = "connect";
};
using weir::Ready;

// Nothing came and nothing went for as long as set_timeout said. Node: 'timeout'.
struct Timeout {
  static constexpr std::string_view kEventName = "timeout";
};

// The connection has failed and bytes that it received are still to be read: `error` is reported
// after them. destroy(error) reports it now and drops them. Node has no such event: it drops them.
struct Broken {
  static constexpr std::string_view kEventName = "broken";
  const Error& error;
};

class Connection : public DerivedStream<Connection, Duplex, Connect, Ready, Timeout, Broken> {
 public:
  // Has Timeout emitted after `idle` without a byte read or written, once until there is another;
  // nothing is closed. 0: never. `timed_out`, where given, listens to the next one.
  // ERRORS: throws ERR_OUT_OF_RANGE for a negative time. Node counterpart: setTimeout.
  virtual Connection& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) = 0;
  virtual std::chrono::milliseconds timeout() const noexcept = 0;

  // Before it is connected these are remembered. Of the probes of a connection kept alive, the
  // first is sent after `initial_delay` without a packet (0: the system's delay), the next ones
  // each after `interval`; without an answer to `count` of them it is ETIMEDOUT. 0: 1 s and 10,
  // where there is an initial delay. Node counterparts: setNoDelay, setKeepAlive.
  virtual Connection& set_no_delay(bool no_delay = true) = 0;
  virtual Connection& set_keep_alive(bool enable = false, std::chrono::seconds initial_delay = {},
                                     std::chrono::seconds interval = {}, int count = 0) = 0;

  // Whether it keeps the loop running; it does unless unref was called. Node: ref, unref.
  virtual Connection& ref() = 0;
  virtual Connection& unref() = 0;

  // Ends it, and destroys it once all that was written is with the system. Node: destroySoon.
  void destroy_soon();
  // Destroys it such that the peer sees ECONNRESET, where there is a TCP connection to reset.
  // Node: resetAndDestroy.
  virtual Connection& reset_and_destroy() = 0;

  // Whether what is written now may be ranges of files, as Resource::takes_ranges.
  bool takes_ranges() { return ReadableBase::takes_ranges(*this); }

  // Gives back memory that is kept for what will be written: for one that may be idle for long.
  void give_back_memory() noexcept { give_back(); }

  virtual bool connecting() const noexcept = 0;
  // Not connected (yet, or any more).
  virtual bool pending() const noexcept = 0;
  // Whether what is sent is encrypted.
  virtual bool encrypted() const noexcept { return false; }

  // Nothing while it is not connected. Node: localAddress, remoteAddress and their like.
  virtual std::optional<Address> local_address() const = 0;
  virtual std::optional<Address> remote_address() const = 0;

  // Node: bytesRead, bytesWritten; of the latter, what is queued is a part.
  virtual std::uint64_t bytes_read() const noexcept = 0;
  virtual std::uint64_t bytes_written() const noexcept = 0;
  // Of the bytes handed to the system, how many the peer's system has confirmed, or, of a unix
  // socket, about how many the peer has read: grows for as long as the peer takes anything.
  // Over TLS, the ciphertext's. No Node counterpart.
  virtual std::uint64_t bytes_acknowledged() const noexcept = 0;

 protected:
  using DerivedStream::DerivedStream;
};

}  // namespace weir::net
