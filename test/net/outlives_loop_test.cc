// Sockets and servers that outlive their Loop: it closes them in any state, and using them prints a
// warning.

#include "support/certificates.h"
#include "support/outliving_test.h"
#include <weir/loop/uv.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>
#include <weir/net/tls_socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <uv.h>

namespace weir::net {
namespace {

class NetOutlivesLoopTest : public test::OutlivingTest {
 protected:
  template <class S>
  Ref<S> kept_server(Ref<S> made) {
    made->template on<Listening>([made, owned = owned] {});
    made->template on<Error>([made, owned = owned] {});
    made->template on<Close>([made, owned = owned] {});
    return made;
  }
  Ref<Server> serve(std::function<void(Socket&)> served = {}) {
    auto made = kept_server(create_server(*loop, [served, this](Socket& socket) {
      accepted.push_back(kept(Ref<Socket>(&socket)));
      if (served) served(socket);
    }));
    made->listen(0, "127.0.0.1");
    port = made->address()->port;
    return made;
  }
  Ref<Socket> client() { return kept(connect(*loop, port, "127.0.0.1")); }
  void run_until(const std::function<bool()>& reached) {
    while (!reached()) loop->poll();
  }
  void expect_inert_socket(Socket& socket) {
    expect_inert_writable(socket, "a net::Socket");
    EXPECT_TRUE(socket.pending());
    EXPECT_FALSE(socket.remote_address());
    EXPECT_THROW(socket.connect({.port = 1}), Error);
    socket.set_timeout(std::chrono::milliseconds(1));
    socket.set_no_delay();
    socket.set_keep_alive(true);
    socket.ref();
    socket.unref();
    socket.reset_and_destroy();
    socket.destroy_soon();
  }

  std::vector<Ref<Socket>> accepted;
  std::uint16_t port = 0;
};

TEST_F(NetOutlivesLoopTest, ASocketThatIsNotConnected) {
  auto socket = kept(Socket::make(*loop));
  loop_goes();
  expect_inert_socket(*socket);
}

TEST_F(NetOutlivesLoopTest, ASocketThatConnectsOrLooksItsHostUp) {
  auto server = serve();
  auto connecting = client();
  auto looking = kept(connect(*loop, port, "localhost"));
  loop->ticks().drain();
  loop_goes();
  expect_inert_socket(*connecting);
  expect_inert_socket(*looking);
}

TEST_F(NetOutlivesLoopTest, AServerAndItsConnectionsWithWritesUnderWay) {
  auto server = serve([this](Socket& socket) {
    socket.write(std::string(20'000'000, 'x'), never());
    socket.write("queued", never());
  });
  auto writing = client();
  writing->write("small", [writing, owned = owned] {});
  auto ending = client();
  ending->end("bye");
  auto destroyed = client();
  destroyed->set_timeout(std::chrono::hours(1), never());
  run_until([&] { return accepted.size() == 3 && writing->bytes_written() == 5; });
  destroyed->destroy({}, [destroyed, owned = owned] {});
  loop_goes();
  for (const auto& socket : accepted) expect_inert_socket(*socket);
  for (const auto& socket : {writing, ending, destroyed}) expect_inert_socket(*socket);
  EXPECT_FALSE(server->listening());
  EXPECT_EQ(warned([&] { server->listen(0, "127.0.0.1", never()); }), "listen() on a net::Server");
  EXPECT_EQ(warned([&] {
              server->close(never());
              server->ref();
              server->unref();
              server->get_connections([owned = owned](std::size_t) { FAIL(); });
            }),
            "");
}

TEST_F(NetOutlivesLoopTest, AServerThatNeverListenedOrIsClosing) {
  auto idle = kept_server(create_server(*loop));
  auto closing = serve();
  auto socket = client();
  run_until([&] { return accepted.size() == 1; });
  closing->close([closing, never = never()]() mutable { never(); });
  loop_goes();
  EXPECT_EQ(warned([&] { idle->listen(); }), "listen() on a net::Server");
  EXPECT_EQ(warned([&] { closing->close(); }), "close() on a net::Server");
  expect_inert_socket(*socket);
}

TEST_F(NetOutlivesLoopTest, TlsDuringTheHandshakeAndAfterIt) {
  const test::Identity own = test::self_signed();
  auto server =
      kept_server(tls::create_server(*loop, {.context = {.key = own.key, .cert = own.cert}}));
  std::vector<Ref<tls::Socket>> secured;
  server->on<tls::SecureConnection>([&](const tls::SecureConnection& event) {
    secured.push_back(kept(event.socket));
    event.socket->write(std::string(20'000'000, 'x'), never());
  });
  server->listen(0, "127.0.0.1");
  const auto connect_to = [&] {
    return kept(tls::connect(
        *loop,
        {.port = server->address()->port, .host = "127.0.0.1", .reject_unauthorized = false}));
  };
  auto open = connect_to();
  open->write("small", [open, owned = owned] {});
  run_until([&] { return secured.size() == 1 && !open->secure_connecting(); });
  auto greeting = connect_to();
  greeting->write("parked", [greeting, never = never()]() mutable { never(); });
  loop->poll();
  loop_goes();
  for (const auto& socket : {open, greeting, secured[0]}) {
    expect_inert_writable(*socket, "tls::Socket over a net::Socket");
    socket->set_timeout(std::chrono::milliseconds(1));
    socket->ref();
    EXPECT_FALSE(socket->remote_address());
  }
  EXPECT_EQ(warned([&] { server->listen(0, "127.0.0.1", never()); }), "listen() on a tls::Server");
}

// The application's loop continues without the Loop, and calls the handle's close callback.
TEST_F(NetOutlivesLoopTest, ASocketThatWasDestroyedJustBeforeOnALoopOfTheApplications) {
  uv_loop_t uv;
  ASSERT_EQ(uv_loop_init(&uv), 0);
  loop.emplace(&uv);
  auto server = serve();
  auto socket = client();
  run_until([&] { return accepted.size() == 1; });
  socket->destroy({}, [socket, owned = owned] {});
  server->close();
  loop.reset();
  EXPECT_EQ(uv_run(&uv, UV_RUN_DEFAULT), 0);
  EXPECT_EQ(uv_loop_close(&uv), 0);
  expect_inert_socket(*socket);
}

}  // namespace
}  // namespace weir::net
