// A system call fails while a connection is accepted or set up: that connection is dropped, and the
// server continues.
#include "support/descriptors.h"
#include "support/net_test.h"
#include "support/small_sockets.h"
#include "support/system_calls.h"
#include "support/tls_net_test.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

constexpr std::array kErrors{ENOSPC, EMFILE, ENOMEM, ENOBUFS};
// More than a connection takes.
constexpr std::size_t kMostCalls = 300;
constexpr auto kAll = static_cast<std::size_t>(-1);

class AcceptFailuresTest : public test::NetTest {
 protected:
  // Whether a new client receives "hello"; it has closed afterwards.
  bool is_served() {
    std::string heard;
    auto c = connect(loop, port, "127.0.0.1");
    c->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
    c->on<Error>([](const Error&) {});
    c->on<Close>([&] { loop.stop(); });
    loop.run();
    while (server->connections() > 0) loop.poll();
    return heard == "hello";
  }
};

TEST_F(AcceptFailuresTest, EachCallThatFailsOnceLeavesTheServerServing) {
  serve([](Socket& s) {
    s.on<Error>([] {});
    s.end("hello");
    s.resume();
  });
  std::size_t drops = 0;
  server->on<Drop>([&] { ++drops; });
  ASSERT_TRUE(is_served());
  const std::size_t before = test::open_descriptors();
  for (const int error : kErrors) {
    std::size_t nth = 1;
    for (bool failed = true; failed; ++nth) {
      SCOPED_TRACE(testing::Message() << "call " << nth << " is " << error);
      test::FailingCalls failing({.first = nth, .error = error});
      failing.during([&] { static_cast<void>(is_served()); });
      failed = failing.have_failed();
      ASSERT_TRUE(is_served());
      ASSERT_EQ(test::open_descriptors(), before);
    }
    EXPECT_GT(nth, 10u);
    EXPECT_LT(nth, kMostCalls);
  }
  EXPECT_GE(drops, kErrors.size());
  server->close();
  loop.run();
}

TEST_F(AcceptFailuresTest, AConnectionThatCannotBeWatchedIsDroppedWithTheReason) {
  serve([](Socket& s) { s.end("hello"); });
  Error why;
  std::optional<Address> who;
  server->on<Drop>([&](const Drop& drop) {
    why = drop.error;
    who = drop.remote;
  });
  ASSERT_TRUE(is_served());
  // The client's own come first: when it is made, and when it waits for the connection.
  test::FailingCalls failing({.calls = test::Calls::watches, .first = 3, .error = ENOSPC});
  failing.during([&] { EXPECT_FALSE(is_served()); });
  EXPECT_STREQ(why.what(), "accept ENOSPC");
  EXPECT_EQ(who.value_or(Address()).address, "127.0.0.1");
  EXPECT_TRUE(is_served());
  server->close();
  loop.run();
}

TEST_F(AcceptFailuresTest, AConnectionThatCannotPromiseToBeResetIsDropped) {
  serve([](Socket& s) { s.end("hello"); }, {.reset_unless_ended = true});
  Error why;
  std::optional<Drop> dropped;
  server->on<Drop>([&](const Drop& drop) {
    why = drop.error;
    dropped = drop;
  });
  test::FailingCalls failing({.calls = test::Calls::options, .error = ENOMEM});
  failing.during([&] { EXPECT_FALSE(is_served()); });
  EXPECT_EQ(why.name(), "ENOMEM");
  ASSERT_TRUE(dropped && dropped->local && dropped->remote);
  EXPECT_EQ(dropped->local->port, port);
  EXPECT_EQ(dropped->remote->address, "127.0.0.1");
  EXPECT_TRUE(is_served());
  server->close();
  loop.run();
}

// Where IPv6 sockets are for IPv6 alone by default, a server of all addresses would miss IPv4.
TEST_F(AcceptFailuresTest, AServerOfAllAddressesThatMayNotTakeBothFamiliesIsAnError) {
  const auto listen_on_all = [this] {
    server = create_server(loop, [](Socket&) {});
    server->on<Error>([this](const Error& error) { log.add("error", error); });
    server->listen(0);
  };
  listen_on_all();
  const bool has_ipv6 = server->address()->family == Family::ipv6;
  server->close();
  if (!has_ipv6) GTEST_SKIP() << "the system has no IPv6";
  test::FailingCalls failing({.calls = test::Calls::options, .first = 2, .error = ENOPROTOOPT});
  failing.during(listen_on_all);
  server->close();
  EXPECT_EQ(after_run(), "error(ENOPROTOOPT)");
}

// libuv would end the process.
TEST_F(AcceptFailuresTest, ConnectionsGoOnWhileTheSystemWatchesNoMore) {
  const std::string sent(6 << 20, 'x');
  Ref<Socket> peer;
  serve([&](Socket& s) {
    peer = Ref<Socket>(&s);
    s.once<Close>([&] { server->close(); });
  });
  auto c = client();
  while (!peer || c->connecting()) loop.poll();
  test::FailingCalls failing({.calls = test::Calls::watches, .count = kAll, .error = ENOSPC});
  std::size_t heard = 0;
  failing.during([&] {
    c->end(Buffer::adopt(std::string(sent)));  // more than the system takes at once
    peer->on<Data>([&](const Data& data) {
      heard += data.chunk.size();
      peer->pause();  // and so is watched anew
      loop.set_immediate([&] { peer->resume(); });
    });
    c->resume();
    loop.run();
  });
  EXPECT_TRUE(failing.have_failed());
  EXPECT_EQ(heard, sent.size());
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish end close(false)");
}

TEST_F(AcceptFailuresTest, AnErrorThatStaysHasTheServerRest) {
  serve([](Socket& s) {
    s.write("hello");
    s.destroy_soon();
  });
  std::size_t drops = 0;
  server->on<Drop>([&] { ++drops; });
  loop.poll();
  const test::SmallClient client(port);
  test::FailingCalls failing({.count = kAll, .error = ENOMEM});
  failing.during([&] {
    for (int i = 0; i < 100; ++i) loop.poll();
  });
  EXPECT_GE(drops, 1u);
  EXPECT_LT(drops, 5u);  // one for each 100 ms
  run();
  EXPECT_EQ(client.hear(100), "hello");
}

}  // namespace
}  // namespace weir::net

namespace weir::tls {
namespace {

class TlsAcceptFailuresTest : public test::TlsNetTest {
 protected:
  void start() {
    server = create_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                           [](Socket& socket) {
                             socket.end("hello");
                             socket.resume();
                           });
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  bool is_served() {
    std::string heard;
    auto c = connect(loop, {.port = port, .host = "127.0.0.1", .secure_context = trust});
    c->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
    c->on<Error>([](const Error&) {});
    c->on<Close>([&] { loop.stop(); });
    loop.run();
    return heard == "hello";
  }

  Ref<SecureContext> trust = create_secure_context({.ca = {authority.cert()}});
};

TEST_F(TlsAcceptFailuresTest, EachCallThatFailsOnceLeavesTheServerServing) {
  start();
  std::size_t drops = 0;
  server->on<net::Drop>([&] { ++drops; });
  ASSERT_TRUE(is_served());
  std::size_t nth = 1;
  for (bool failed = true; failed; ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    test::FailingCalls failing({.first = nth, .error = ENOSPC});
    failing.during([&] { static_cast<void>(is_served()); });
    failed = failing.have_failed();
    ASSERT_TRUE(is_served());
  }
  EXPECT_GT(nth, 10u);
  EXPECT_GE(drops, 1u);
  server->close();
  loop.run();
}

}  // namespace
}  // namespace weir::tls
