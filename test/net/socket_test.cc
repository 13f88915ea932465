#include <weir/net/socket.h>

#include "support/descriptors.h"
#include "support/net_test.h"
#include <weir/base/error.h>
#include <weir/loop/stepped_clock.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

using Data = Socket::Data;

class SocketTest : public test::NetTest {};

TEST_F(SocketTest, ConnectsWritesAndEndsInNodesOrder) {
  std::string got;
  serve([&](Socket& s) {
    watch(s, "s");
    s.on<Data>([&](const Data& data) { got += data.chunk.text(); });
  });
  auto c = client();
  EXPECT_TRUE(c->connecting());
  EXPECT_TRUE(c->pending());
  EXPECT_EQ(c->ready_state(), "opening");
  EXPECT_TRUE(c->write("hi", logs["c"].callback("wcb")));
  EXPECT_EQ(c->bytes_written(), 2u);
  EXPECT_EQ(c->writable_length(), 2u);
  c->end("bye", logs["c"].callback("endcb"));
  c->once<Connect>([&] {
    EXPECT_FALSE(c->pending());
    EXPECT_EQ(c->ready_state(), "readOnly");
    EXPECT_EQ(to_string(*c->remote_address()), "127.0.0.1:" + std::to_string(port));
    EXPECT_EQ(c->local_address()->family, Family::ipv4);
  });
  c->once<Close>([&] {
    EXPECT_EQ(c->bytes_written(), 5u);
    EXPECT_EQ(c->bytes_read(), 0u);
    EXPECT_EQ(c->ready_state(), "closed");
  });
  run();
  EXPECT_EQ(got, "hibye");
  EXPECT_EQ(log_of("c"), "connect wcb ready prefinish endcb finish end close(false)");
  EXPECT_EQ(log_of("s"), "end prefinish finish close(false)");
}

TEST_F(SocketTest, EndsItselfWhenThePeerHasEnded) {
  serve([&](Socket& s) {
    watch(s, "s");
    s.end("x");
    s.resume();
  });
  auto c = client();
  c->resume();
  run();
  EXPECT_EQ(log_of("c"), "connect ready end prefinish finish close(false)");
  EXPECT_EQ(log_of("s"), "prefinish finish end close(false)");
}

TEST_F(SocketTest, MayWriteOnWithHalfOpen) {
  std::string got;
  serve([&](Socket& s) {
    s.on<Data>([&](const Data& data) { got += data.chunk.text(); });
    s.end("x");
  });
  auto c = client({.socket = {.allow_half_open = true}});
  c->resume();
  c->on<End>([&] {
    EXPECT_EQ(c->ready_state(), "writeOnly");
    c->end("late");
  });
  run();
  EXPECT_EQ(got, "late");
  EXPECT_EQ(log_of("c"), "connect ready end prefinish finish close(false)");
}

