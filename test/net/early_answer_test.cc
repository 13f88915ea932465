// A peer that answers before it has received everything, and closes: sending to it fails while its
// answer is still to be read.
#include "support/descriptors.h"
#include "support/loop_test.h"
#include "support/tls_net_test.h"
#include <weir/net/socket.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

enum class AnswerEnd { closes_with_input_unread, resets, ends };
enum class Domain { tcp, unix_path };
enum class Reader { flows, pauses, reads_when_readable, pipes, none };

struct Case {
  Domain domain;
  AnswerEnd way;
  Reader reader;
  std::size_t answer;
};

std::string name_of_case(const Case& each) {
  const auto pick = [](auto value, auto... names) {
    const char* const all[] = {names...};
    return std::string(all[static_cast<std::size_t>(value)]);
  };
  return pick(each.domain, "tcp", "unix") + "_" +
         pick(each.way, "closes_with_input_unread", "resets", "ends") + "_" +
         pick(each.reader, "flows", "pauses", "reads_when_readable", "pipes", "no_reader") + "_" +
         std::to_string(each.answer);
}

std::pair<int, int> tcp_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof here;
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  EXPECT_EQ(::bind(listener, address, length), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  EXPECT_EQ(::getsockname(listener, address, &length), 0);
  const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(one, address, length), 0);
  const int other = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  ::close(listener);
  return {one, other};
}

std::pair<int, int> unix_pair() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {ends[0], ends[1]};
}

