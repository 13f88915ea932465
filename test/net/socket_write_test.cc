#include "support/heap.h"
#include "support/net_test.h"
#include <weir/base/error.h>
#include <weir/net/socket.h>

#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

using Data = Socket::Data;

class SocketWriteTest : public test::NetTest {};

TEST_F(SocketWriteTest, RefusesAWriteAfterThePeerHasEnded) {
  serve([&](Socket& s) {
    s.end("x");
    s.resume();
  });
  auto c = client();
  c->resume();
  c->on<End>([&] {
    loop.set_immediate([&] { EXPECT_FALSE(c->write("late", logs["c"].callback("wcb"))); });
  });
  c->once<Error>([](const Error& error) {
    EXPECT_EQ(error.message(), "This socket has been ended by the other party");
  });
  run();
  EXPECT_EQ(log_of("c"), "connect ready end wcb(EPIPE) error(EPIPE) close(true)");
}

TEST_F(SocketWriteTest, FailsItsWritesIfItIsDestroyedWhileConnecting) {
  serve([](Socket& s) { s.resume(); });
  auto c = client();
  c->write("a", logs["c"].callback("wcb"));
  loop.next_tick([&] { c->destroy(); });
  server->close();
  loop.run();
  EXPECT_EQ(log_of("c"), "close(false) wcb(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
}

// Node tries to send inside the write.
TEST_F(SocketWriteTest, SendsTheBytesThatTheSystemTakesBeforeItIsDestroyed) {
  std::string heard;
  serve([&](Socket& s) {
    s.on<Data>([&](const Data& data) { heard += data.chunk.text(); });
    s.on<Error>([] {});
  });
  auto c = client();
  c->on<Ready>([&] {
    c->write("a", logs["c"].callback("wcb"));
    c->destroy();
  });
  run();
  EXPECT_EQ(heard, "a");
  EXPECT_EQ(log_of("c"), "connect ready wcb close(false)");
}

TEST_F(SocketWriteTest, SendsAllBeforeItIsDestroyedSoon) {
  std::size_t got = 0;
  serve([&](Socket& s) { s.on<Data>([&](const Data& data) { got += data.chunk.size(); }); });
  auto c = client();
  c->write(std::string(200'000, 'x'));
  c->destroy_soon();
  run();
  EXPECT_EQ(got, 200'000u);
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish close(false)");
}

TEST_F(SocketWriteTest, IsFullUntilThePeerReads) {
  Ref<Socket> peer;
  serve([&](Socket& s) {
    peer = Ref<Socket>(&s);
    s.pause();
  });
  auto c = client();
  const std::string megabyte(1 << 20, 'x');
  std::size_t written = 0;
  c->on<Ready>([&] {
    while (c->write(megabyte)) written += megabyte.size();
    written += megabyte.size();
    EXPECT_TRUE(c->writable_need_drain());
    EXPECT_GT(c->writable_length(), 0u);
    loop.set_immediate([&] { peer->resume(); });
  });
  c->on<Drain>([&] {
    EXPECT_EQ(c->writable_length(), 0u);
    c->end();
  });
  run();
  EXPECT_EQ(log_of("c"), "connect ready drain prefinish finish end close(false)");
  EXPECT_EQ(peer->bytes_read(), written);
}

// The peer may have received of it, or not.
TEST_F(SocketWriteTest, AWriteThatIsDestroyedOnItsWayIsCancelled) {
  for (const Error& error : {Error(), Error(weir::Errc::aborted)}) {
    Ref<Socket> peer;
    serve([&](Socket& s) {
      peer = Ref(&s);
      s.pause();
    });
    auto c = client();
    c->on<Close>([&] { peer->destroy(); });
    c->on<Ready>([&] {
      c->write(Buffer::adopt(std::string(20'000'000, 'x')), logs["c"].callback("1"));
      loop.set_immediate([&] {
        c->write("b", logs["c"].callback("2"));
        c->end(logs["c"].callback("end"));
        c->destroy(error);
      });
    });
    run();
    EXPECT_EQ(log_of("c"), error ? "connect ready error(ABORT_ERR) 1(ECANCELED) 2(ABORT_ERR) "
                                   "end(ABORT_ERR) close(true)"
                                 : "connect ready 1(ECANCELED) 2(ECANCELED) end(ECANCELED) "
                                   "close(false)");
  }
}

TEST_F(SocketWriteTest, SurvivesAWriteToAClosedPeer) {
  // Without MSG_NOSIGNAL this test would end by SIGPIPE.
  serve([](Socket& s) { s.destroy(); });
  auto c = client({.socket = {.allow_half_open = true}});
  const std::function<void()> again = [&] {
    if (c->destroyed()) return;
    c->write("x");
    loop.set_immediate(again);
  };
  c->on<Ready>(again);
  c->resume();
  run();
  const std::string events = log_of("c");
  EXPECT_TRUE(events.contains("error(EPIPE) close(true)") ||
              events.contains("error(ECONNRESET) close(true)"))
      << events;
}

TEST_F(SocketWriteTest, FailsEveryPendingWriteOnceInOrder) {
  Ref<Socket> peer;
  serve([&](Socket& s) {
    peer = Ref<Socket>(&s);
    s.pause();
  });
  auto c = client();
  c->on<Ready>([&] {
    const std::string megabyte(1 << 20, 'x');
    while (c->write(megabyte)) {
    }
    c->write("a", logs["c"].callback("a"));
    c->write("b", logs["c"].callback("b"));
    loop.set_immediate([&] { peer->reset_and_destroy(); });
  });
  run();
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) a(ECONNRESET) b(ECONNRESET) close(true)");
}

TEST_F(SocketWriteTest, WritesInTheGivenEncoding) {
  std::string got;
  serve([&](Socket& s) { s.on<Data>([&](const Data& data) { got += data.chunk.text(); }); });
  auto c = client();
  c->on<Ready>([&] {
    c->write("\u00e9", Encoding::latin1);
    c->write("\u00e9");
    c->write("e9", Encoding::hex);
    EXPECT_EQ(c->bytes_written(), 4u);
    c->end();
  });
  run();
  EXPECT_EQ(got, "\xe9\xc3\xa9\xe9");
}

// Every kind of write, repeatedly: the write returns false, because it cannot succeed.
TEST_F(SocketWriteTest, AnswersFalseToAWriteThatLeadsNowhere) {
  const std::function<bool(Socket&)> writes[] = {
      [](Socket& s) { return s.write("x"); },
      [](Socket& s) { return s.write("78", Encoding::hex); },
      [](Socket& s) { return s.write(Buffer::adopt(std::string(100'000, 'x'))); },
      [](Socket& s) { return s.print("{}", 1); },
  };
  for (const auto& first : writes) {
    auto c = watched(Socket::make(loop), "c");
    EXPECT_FALSE(first(*c));
    EXPECT_FALSE(c->write("y", logs["c"].callback("second")));
    loop.run();
    EXPECT_EQ(log_of("c"), "second(ERR_SOCKET_CLOSED) error(ERR_SOCKET_CLOSED) close(true)");
  }
  auto c = watched(Socket::make(loop), "c");
  EXPECT_FALSE(c->write("x", logs["c"].callback("wcb")));
  EXPECT_EQ(c->ready_state(), "readOnly");
  loop.run();
  EXPECT_EQ(log_of("c"), "wcb(ERR_SOCKET_CLOSED) error(ERR_SOCKET_CLOSED) close(true)");
  auto d = watched(Socket::make(loop), "d");
  d->end("x", logs["d"].callback("endcb"));
  loop.run();
  EXPECT_EQ(log_of("d"), "endcb(ERR_SOCKET_CLOSED) error(ERR_SOCKET_CLOSED) close(true)");
}

TEST_F(SocketWriteTest, MergesWritesOnceItConnects) {
  std::string got;
  serve([&](Socket& s) { s.on<Data>([&](const Data& data) { got += data.chunk.text(); }); });
  auto c = watched(Socket::make(loop), "c");
  c->connect({.port = port, .host = "127.0.0.1"});
  EXPECT_TRUE(c->write("before "));
  c->on<Ready>([&] {
    EXPECT_TRUE(c->write("be"));
    EXPECT_TRUE(c->write("hind"));
    EXPECT_EQ(c->writable_length(), 6u);
    c->end();
  });
  run();
  EXPECT_EQ(got, "before behind");
}

TEST_F(SocketWriteTest, FreesSentChunksBeforeTheOthersAreSent) {
  if (!test::counts_the_heap()) GTEST_SKIP() << "the heap is a sanitizer's";
  constexpr int kCount = 64;
  constexpr std::size_t kSize = 100'000;
  const std::size_t before = test::heap_in_use();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  auto socket = Socket::make(loop, {.fd = ends[0]});
  socket->cork();
  for (int i = 0; i < kCount; ++i) socket->write(Buffer::adopt(std::string(kSize, 'x')));
  socket->uncork();
  std::string heard(kCount / 2 * kSize, '\0');
  for (std::size_t count = 0; count < heard.size(); loop.poll())
    if (const auto got = ::recv(ends[1], heard.data(), heard.size() - count, MSG_DONTWAIT); got > 0)
      count += static_cast<std::size_t>(got);
  EXPECT_LT(test::heap_in_use() - before - heard.size(), (kCount / 2 + 2) * kSize);
  socket->destroy();
  ::close(ends[1]);
  loop.run();
}
}  // namespace
}  // namespace weir::net