TEST_F(SocketTest, NamesTheAddressThatRefusedIt) {
  serve([](Socket&) {});
  server->close();
  auto c = client();
  Error why;
  c->once<Error>([&](const Error& error) { why = error; });
  c->write("a", logs["c"].callback("wcb"));
  c->end(logs["c"].callback("endcb"));
  loop.run();
  EXPECT_EQ(log_of("c"),
            "attemptFailed error(ECONNREFUSED) close(true) "
            "wcb(ERR_SOCKET_CLOSED_BEFORE_CONNECTION) endcb(ECONNREFUSED)");
  EXPECT_EQ(std::string(why.what()), "connect ECONNREFUSED 127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(why.syscall(), "connect");
}

TEST_F(SocketTest, ClosesWithTheErrorItWasDestroyedWith) {
  serve([&](Socket& s) {
    watch(s, "s");
    s.resume();
  });
  auto c = client();
  c->on<Ready>([&] { c->destroy(Error("x")); });
  run();
  EXPECT_EQ(log_of("c"), "connect ready error(x) close(true)");
  EXPECT_EQ(log_of("s"), "end prefinish finish close(false)");
}

TEST_F(SocketTest, EmitsTimeoutAndContinues) {
  using std::chrono_literals::operator""ms;
  SteppedClock clock(loop);
  serve([](Socket& s) { s.resume(); });
  close_after_first();
  auto c = client();
  c->resume();
  c->set_timeout(15ms, [&] {
    EXPECT_FALSE(c->destroyed());
    EXPECT_EQ(c->timeout(), 15ms);
    c->end();
  });
  until([&] { return !c->connecting(); });
  clock.pass(14ms);
  EXPECT_EQ(log_of("c"), "connect ready");
  clock.pass(1ms);
  loop.run();
  EXPECT_EQ(log_of("c"), "timeout prefinish finish end close(false)");
  EXPECT_EQ(test::name_of(test::thrown_by([&] { c->set_timeout(-1ms); })), "ERR_OUT_OF_RANGE");
}

TEST_F(SocketTest, WaitsToEndAndCloseUntilItIsRead) {
  serve([](Socket& s) { s.end("data"); });
  auto c = client();
  std::string got;
  int turns = 5;  // after all is there
  const std::function<void()> wait = [&] {
    if (c->readable_length() < 4 || --turns > 0) return static_cast<void>(loop.set_immediate(wait));
    EXPECT_EQ(log_of("c"), "connect ready");
    c->on<Data>([&](const Data& data) { got += data.chunk.text(); });
  };
  wait();
  run();
  EXPECT_EQ(got, "data");
  EXPECT_EQ(log_of("c"), "end prefinish finish close(false)");
}

TEST_F(SocketTest, ReadsUpToItsMarkWithoutAReader) {
  serve([](Socket& s) {
    const std::string chunk(1 << 16, 'x');
    for (int i = 0; i < 200; ++i) s.write(chunk);
    s.end();
    s.resume();
  });
  close_after_first();
  auto c = client();
  until([&] { return c->readable_length() > 0; });
  for (int turn = 0; turn < 100; ++turn) loop.poll();
  EXPECT_LE(c->readable_length(), (1u << 14) + (1u << 16));
  c->resume();
  loop.run();
  EXPECT_EQ(c->bytes_read(), 200u << 16);
}

TEST_F(SocketTest, AnEndOfOneThatNeverConnectedFinishes) {
  const auto socket = Socket::make(loop);
  test::EventLog& events = logs["c"];
  socket->on<Finish>([&] { events.add("finish"); });
  socket->end(events.callback("end"));
  loop.run();
  EXPECT_EQ(events.take(), "end finish");
  EXPECT_FALSE(socket->destroyed());
  socket->destroy();
  loop.run();
}

// The system would connect to the part before the zero byte.
TEST_F(SocketTest, AHostWithAZeroByteIsRefused) {
  const std::string host("127.0.0.1\0.example.org", 22);
  EXPECT_EQ(test::name_of(test::thrown_by([&] { net::connect(loop, 1, host); })),
            "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(test::name_of(test::thrown_by([&] { net::create_server(loop)->listen(0, host); })),
            "ERR_INVALID_ARG_VALUE");
  loop.run();
}

TEST_F(SocketTest, ReportsAReset) {
  serve([](Socket& s) { s.once<Data>([&s] { s.reset_and_destroy(); }); });
  auto c = client();
  c->write("x");
  c->on<Close>([&] { EXPECT_FALSE(c->write("x", logs["c"].callback("wcb"))); });
  run();
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) close(true) wcb(ERR_STREAM_DESTROYED)");
}

TEST_F(SocketTest, IsNotConnectedByItself) {
  auto c = watched(Socket::make(loop), "c");
  EXPECT_EQ(c->local_address(), std::nullopt);
  c->set_no_delay();
  c->set_keep_alive(true, std::chrono::seconds(1));
  c->ref();
  c->unref();
  loop.run();
  EXPECT_EQ(log_of("c"), "");
  c->destroy();
  auto d = watched(Socket::make(loop), "d");
  d->reset_and_destroy();
  loop.run();
  EXPECT_EQ(log_of("d"), "error(ERR_SOCKET_CLOSED) close(true)");
}

