// weir/net/connection.h - Connection: the Duplex base class of Socket and tls::Socket.
//
// - Data is sent in the order of the writes. Small writes are merged; they are sent at the
//   high-water mark, or when the tick queue is empty.
// - When the peer half-closes, this side ends too, unless allow_half_open.
// - A failed connection delivers the received data first. While a reader has Data or ReadableEvent
//   listeners, the failed write's callback, Error and Close wait until that data has been read.
//   Without a reader they come at once.
// - Events: Connect and Ready, if it was created before it was connected; Timeout, Broken, then a
//   Duplex's. Close reports if there was an error.
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

// The connection is established; for a TLS socket, the connection below it.
// Node: 'connect', followed by 'ready'.
struct Connect {
  static constexpr std::string_view kEventName = "connect";
};
using weir::Ready;

// No byte was received or sent for the time given to set_timeout. Node: 'timeout'.
struct Timeout {
  static constexpr std::string_view kEventName = "timeout";
};

// The connection has failed and received data is still unread: `error` is reported after it.
// destroy(error) reports it now and drops the data. Node drops the data and has no such event.
struct Broken {
  static constexpr std::string_view kEventName = "broken";
  const Error& error;
};

class Connection : public DerivedStream<Connection, Duplex, Connect, Ready, Timeout, Broken> {
 public:
  // Emits Timeout after `idle` without a byte received or sent, once until there is another byte.
  // Does not close the connection. 0: never. `timed_out`, if given, listens to the next Timeout.
  // ERRORS: throws ERR_OUT_OF_RANGE for a negative time.
  // Node counterpart: setTimeout.
  virtual Connection& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) = 0;
  virtual std::chrono::milliseconds timeout() const noexcept = 0;
  // Destroys the connection with ETIMEDOUT when written data has waited for `limit`, and up to a
  // quarter more, without the peer confirming a byte. 0: never.
  // ERRORS: throws ERR_OUT_OF_RANGE for a negative time.
  // No Node counterpart.
  virtual Connection& set_stall_timeout(std::chrono::milliseconds limit) = 0;

  // Before the connection is established, these settings are remembered. Keep-alive sends its first
  // probe after `initial_delay` without a packet (0: the system's delay) and the next ones every
  // `interval`; `count` probes without an answer are ETIMEDOUT. An interval and count of 0 mean 1 s
  // and 10, if there is an initial delay.
  // Node counterparts: setNoDelay, setKeepAlive.
  virtual Connection& set_no_delay(bool no_delay = true) = 0;
  virtual Connection& set_keep_alive(bool enable = false, std::chrono::seconds initial_delay = {},
                                     std::chrono::seconds interval = {}, int count = 0) = 0;

  // ref, unref: decide if the connection keeps the loop running; initially it does.
  // Node: ref, unref.
  virtual Connection& ref() = 0;
  virtual Connection& unref() = 0;

  // Calls end(), and destroys the connection once the system has all data. Node: destroySoon.
  void destroy_soon();
  // Destroys the connection so that the peer sees ECONNRESET, if it is a TCP connection.
  // Node: resetAndDestroy.
  virtual Connection& reset_and_destroy() = 0;

  // True if writes may be file ranges now, as in Resource::takes_ranges.
  bool takes_ranges() { return ReadableBase::takes_ranges(*this); }

  // Frees memory that is reserved for later writes, for a connection that may stay idle.
  void give_back_memory() noexcept { give_back(); }

  virtual bool connecting() const noexcept = 0;
  // True while the connection is not established.
  virtual bool pending() const noexcept = 0;
  // True if the connection uses TLS.
  virtual bool encrypted() const noexcept { return false; }

  // Empty while the connection is not established. Node: localAddress, remoteAddress and others.
  virtual std::optional<Address> local_address() const = 0;
  virtual std::optional<Address> remote_address() const = 0;

  // Node: bytesRead, bytesWritten. bytes_written includes the queued bytes.
  virtual std::uint64_t bytes_read() const noexcept = 0;
  virtual std::uint64_t bytes_written() const noexcept = 0;
  // The number of sent bytes that the peer's system has acknowledged, or, for a unix socket, that
  // the peer has read, approximately. It grows as long as the peer reads. With TLS, it counts the
  // encrypted bytes. No Node counterpart.
  virtual std::uint64_t bytes_acknowledged() const noexcept = 0;

 protected:
  using DerivedStream::DerivedStream;
};

}  // namespace weir::net
