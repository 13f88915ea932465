// weir/testing/connection.h - connect: two Sockets that are joined in memory, by a network with
// faults.
//
//   weir::test::SteppedLoop loop;
//   auto [client, server] =
//       weir::test::connect(loop, {.network = {.latency = 20ms, .window = 1000}});
//   http_server->serve(server);                // or any code that takes a net::Connection
//   client->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
//   loop.run_all();
//
// The sockets are net::Sockets; only what is below them, the system's calls, is simulated. As over
// TCP, bytes and the end arrive in order, some time after they were sent; a sender may have no more
// than a window on the way; a side that closes with unread bytes resets the connection, and may
// lose what it has sent. Nothing depends on the machine: a seed always makes the same run.
//
// Unlike a real one, an open connection does not keep the loop running: run_all returns when both
// sides wait for each other. A timer of the test keeps it running up to a time.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/net/socket.h>
#include <weir/testing/simulation_log.h>

#include <cstddef>
#include <cstdint>

namespace weir::test {

struct NetworkFaults {
  std::chrono::milliseconds latency{0};  // the longest; each thing that is sent has its own
  std::size_t window = 65'536;           // bytes
  unsigned short_send = 0;               // per cent of the sends take a part only
  unsigned short_receive = 0;            // per cent
  // The connection is lost when this many bytes were sent in one direction: bytes on the way never
  // arrive, and both sides fail with ECONNRESET. 0: it is not lost.
  std::size_t lost_after = 0;
};

struct ConnectOptions {
  NetworkFaults network = {};
  std::uint64_t seed = 0;
  SimulationLog* log = nullptr;
  net::SocketOptions client = {};
  net::SocketOptions server = {};
};

struct Connected {
  Ref<net::Socket> client;
  Ref<net::Socket> server;
};

// Makes two connected sockets. REQUIRES: the loop outlives them, and so does the log, if any.
// ERRORS: throws as net::Socket::make does for invalid options.
Connected connect(Loop& loop, const ConnectOptions& options = {});

}  // namespace weir::test