TEST_F(SocketTest, IsReadyAlsoWhereAConnectListenerDestroysIt) {
  serve([](Socket& s) { s.resume(); });
  auto c = client();
  c->on<Connect>([&] { c->destroy(); });
  run();
  EXPECT_EQ(log_of("c"), "connect ready close(false)");
}

TEST_F(SocketTest, RefusesInvalidAddresses) {
  const auto code = [](auto call) { return test::name_of(test::thrown_by(call)); };
  EXPECT_EQ(code([&] { connect(loop, ConnectOptions{}); }), "ERR_MISSING_ARGS");
  EXPECT_EQ(code([&] { connect(loop, 70000); }), "ERR_SOCKET_BAD_PORT");
  EXPECT_EQ(code([&] { connect(loop, {.port = 1, .local_address = "x"}); }),
            "ERR_INVALID_IP_ADDRESS");
  EXPECT_EQ(code([&] { Socket::make(loop, {.fd = -1}); }), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(code([&] { Socket::make(loop, {.fd = 0}); }), "ERR_INVALID_FD_TYPE");
  loop.run();
}

// Node's opens again.
TEST_F(SocketTest, ConnectsNoMoreOnceItHasClosed) {
  serve([](Socket& s) { s.end(); });
  auto c = client();
  c->resume();
  Error thrown;
  c->on<Close>([&] { thrown = test::thrown_by([&] { c->connect({.port = port}); }); });
  run();
  EXPECT_EQ(thrown.name(), "ERR_SOCKET_CLOSED");
  EXPECT_EQ(log_of("c"), "connect ready end prefinish finish close(false)");
}

TEST_F(SocketTest, EndsWithAnAbortWhereItsSignalStops) {
  serve([](Socket& s) { s.resume(); });
  std::stop_source stop;
  auto c = client({.socket = {.signal = stop.get_token()}});
  c->on<Connect>([&] { stop.request_stop(); });
  run();
  EXPECT_EQ(log_of("c"), "connect ready error(ABORT_ERR) close(true)");
}

TEST_F(SocketTest, ReachesAUnixSocketByPathAndByAbstractName) {
  for (std::string path : {std::string("/tmp/weir-socket-test-") + std::to_string(::getpid()),
                           std::string("\0weir-socket-test-", 18) + std::to_string(::getpid())}) {
    server = create_server(loop, [&](Socket& s) {
      EXPECT_EQ(s.remote_address(), std::nullopt);
      s.end("hey");
    });
    server->listen({.path = path});
    EXPECT_EQ(server->address()->address, path);
    auto c = watched(connect(loop, path), "c");
    std::string got;
    c->on<Data>([&](const Data& data) { got += data.chunk.text(); });
    run();
    EXPECT_EQ(got, "hey");
    EXPECT_EQ(log_of("c"), "connect ready end prefinish finish close(false)");
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
  }
}

TEST_F(SocketTest, EmitsTheAttemptToReachAPathOnALaterTick) {
  auto c = watched(connect(loop, "/tmp/weir-no-such-socket"), "c");
  c->on<ConnectionAttempt>([&] { logs["c"].add("attempt"); });
  loop.run();
  EXPECT_EQ(log_of("c"), "attempt attemptFailed error(ENOENT) close(true)");
}

TEST_F(SocketTest, ListenersThatThrowHoldUpNoConnection) {
  survive();
  const auto throwing = [] { throw std::runtime_error("listener"); };
  std::string got;
  serve([&](Socket& s) {
    s.on<Data>([&](const Data& data) { got += data.chunk.text(); });
    s.on<End>([&s] { s.end("answer"); });
  });
  const auto look_up = [&](const std::string&, Family, LookupDone done) {
    loop.set_immediate([done = std::move(done)]() mutable {
      done({}, {Address{"127.0.0.9", Family::ipv4}, Address{"127.0.0.1", Family::ipv4}});
    });
  };
  auto c = connect(
      loop,
      {.port = port, .host = "name.test", .lookup = look_up, .socket = {.allow_half_open = true}});
  c->on<Lookup>(throwing);
  c->on<ConnectionAttempt>(throwing);
  c->on<ConnectionAttemptFailed>(throwing);
  c->on<Connect>(throwing);
  c->on<Ready>(throwing);
  c->write("question", [](const Error&) { throw std::runtime_error("callback"); });
  c->end();
  std::string heard;
  c->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
  run();
  EXPECT_EQ(got, "question");
  EXPECT_EQ(heard, "answer");
  EXPECT_EQ(after_run(), "! ! ! ! ! ! ! !");
  EXPECT_TRUE(c->closed());
}

TEST_F(SocketTest, NamesAUnixSocketThatIsNotThere) {
  auto c = watched(connect(loop, "/tmp/weir-no-such-socket"), "c");
  c->once<Error>([](const Error& error) {
    EXPECT_STREQ(error.what(), "connect ENOENT /tmp/weir-no-such-socket");
  });
  loop.run();
  EXPECT_EQ(log_of("c"), "attemptFailed error(ENOENT) close(true)");
}

TEST_F(SocketTest, TakesAConnectedDescriptorOver) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  auto a = watched(Socket::make(loop, {.fd = ends[0]}), "a");
  auto b = watched(Socket::make(loop, {.fd = ends[1]}), "b");
  std::string got;
  b->on<Data>([&](const Data& data) { got += data.chunk.text(); });
  a->resume();
  a->end("over");
  loop.run();
  EXPECT_EQ(got, "over");
  EXPECT_EQ(log_of("a"), "prefinish finish end close(false)");
}

