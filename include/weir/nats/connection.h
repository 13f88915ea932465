// weir/nats/connection.h - Connection: a connection to a NATS server or cluster, on a Loop.
//
//   auto nats = weir::nats::connect(loop, {"nats://a.example", "nats://b.example"},
//                                   {.credentials_file = "collector.creds"});
//   nats->on<weir::nats::Disconnected>([] { fmt::print("waiting for a server\n"); });
//   auto out = weir::nats::create_publish_stream(*nats, "logs.web");
//
// - connect returns at once. Streams and requests may be made at once too: they wait for the
//   server.
// - If the server is lost, the connection moves to another one of the list, or of those that the
//   cluster has announced. Streams then continue: a publish stream sends again what JetStream has
//   not acknowledged. Without JetStream (Guarantee::sent), no message is sent again.
// - An open connection that no stream and no request uses does not keep the loop running. It closes
//   when its last Ref is dropped; streams hold one.
// - Use it on the loop's thread. The library's own threads (for connecting) are not seen.
//
// Events: Connected, Disconnected, Reconnected, Error, Close.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/nats/message.h>
#include <weir/stream/events.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir::nats {

namespace internal {
class Link;
}  // namespace internal

// The first connection stands.
struct Connected {
  static constexpr std::string_view kEventName = "connected";
  std::string server;  // its URL
};
// The server was lost; another one is tried.
struct Disconnected {
  static constexpr std::string_view kEventName = "disconnected";
};
// A connection stands again. Streams send again what was not acknowledged.
struct Reconnected {
  static constexpr std::string_view kEventName = "reconnected";
  std::string server;
};

// A server that was announced by its address is verified under the name of the server that
// announced it, as NATS' other clients do; every other one under the host of its own URL.
struct TlsOptions {
  // Refuses servers without TLS. Also switched on, for all of them, by one URL of "tls://".
  bool required = false;
  std::string ca_file = {};    // trusted certificates, PEM; empty: the system's
  std::string cert_file = {};  // this client's certificate chain, PEM
  std::string key_file = {};   // and its key
  std::string host = {};       // the name in each server's certificate; empty: as above
  bool verify = true;
};

struct ConnectOptions {
  std::chrono::milliseconds timeout{2000};  // of one attempt to connect

  // One of: user and password, token, an NKey with the file of its seed, a credentials file
  // (a user's JWT with its seed). They may also be in the URL: nats://user:password@host.
  // These files, and those of TlsOptions, are read for each attempt: one that is replaced holds
  // from the next connection on. One that cannot be read then is an Error event, and an attempt.
  std::string user = {};
  std::string password = {};
  std::string token = {};
  std::string nkey = {};
  std::string nkey_seed_file = {};
  std::string credentials_file = {};
  TlsOptions tls = {};

  std::string name = {};  // as the server's monitoring shows it
  // Attempts, each at all servers, before a lost connection is given up; negative: no limit. Two
  // refusals of the user in a row end the connection.
  int max_reconnects = -1;
  std::chrono::milliseconds reconnect_wait{250};    // between attempts
  std::chrono::milliseconds reconnect_jitter{250};  // added to it, at random up to this
  // While the first server cannot be reached, go on as after a loss; otherwise the connection fails
  // with ERR_NATS_NO_SERVER once all have refused.
  bool retry_first = false;
  // A server that does not answer that many pings in a row counts as lost.
  std::chrono::milliseconds ping_interval{10'000};
  int max_pings_out = 2;
};

class Connection final
    : public RefCounted,
      public Listenable<Connection, Connected, Disconnected, Reconnected, Error, Close>,
      private LoopShutdownHook {
 public:
  using Replied = Function<void(Error, Message)>;

  // Publishes a message without acknowledgement; it is lost if no server is connected.
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT, ERR_NATS_PAYLOAD_TOO_LARGE.
  void publish(std::string_view subject, std::string_view data, const Headers& headers = {});

  // Sends a request and waits for one reply.
  // CALLS BACK: `replied` once, later: with the reply, or ERR_NATS_NO_RESPONDERS, ERR_NATS_TIMEOUT,
  // ERR_NATS_CLOSED or the error that ended the connection.
  void request(std::string_view subject, std::string_view data, Replied replied,
               std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

  // Closes the connection after what it still has to send. Streams on it fail with ERR_NATS_CLOSED.
  // CALLS BACK: Close, later.
  void close();

  bool connected() const noexcept;
  bool closed() const noexcept;
  // The longest message that the server takes, in bytes. 0 before Connected.
  std::size_t max_payload() const noexcept;
  // The number of Reconnected events.
  std::uint64_t reconnects() const noexcept;

  Loop& loop() const noexcept { return loop_; }
  ListenerTable& listeners() noexcept { return listeners_; }
  internal::Link& link() noexcept { return *link_; }

 private:
  friend Ref<Connection> connect(Loop& loop, std::vector<std::string> urls,
                                 const ConnectOptions& options);
  friend class internal::Link;

  Connection(Loop& loop, const std::vector<std::string>& urls, const ConnectOptions& options);
  ~Connection() override;
  void let_go() noexcept override;
  std::string describe() const override;
  std::string status() const override;

  Loop& loop_;
  ListenerTable listeners_;
  Owned<internal::Link> link_;
};

// Starts to connect to one of the servers; the order is random.
// CALLS BACK: Connected, or Error and Close: ERR_NATS_NO_SERVER, ERR_NATS_AUTHORIZATION,
// ERR_NATS_TLS. An Error that a stream or request on the connection has reported is emitted only to
// listeners. ERRORS: throws ERR_NATS_INVALID_ARGUMENT for an empty list, a malformed URL, or a file
// of credentials or a seed that has none; ERR_NATS_TLS for a file of certificates; the system's
// error (ENOENT) for a file of credentials or a seed that cannot be read. Each names the file.
Ref<Connection> connect(Loop& loop, std::vector<std::string> urls,
                        const ConnectOptions& options = {});
Ref<Connection> connect(Loop& loop, std::string url, const ConnectOptions& options = {});
inline Ref<Connection> connect(Loop& loop, std::initializer_list<std::string> urls,
                               const ConnectOptions& options = {}) {
  return connect(loop, std::vector<std::string>(urls), options);
}

}  // namespace weir::nats
