// support/net_test.h - the fixture of tests with a server and its connections on this machine.
//
//   serve([](net::Socket& s) { s.end("x"); });
//   auto c = client();
//   run();
//   EXPECT_EQ(log_of(c), "connect ready end prefinish finish close");
//
// Where two sides take turns is the kernel's affair, so each socket has a log of its own.
#pragma once

#include "support/event_log.h"
#include "support/loop_test.h"
#include <weir/net/server.h>
#include <weir/net/socket.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace weir::test {

class NetTest : public LoopTest {
 protected:
  // Listens on a free port and calls `served` with each connection.
  void serve(std::function<void(net::Socket&)> served, const net::ServerOptions& options = {}) {
    server = net::create_server(
        loop, options, [served = std::move(served)](net::Socket& socket) { served(socket); });
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }

  // A client of it that logs its events under `name`.
  Ref<net::Socket> client(net::ConnectOptions options = {}, const std::string& name = "c") {
    options.port = port;
    if (options.host == "localhost") options.host = "127.0.0.1";
    return watched(net::connect(loop, std::move(options)), name);
  }

  Ref<net::Socket> watched(Ref<net::Socket> socket, const std::string& name) {
    watch(*socket, name);
    return socket;
  }
  void watch(net::Socket& socket, const std::string& name) {
    EventLog& to = logs[name];
    socket.on<net::Connect>([&to] { to.add("connect"); });
    socket.on<net::Ready>([&to] { to.add("ready"); });
    socket.on<net::Timeout>([&to] { to.add("timeout"); });
    socket.on<net::ConnectionAttemptFailed>([&to] { to.add("attemptFailed"); });
    socket.on<End>([&to] { to.add("end"); });
    socket.on<Drain>([&to] { to.add("drain"); });
    socket.on<Prefinish>([&to] { to.add("prefinish"); });
    socket.on<Finish>([&to] { to.add("finish"); });
    socket.on<Error>([&to](const Error& error) { to.add("error", error); });
    socket.on<Close>(
        [&to](const Close& close) { to.add(close.had_error ? "close(true)" : "close(false)"); });
  }

  // Until both sides are through; the server closes when its first connection has.
  void run() {
    close_after_first();
    loop.run();
  }
  void close_after_first() {
    server->on<net::ConnectionEvent>([this](const net::ConnectionEvent& event) {
      event.socket->once<Close>([this] { server->close(); });
    });
  }
  template <class F>
  void until(F is_so) {
    while (!is_so()) loop.poll();
  }
  std::string log_of(const std::string& name) { return logs[name].take(); }

  Ref<net::Server> server;
  std::uint16_t port = 0;
  std::map<std::string, EventLog> logs;
};

}  // namespace weir::test
