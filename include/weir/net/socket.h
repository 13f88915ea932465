// weir/net/socket.h - a TCP or unix connection as a Duplex stream: Node's net.Socket.
//
//   auto socket = weir::net::connect(loop, 7000, "127.0.0.1");
//   socket->write("ping\n");                       // queued until the connection is established
//   socket->on<weir::Data>([](const auto& data) { fmt::print("{}", data.chunk.text()); });
//   socket->end();
//   loop.run();
//
// - Small writes are merged and sent with one system call, when the tick queue is empty or the
//   high-water mark is reached. After a send at the mark, later writes that reach it before the
//   tick queue is empty are merged too, up to the size that the system would accept at once. A
//   write with a completion callback is not delayed in this way.
// - Data that the system does not accept is queued. A socket without a reader buffers up to its
//   mark; then the peer has to wait.
// - A socket that connects or is connected keeps itself alive until it is closed, and the loop
//   running unless unref was called.
// - When the peer half-closes, this side ends too, unless allow_half_open.
// - Events: Lookup, ConnectionAttempt, ConnectionAttemptFailed, ConnectionAttemptTimeout, then a
//   Connection's. Errors read as in Node: "connect ECONNREFUSED 127.0.0.1:7000".
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/connection.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::net {

class Server;
class SocketTransport;

// A host name was resolved: one event for each address, or one with the error. Node: 'lookup'.
struct Lookup {
  static constexpr std::string_view kEventName = "lookup";
  Error error;
  Address address;
  std::string host;
};

// One of several addresses is tried, has failed, or has timed out.
// Node: 'connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout'.
struct ConnectionAttempt {
  static constexpr std::string_view kEventName = "connectionAttempt";
  Address address;
};
struct ConnectionAttemptFailed {
  static constexpr std::string_view kEventName = "connectionAttemptFailed";
  Address address;
  Error error;
};
struct ConnectionAttemptTimeout {
  static constexpr std::string_view kEventName = "connectionAttemptTimeout";
  Address address;
};

// Node's options of a Socket. Each default is Node's, except the high-water marks: the loop's.
struct SocketOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::optional<EncodingName> encoding = {};
  std::stop_token signal = {};
  bool allow_half_open = false;
  bool no_delay = false;
  bool keep_alive = false;
  std::chrono::seconds keep_alive_initial_delay = {};
  // The type of service of the IP packets, 0 to 255. Its upper six bits are the class (DSCP).
  std::optional<int> type_of_service = {};

  std::optional<int> fd = {};    // OWNS: a connected socket
  bool pause_on_create = false;  // do not read ahead
  // Resets a TCP connection that closes before end() has passed all data to the system, for any
  // reason: destroy, an error, the end of the process. The peer sees ECONNRESET then, and End only
  // after complete data; sent data may be lost. No Node counterpart.
  bool reset_unless_ended = false;
};

// The result of a lookup. Called once, on the loop's thread, with addresses in the order of
// preference or with an error. Their ports are ignored.
using LookupDone = Function<void(Error error, std::vector<Address> addresses)>;
using LookupFunction = Function<void(std::string host, Family family, LookupDone done)>;

// Node's options of connect. Each default is Node's.
struct ConnectOptions {
  std::chrono::milliseconds timeout = {};  // as set_timeout

  std::optional<std::int64_t> port = {};  // either this or a path is required
  std::string host = "localhost";
  std::string path = {};  // of a unix socket; in the abstract namespace with a leading zero byte
  Family family = Family::any;
  std::string local_address = {};  // the local address of the connection
  std::int64_t local_port = 0;
  // Try the addresses of a name one after the other, each for the attempt timeout, IPv6 and IPv4
  // alternately.
  bool auto_select_family = true;
  std::chrono::milliseconds auto_select_family_attempt_timeout{500};
  LookupFunction lookup = {};  // replaces the system's
  SocketOptions socket = {};
};