TEST_F(SocketTest, LeavesNoDescriptorOpen) {
  const std::size_t before = test::open_descriptors();
  serve([](Socket& s) {
    s.resume();
    s.end("x");
  });
  for (int i = 0; i < 5; ++i) client()->resume();
  int left = 5;
  server->on<ConnectionEvent>([&](const ConnectionEvent& event) {
    event.socket->once<Close>([&] {
      if (--left == 0) server->close();
    });
  });
  loop.run();
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(SocketLifeTest, IsDestroyedWithItsLoop) {
  // A Loop fills the standard descriptors that are closed, and leaves them so.
  static_cast<void>(Loop());
  const std::size_t before = test::open_descriptors();
  {
    Loop loop;
    auto server = create_server(loop);
    server->listen(0, "127.0.0.1");
    {
      auto c = connect(loop, server->address()->port, "127.0.0.1");
      c->write("never read");
      c->on<Ready>([&] { loop.stop(); });
    }
    loop.run();
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST_F(SocketTest, EchoesThroughAPipe) {
  serve([](Socket& s) { s.pipe(Ref<Socket>(&s)); });
  auto c = client();
  std::string got;
  c->on<Data>([&](const Data& data) { got += data.chunk.text(); });
  const std::string sent(3'000'000, 'e');
  c->end(sent);
  run();
  EXPECT_EQ(got.size(), sent.size());
}

TEST_F(SocketTest, ReturnsItselfWhereNodeDoes) {
  const auto socket = Socket::make(loop);
  Socket& same = socket->set_timeout(std::chrono::hours(1), std::function<void()>())
                     .set_no_delay()
                     .set_keep_alive(true)
                     .unref()
                     .ref()
                     .pause()
                     .set_encoding("utf8")
                     .resume();
  EXPECT_EQ(&same, socket.get());
  Connection& connection = same;
  EXPECT_EQ(&connection.set_timeout({}).set_no_delay().set_keep_alive().ref().unref().end("x"),
            socket.get());
  Socket& destroyed = socket->destroy();
  EXPECT_EQ(&destroyed, socket.get());
  loop.run();

  serve([](Socket& s) {
    s.on<Error>([] {});
    s.resume();
  });
  const auto connected = Socket::make(loop);
  connected->on<Error>([] {});
  Socket& connecting = connected->connect({.port = port, .host = "127.0.0.1"}, nullptr);
  EXPECT_EQ(&connecting.reset_and_destroy(), connected.get());
  run();
}

}  // namespace
}  // namespace weir::net
