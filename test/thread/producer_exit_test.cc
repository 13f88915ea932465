// Producers in static variables, at the end of a process.
#include <weir/fs/write_stream.h>
#include <weir/thread/producer.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ProducerExitDeathTest : public testing::Test {
 protected:
  ProducerExitDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

std::optional<Producer>& static_log() {
  static std::optional<Producer> log;
  return log;
}

// Uses the static Producer during the destruction of static variables.
struct UsesLog {
  ~UsesLog() {
    if (!static_log()) return;
    const Producer log = *static_log();
    log.write("from a static destructor\n");
    log.flush_and_wait(std::chrono::nanoseconds(0));
    if (!log.error()) std::_Exit(3);
  }
};

TEST_F(ProducerExitDeathTest, AStaticOneOutlivesItsLoop) {
  const auto run = [] {
    static_log();
    static const UsesLog uses;
    Loop loop;
    static_log().emplace(loop, fs::create_write_stream(loop, "/dev/null"),
                         ProducerOptions{.keep_running = false});
    static_log()->write("a\n");
    loop.run();
  };
  EXPECT_EXIT((run(), std::exit(0)), testing::ExitedWithCode(0), "");
}

TEST_F(ProducerExitDeathTest, TheProcessMayEndWhileThreadsAreBlocked) {
  const auto run = [] {
    static Loop loop;
    static_log().emplace(loop,
                         Writable::make(loop, {.write =
                                                   [](const Chunk&, Done done) {
                                                     static std::optional<Done> never;
                                                     never.emplace(std::move(done));
                                                   }}),
                         ProducerOptions{.capacity = 16});
    std::thread([log = *static_log()] {
      while (log.write("0123456789")) {
      }
    }).detach();
    for (int i = 0; i < 100; ++i) loop.poll();
  };
  EXPECT_EXIT((run(), std::exit(0)), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weir
