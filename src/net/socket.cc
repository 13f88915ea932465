#include <weir/net/socket.h>

#include "net/errors.h"
#include "net/socket_transport.h"
#include <weir/stream/make_stream.h>

#include <cerrno>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

namespace weir::net {
namespace {

// A write after the peer's end, which has ended this side, too: the program has made no error.
Error ended_by_peer() {
  return Error::named({EPIPE, std::system_category()}, "EPIPE",
                      "This socket has been ended by the other party");
}

void check_descriptor(int fd) {
  if (fd < 0) throw out_of_range("fd", ">= 0 && <= 2147483647", fmt::to_string(fd));
  int type = 0;
  socklen_t length = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM)
    throw Error(Errc::invalid_fd_type, "Unsupported fd type: not a stream socket");
}

void check_type_of_service(int value) {
  if (value < 0 || value > 255)
    throw out_of_range("type_of_service", ">= 0 && <= 255", fmt::to_string(value));
}

}  // namespace

Ref<Socket> Socket::make(Loop& loop, SocketOptions options) {
  if (options.type_of_service) check_type_of_service(*options.type_of_service);
  if (options.fd) check_descriptor(*options.fd);
  Ref<Socket> socket = unconnected(loop, options);
  if (!options.fd) return socket;
  socket->transport_.adopt(*options.fd);
  socket->start_reading(options);
  return socket;
}

void Socket::start_reading(const SocketOptions& options) {
  core().blockers().gathers = true;
  if (options.pause_on_create)
    pause();
  else
    read(0);
}

Ref<Socket> Socket::unconnected(Loop& loop, const SocketOptions& options) {
  const DuplexOptions duplex{.high_water_mark = options.high_water_mark,
                             .readable_high_water_mark = options.readable_high_water_mark,
                             .writable_high_water_mark = options.writable_high_water_mark,
                             .encoding = options.encoding,
                             .signal = options.signal,
                             .emit_close = false,
                             .allow_half_open = options.allow_half_open};
  auto socket = internal::make_stream<Socket>(
      loop, std::make_unique<SocketTransport>(loop, options),
      {.core = {.emit_close = false, .closes_later = true}, .signal = options.signal}, duplex);
  // A write to an unconnected socket fails inside write(), as in Node.
  socket->core().blockers().gathers = false;
  return socket;
}

Socket::Socket(SocketTransport& transport, const DuplexOptions& options)
    : DerivedStream(transport, SocketTransport::kTraits, options), transport_(transport) {
  transport_.serve(*this);
  if (!options.allow_half_open)
    once<End>([this] { writable_side().set_refusal({.error = ended_by_peer()}); });
}

Socket& Socket::connect(ConnectOptions options, Function<void()> connected) {
  if (destroyed()) throw Error(Errc::socket_closed);
  if (!transport_.is_unconnected()) return destroy(failed("connect", EISCONN));
  require_no_zero_byte(options.host, "options.host");
  const auto timeout = options.timeout;
  if (timeout.count() > 0) set_timeout(timeout);
  if (connected) once<Connect>(std::move(connected));
  transport_.connect(std::move(options));
  core().blockers().gathers = true;
  return *this;
}

Socket& Socket::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  if (idle.count() < 0)
    throw out_of_range("msecs", "a non-negative finite number", fmt::to_string(idle.count()));
  if (destroyed()) return *this;
  transport_.idle().set(idle);
  if (timed_out && idle.count() > 0)
    once<Timeout>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
  return *this;
}
std::chrono::milliseconds Socket::timeout() const noexcept { return transport_.idle().limit(); }

Socket& Socket::set_stall_timeout(std::chrono::milliseconds limit) {
  if (limit.count() < 0) throw out_of_range("limit", ">= 0", fmt::to_string(limit.count()));
  if (!destroyed()) transport_.set_stall_timeout(limit);
  return *this;
}

Socket& Socket::set_no_delay(bool no_delay) {
  transport_.set_no_delay(no_delay);
  return *this;
}
Socket& Socket::set_keep_alive(bool enable, std::chrono::seconds initial_delay,
                               std::chrono::seconds interval, int count) {
  transport_.set_keep_alive({enable, initial_delay, interval, count});
  return *this;
}
Socket& Socket::set_type_of_service(int type_of_service) {
  check_type_of_service(type_of_service);
  transport_.set_type_of_service(type_of_service);
  return *this;
}
int Socket::type_of_service() const { return transport_.type_of_service(); }

Socket& Socket::ref() {
  transport_.reference(true);
  return *this;
}
Socket& Socket::unref() {
  transport_.reference(false);
  return *this;
}

Socket& Socket::reset_and_destroy() {
  if (transport_.connecting()) {
    once<Connect>([this] { reset_and_destroy(); });
    return *this;
  }
  if (!transport_.is_open()) return destroy(Errc::socket_closed);
  transport_.reset();
  return destroy();
}

std::string Socket::describe() const {
  const std::optional<Address> peer = remote_address();
  return peer ? fmt::format("net::Socket to {}", place_of(*peer)) : "a net::Socket";
}

bool Socket::connecting() const noexcept { return transport_.connecting(); }
bool Socket::pending() const noexcept { return !transport_.is_open(); }

std::string_view Socket::ready_state() const noexcept {
  if (connecting()) return "opening";
  if (readable()) return writable() ? "open" : "readOnly";
  return writable() ? "writeOnly" : "closed";
}

std::optional<Address> Socket::local_address() const { return transport_.local_address(); }
std::optional<Address> Socket::remote_address() const { return transport_.remote_address(); }
std::uint64_t Socket::bytes_read() const noexcept { return transport_.bytes_read(); }
std::uint64_t Socket::bytes_written() const noexcept {
  return transport_.bytes_written(writable_length());
}
std::uint64_t Socket::bytes_acknowledged() const noexcept {
  return transport_.bytes_acknowledged();
}

Ref<Socket> connect(Loop& loop, ConnectOptions options, Function<void()> connected) {
  Ref<Socket> socket = Socket::make(loop, std::move(options.socket));
  socket->connect(std::move(options), std::move(connected));
  return socket;
}
Ref<Socket> connect(Loop& loop, std::int64_t port, std::string host, Function<void()> connected) {
  return connect(loop, {.port = port, .host = std::move(host)}, std::move(connected));
}
Ref<Socket> connect(Loop& loop, std::int64_t port, Function<void()> connected) {
  return connect(loop, {.port = port}, std::move(connected));
}

}  // namespace weir::net
