// A connection that is cut short is a reset to its peer, and no end: SocketOptions'
// reset_unless_ended.
#include "support/child.h"
#include "support/net_test.h"
#include "support/system_calls.h"

#include <cerrno>
#include <csignal>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::net {
namespace {

constexpr const char* kReset = "error(ECONNRESET) close(true)";
constexpr const char* kEnd = "end prefinish finish close(false)";

class ResetUnlessEndedTest : public test::NetTest {
 protected:
  // The peer reads all data, and logs.
  void serve_reader() {
    serve([this](Socket& s) {
      watch(s, "peer");
      s.resume();
    });
  }
  Ref<Socket> sender(SocketOptions options = {}) {
    options.reset_unless_ended = resets;
    auto c = client({.socket = options});
    c->on<Error>([] {});
    return c;
  }
  // The events of the peer, once both have closed.
  std::string peer_saw() {
    run();
    return log_of("peer");
  }

  bool resets = true;
};

// How a sender stops before its end.
struct Interruption {
  const char* name;
  void (*stop)(Socket&);
};

const Interruption kWays[] = {
    {"is_destroyed", [](Socket& s) { s.destroy(); }},
    {"is_destroyed_with_an_error", [](Socket& s) { s.destroy(Error("x")); }},
    {"is_ended_while_it_is_full_and_destroyed",
     [](Socket& s) {
       while (s.write(std::string(1 << 20, 'x'))) {
       }
       s.end();
       s.destroy();
     }},
};

class StoppedSenderTest : public ResetUnlessEndedTest,
                          public testing::WithParamInterface<Interruption> {};

INSTANTIATE_TEST_SUITE_P(WhereItsSocket, StoppedSenderTest, testing::ValuesIn(kWays),
                         [](const auto& way) { return way.param.name; });

TEST_P(StoppedSenderTest, IsAResetToItsPeer) {
  serve_reader();
  auto c = sender();
  c->on<Ready>([&] { c->write("half", [&] { GetParam().stop(*c); }); });
  EXPECT_EQ(peer_saw(), kReset);
}

// The problem that the option solves.
TEST_P(StoppedSenderTest, LooksCompleteWithoutTheOption) {
  resets = false;
  serve_reader();
  auto c = sender();
  c->on<Ready>([&] { c->write("half", [&] { GetParam().stop(*c); }); });
  EXPECT_EQ(peer_saw(), kEnd);
}

TEST_F(ResetUnlessEndedTest, AnAbortIsAReset) {
  serve_reader();
  std::stop_source stop;
  auto c = sender({.signal = stop.get_token()});
  c->on<Ready>([&] { c->write("half", [&] { stop.request_stop(); }); });
  EXPECT_EQ(peer_saw(), kReset);
}

TEST_F(ResetUnlessEndedTest, AWriteThatTheSystemRefusesIsAReset) {
  for (const int error : {ENOBUFS, ENOMEM, EIO}) {
    serve_reader();
    auto c = sender();
    c->on<Ready>([&] {
      c->write("half", [&] {
        test::FailingCalls failing({.calls = test::Calls::sends, .error = error});
        failing.during([&] { c->end(std::string(1 << 20, 'x')); });
        EXPECT_TRUE(failing.have_failed());
      });
    });
    EXPECT_EQ(peer_saw(), kReset);
  }
}

TEST_F(ResetUnlessEndedTest, ADestroyedLoopIsAReset) {
  serve_reader();
  {
    Loop other;
    auto c = connect(other, {.port = port, .socket = {.reset_unless_ended = true}});
    bool is_sent = false;
    c->write("half", [&] { is_sent = true; });
    while (!is_sent) other.poll();
  }
  EXPECT_EQ(peer_saw(), kReset);
}

TEST_F(ResetUnlessEndedTest, AKilledProcessIsAReset) {
  serve_reader();
  const pid_t child = test::fork_child();
  if (child == 0) {
    Loop other;
    auto c = connect(other, {.port = port, .socket = {.reset_unless_ended = true}});
    c->write("half", [] { ::kill(::getpid(), SIGKILL); });
    other.run();
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  EXPECT_EQ(peer_saw(), kReset);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(ResetUnlessEndedTest, AnEndIsAnEnd) {
  serve_reader();
  auto c = sender();
  c->resume();
  c->end("all");
  EXPECT_EQ(peer_saw(), kEnd);
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish end close(false)");
}

TEST_F(ResetUnlessEndedTest, AnEndStaysAnEnd) {
  serve_reader();
  auto c = sender();
  c->write(std::string(1 << 20, 'x'));
  c->end([&] { c->destroy(Error("late")); });
  EXPECT_EQ(peer_saw(), kEnd);
}

TEST_F(ResetUnlessEndedTest, AConnectionThatWasAcceptedIsCutOffAsOneThatWasMade) {
  serve([](Socket& s) { s.once<Data>([&s] { s.write("half", [&s] { s.destroy(); }); }); },
        {.reset_unless_ended = true});
  auto c = client();
  c->resume();
  c->write("ask");
  run();
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) close(true)");
}

TEST_F(ResetUnlessEndedTest, AConnectionThatWasAcceptedEndsAsOneThatWasMade) {
  serve([](Socket& s) { s.end("all"); }, {.reset_unless_ended = true});
  client()->resume();
  run();
  EXPECT_EQ(log_of("c"), "connect ready end prefinish finish close(false)");
}

TEST_F(ResetUnlessEndedTest, AConnectionThatCannotPromiseItFails) {
  serve_reader();
  auto c = sender();
  test::FailingCalls failing({.calls = test::Calls::options, .error = ENOMEM});
  failing.during([&] { run(); });
  EXPECT_EQ(log_of("c"), "error(ENOMEM) close(true)");
}

TEST_F(ResetUnlessEndedTest, AnEndThatWouldStillBeAResetFails) {
  serve_reader();
  auto c = sender();
  c->end("all");
  test::FailingCalls failing({.calls = test::Calls::options, .first = 2, .error = ENOMEM});
  failing.during([&] { run(); });
  EXPECT_EQ(log_of("c"), "connect ready error(ENOMEM) close(true)");
}

// A unix socket has no reset, so the peer cannot distinguish it from an end.
TEST_F(ResetUnlessEndedTest, AUnixSocketThatIsCutOffHasEnded) {
  const std::string path = "/tmp/weir-reset-test-" + std::to_string(::getpid());
  server = create_server(loop, [&](Socket& s) {
    watch(s, "peer");
    s.resume();
  });
  server->listen({.path = path});
  auto c = connect(loop, {.path = path, .socket = {.reset_unless_ended = true}});
  c->write("half", [&] { c->destroy(); });
  EXPECT_EQ(peer_saw(), kEnd);
}

}  // namespace
}  // namespace weir::net