class EarlyAnswerTest : public test::LoopTest, public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    std::tie(fd, peer) = GetParam().domain == Domain::tcp ? tcp_pair() : unix_pair();
    answer.assign(GetParam().answer, 'a');
    c = Socket::make(loop, {.allow_half_open = true, .fd = fd});
    c->on<Broken>([this](const Broken& broken) {
      EXPECT_FALSE(failed);
      EXPECT_EQ(broken.error.syscall(), "write");
      is_broken = true;
    });
    c->on<End>([this] { ended = true; });
    c->on<Error>([this](const Error& error) {
      failed = true;
      heard_at_error = heard.size();
      log.add("error", is_gone(error) ? Error() : error);
    });
    c->on<Close>(
        [this](const Close& close) { log.add(close.had_error ? "close" : "close(false)"); });
    begin_to_read();
  }

  static bool is_gone(const Error& error) {
    return error.code() == std::errc::broken_pipe || error.code() == std::errc::connection_reset;
  }

  void begin_to_read() {
    const auto hear = [this](const Data& data) { heard += data.chunk.text(); };
    switch (GetParam().reader) {
      case Reader::flows:
        c->on<Data>(hear);
        break;
      case Reader::pauses:
        c->on<Data>([this, hear](const Data& data) {
          hear(data);
          c->pause();
          loop.set_immediate([this] { loop.set_immediate([this] { c->resume(); }); });
        });
        break;
      case Reader::reads_when_readable:
        c->on<ReadableEvent>([this] {
          while (const auto chunk = c->read()) heard += chunk->text();
        });
        break;
      case Reader::pipes:
        // A destination that takes a piece at a time, each on a later turn.
        c->pipe(Writable::make(loop,
                               {.write =
                                    [this](const Chunk& chunk, Done done) {
                                      heard += chunk.text();
                                      loop.set_immediate(std::move(done));
                                    }},
                               {.high_water_mark = 1}));
        break;
      case Reader::none:
        break;
    }
  }

  // The answer arrives and the peer closes, without a turn of the loop between.
  void answer_and_go() {
    EXPECT_EQ(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    if (GetParam().way == AnswerEnd::closes_with_input_unread) {
      EXPECT_EQ(::send(fd, "x", 1, 0), 1);
    }
    if (GetParam().way == AnswerEnd::resets) {
      const linger now{.l_onoff = 1, .l_linger = 0};
      EXPECT_EQ(::setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    }
    ::close(peer);
    // A peer that has ended answers further data with a reset.
    if (GetParam().way == AnswerEnd::ends && GetParam().domain == Domain::tcp) {
      EXPECT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1);
    }
  }

  int fd = -1;
  int peer = -1;
  Ref<Socket> c;
  std::string answer;
  std::string heard;
  std::size_t heard_at_error = 0;
  bool is_broken = false;
  bool failed = false;
  bool ended = false;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Domain domain : {Domain::tcp, Domain::unix_path})
    for (const AnswerEnd way :
         {AnswerEnd::closes_with_input_unread, AnswerEnd::resets, AnswerEnd::ends})
      for (const Reader reader : {Reader::flows, Reader::pauses, Reader::reads_when_readable,
                                  Reader::pipes, Reader::none})
        for (const std::size_t answer : {std::size_t{4}, std::size_t{100'000}})
          all.push_back({domain, way, reader, answer});
  return all;
}

INSTANTIATE_TEST_SUITE_P(ForEachReader, EarlyAnswerTest, testing::ValuesIn(cases()),
                         [](const auto& each) { return name_of_case(each.param); });

TEST_P(EarlyAnswerTest, IsReadBeforeTheWriteThatFailedIsCalledBack) {
  const std::size_t before = test::open_descriptors();
  answer_and_go();
  c->write("more",
           [this](const Error& error) { log.add("written", is_gone(error) ? Error() : error); });
  c->write("and more", [this](const Error& error) {
    EXPECT_TRUE(is_gone(error));
    log.add("next");
  });
  EXPECT_EQ(after_run(), "written next error close");
  const bool is_read = GetParam().reader != Reader::none;
  EXPECT_EQ(heard.size(), is_read ? answer.size() : 0);
  EXPECT_EQ(heard_at_error, heard.size());
  EXPECT_EQ(is_broken, is_read);
  EXPECT_EQ(test::open_descriptors(), before - 2);
}

TEST_P(EarlyAnswerTest, IsReadBeforeTheErrorOfAWriteWithoutACallback) {
  answer_and_go();
  for (int i = 0; i < 40; ++i) c->write(std::string(1000, 'x'));
  EXPECT_EQ(after_run(), "error close");
  EXPECT_EQ(heard.size(), GetParam().reader == Reader::none ? 0 : answer.size());
  EXPECT_EQ(heard_at_error, heard.size());
}

// The end was received as well, where the peer had ended before it reset the connection.
TEST_P(EarlyAnswerTest, HasItsEndWhereThePeerHasEnded) {
  answer_and_go();
  c->write("more");
  loop.run();
  const bool is_read = GetParam().reader != Reader::none;
  if (GetParam().way == AnswerEnd::ends) {
    EXPECT_EQ(ended, is_read);
  }
  if (GetParam().way != AnswerEnd::ends && GetParam().domain == Domain::tcp) {
    EXPECT_FALSE(ended);
  }
}

// Reading finds the reset while the stream's buffer still has earlier data.
TEST_P(EarlyAnswerTest, IsReadBeforeTheErrorOfReading) {
  answer_and_go();
  loop.run();
  if (GetParam().reader != Reader::none) {
    EXPECT_EQ(heard.size(), answer.size());
  }
  if (failed) {
    EXPECT_EQ(heard_at_error, heard.size());
  }
  c->destroy();
  loop.run();
}

TEST_P(EarlyAnswerTest, DestroyDropsUnreadData) {
  answer_and_go();
  c->write("more", [this](const Error& error) { log.add("written", error); });
  c->on<Broken>([this](const Broken& broken) { c->destroy(broken.error); });
  after_run();
  EXPECT_TRUE(c->closed());
  EXPECT_TRUE(failed);
}

TEST_P(EarlyAnswerTest, OfADestroyedLoopReleasesEverything) {
  answer_and_go();
  {
    Loop other;
    c->destroy();
    loop.run();
    auto [one, two] = tcp_pair();
    const auto left = Socket::make(other, {.fd = one});
    left->on<Data>([&left] { left->pause(); });
    left->on<Error>([] {});
    EXPECT_EQ(::send(two, answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    EXPECT_EQ(::send(one, "x", 1, 0), 1);
    ::close(two);
    left->write("more");
    other.poll();
  }
}

}  // namespace
}  // namespace weir::net

namespace weir::tls {
namespace {

constexpr std::size_t kUpload = std::size_t{64} << 20;  // more than any system's buffers

// A server that answers at once, stops reading, and closes its connection.
class EarlyTlsAnswerTest : public test::TlsNetTest,
                           public testing::WithParamInterface<std::tuple<bool, bool>> {
 protected:
  static bool pauses() { return std::get<0>(GetParam()); }
  static bool says_end() { return std::get<1>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Client, EarlyTlsAnswerTest,
                         testing::Combine(testing::Bool(), testing::Bool()), [](const auto& each) {
                           return std::string(std::get<0>(each.param) ? "pauses" : "flows") +
                                  (std::get<1>(each.param) ? "_until_close_notify"
                                                           : "_until_reset");
                         });

TEST_P(EarlyTlsAnswerTest, IsReadBeforeTheWriteThatFailedIsCalledBack) {
  const std::string answer(60'000, 'a');
  for (int i = 0; i < 8; ++i) {
    Ref<net::Socket> wire;
    serve({}, [&](Socket& socket) {
      socket.on<Error>([] {});
      socket.once<Data>([&] {
        socket.pause();
        const auto go = [&](const Error&) { wire->destroy(); };
        if (says_end())
          socket.end(answer, go);
        else
          socket.write(answer, go);
      });
    });
    server->on<net::ConnectionEvent>(
        [&](const net::ConnectionEvent& event) { wire = event.socket; });
    const auto c = tls::connect(
        loop, {.port = port, .host = "127.0.0.1", .context = {.ca = {authority.cert()}}});
    std::string heard;
    std::size_t heard_when_written = 0;
    c->on<Data>([&](const Data& data) {
      heard += data.chunk.text();
      if (!pauses()) return;
      c->pause();
      loop.set_immediate([&] { loop.set_immediate([&] { c->resume(); }); });
    });
    c->on<Error>([] {});
    int announced = 0;
    c->on<net::Broken>([&] { ++announced; });
    c->write(std::string(kUpload, 'u'), [&](const Error& error) {
      EXPECT_TRUE(error);
      heard_when_written = heard.size();
    });
    loop.run();
    ASSERT_LE(announced, 1);
    ASSERT_EQ(heard.size(), answer.size());
    ASSERT_EQ(heard_when_written, answer.size());
    ASSERT_TRUE(c->closed());
  }
}

TEST_F(EarlyTlsAnswerTest, FailsTheWriteAtOnceWithoutAReader) {
  Ref<net::Socket> wire;
  serve({}, [&](Socket& socket) {
    socket.on<Error>([] {});
    socket.once<Data>([&] {
      socket.pause();
      socket.write(std::string(60'000, 'a'), [&](const Error&) { wire->destroy(); });
    });
  });
  server->on<net::ConnectionEvent>([&](const net::ConnectionEvent& event) { wire = event.socket; });
  const auto c = tls::connect(
      loop, {.port = port, .host = "127.0.0.1", .context = {.ca = {authority.cert()}}});
  std::string written_with;
  c->on<Error>([&](const Error& error) {
    log.add("error");
    EXPECT_EQ(error.name(), written_with);
  });
  c->on<Close>(says("close"));
  c->write(std::string(kUpload, 'u'), [&](const Error& error) {
    log.add("written");
    written_with = error.name();
  });
  EXPECT_EQ(after_run(), "written error close");
  EXPECT_TRUE(written_with == "EPIPE" || written_with == "ECONNRESET") << written_with;
}

// Both sides have ended, and the connection below is closed: the reader is slower than that.
TEST_F(EarlyTlsAnswerTest, IsReadToItsEndAfterTheConnectionHasClosed) {
  const std::string answer(200'000, 'a');
  serve({}, [&](Socket& socket) {
    socket.resume();
    socket.end(answer);
  });
  const auto c = tls::connect(
      loop, {.port = port, .host = "127.0.0.1", .context = {.ca = {authority.cert()}}});
  std::string heard;
  bool ended = false;
  c->on<Data>([&](const Data& data) {
    heard += data.chunk.text();
    c->pause();
    loop.set_timeout(std::chrono::milliseconds(1), [&] { c->resume(); });
  });
  c->on<End>([&] { ended = true; });
  c->end("done");
  loop.run();
  EXPECT_EQ(heard.size(), answer.size());
  EXPECT_TRUE(ended);
  EXPECT_TRUE(c->closed());
}

}  // namespace
}  // namespace weir::tls