class Socket : public DerivedStream<Socket, Connection, Lookup, ConnectionAttempt,
                                    ConnectionAttemptFailed, ConnectionAttemptTimeout> {
 public:
  // A socket without a connection, unless the options have a descriptor.
  // ERRORS: throws ERR_INVALID_FD_TYPE for a descriptor that is not a stream socket,
  // ERR_OUT_OF_RANGE for a negative descriptor or an invalid type of service, ERR_INVALID_ARG_VALUE
  // for a negative mark.
  // Node counterpart: new Socket.
  static Ref<Socket> make(Loop& loop, SocketOptions options = {});

  // Connects; `connected` is added as a listener of Connect. The field `socket` of the options is
  // ignored here.
  // CALLS BACK: the events above, on later ticks; after a failure, Error and Close.
  // ERRORS: throws ERR_MISSING_ARGS, ERR_SOCKET_BAD_PORT, ERR_INVALID_IP_ADDRESS,
  // ERR_INVALID_ARG_VALUE for a host with a zero byte, and ERR_SOCKET_CLOSED after destroy: use
  // another socket to connect again.
  // Node counterpart: connect.
  Socket& connect(ConnectOptions options, Function<void()> connected = {});

  Socket& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) override;
  std::chrono::milliseconds timeout() const noexcept override;
  Socket& set_stall_timeout(std::chrono::milliseconds limit) override;
  Socket& set_no_delay(bool no_delay = true) override;
  Socket& set_keep_alive(bool enable = false, std::chrono::seconds initial_delay = {},
                         std::chrono::seconds interval = {}, int count = 0) override;
  Socket& ref() override;
  Socket& unref() override;

  // Before the connection is established, the value is remembered; a unix socket only remembers it.
  // ERRORS: throws ERR_OUT_OF_RANGE outside of 0 to 255, and the system's error: "setTypeOfService
  // EPERM".
  // Node counterparts: setTypeOfService, getTypeOfService.
  Socket& set_type_of_service(int type_of_service);
  int type_of_service() const;

  // A socket that is connecting is reset once it is connected.
  // ERRORS: an Error event, ERR_SOCKET_CLOSED, if it was never connected.
  Socket& reset_and_destroy() override;

  bool connecting() const noexcept override;
  bool pending() const noexcept override;
  // "opening", "open", "readOnly", "writeOnly" or "closed". Node counterpart: readyState.
  std::string_view ready_state() const noexcept;
  std::optional<Address> local_address() const override;
  std::optional<Address> remote_address() const override;
  std::uint64_t bytes_read() const noexcept override;
  std::uint64_t bytes_written() const noexcept override;
  std::uint64_t bytes_acknowledged() const noexcept override;

  std::string describe() const override;

 protected:
  Socket(SocketTransport& transport, const DuplexOptions& options);

 private:
  friend class Server;
  friend class SocketTransport;

  static Ref<Socket> unconnected(Loop& loop, const SocketOptions& options);
  void start_reading(const SocketOptions& options);

  SocketTransport& transport_;
};

// Creates a socket and connects it.
// ERRORS: as Socket::make and Socket::connect.
// Node counterparts: net.connect, net.createConnection.
Ref<Socket> connect(Loop& loop, ConnectOptions options, Function<void()> connected = {});
Ref<Socket> connect(Loop& loop, std::int64_t port, std::string host = "localhost",
                    Function<void()> connected = {});
Ref<Socket> connect(Loop& loop, std::int64_t port, Function<void()> connected);
// Connects to a unix socket.
template <std::convertible_to<std::string> Path>
Ref<Socket> connect(Loop& loop, Path&& path, Function<void()> connected = {}) {
  return connect(loop, ConnectOptions{.path = std::forward<Path>(path)}, std::move(connected));
}

template <class... Args>
Ref<Socket> create_connection(Loop& loop, Args&&... args) {
  return connect(loop, std::forward<Args>(args)...);
}

}  // namespace weir::net
