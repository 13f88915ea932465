#include <weir/loop/crash_flush.h>

#include "loop/crash_registry.h"
#include "loop/loop_local.h"
#include "support/sanitizer.h"
#include "support/temporary_folder.h"
#include <weir/loop/loop.h>
#include <weir/loop/loop_group.h>
#include <weir/loop/signal.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {
namespace {

// A stream with these bytes in its buffer.
class TextWriter final : public internal::CrashWriter {
 public:
  TextWriter(Loop& loop, const std::string& path, std::string_view text)
      : fd_(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)), text_(text) {
    internal::loop_local<internal::CrashRegistry>(loop).add(*this);
  }
  ~TextWriter() { ::close(fd_); }
  const void* crash_key() const noexcept override { return this; }
  internal::CrashFile crash_flush() noexcept override {
    internal::CrashFile file(fd_, {});
    file.write(std::as_bytes(std::span(text_)));
    return file;
  }

 private:
  const int fd_;
  const std::string_view text_;
};

class TextRecords final : public internal::CrashRecords {
 public:
  TextRecords(Loop& loop, const void* stream, std::string_view text)
      : stream_(stream), text_(text) {
    internal::loop_local<internal::CrashRegistry>(loop).add(*this);
  }
  const void* crash_key() const noexcept override { return stream_; }
  void crash_flush(internal::CrashFile& file) noexcept override {
    file.write(std::as_bytes(std::span(text_)));
  }

 private:
  const void* const stream_;
  const std::string_view text_;
};

volatile int* volatile forbidden = reinterpret_cast<volatile int*>(8);

class FaultyWriter final : public internal::CrashWriter {
 public:
  explicit FaultyWriter(Loop& loop) {
    internal::loop_local<internal::CrashRegistry>(loop).add(*this);
  }
  const void* crash_key() const noexcept override { return this; }
  internal::CrashFile crash_flush() noexcept override {
    *forbidden = 1;
    return {};
  }
};

class CrashFlushTest : public testing::Test {
 protected:
#if WEIR_TEST_THREAD_SANITIZER
  void SetUp() override { GTEST_SKIP() << "the thread sanitizer delays signals"; }
#endif
  std::string path() const { return folder_.path("log"); }
  std::string content() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  test::TemporaryFolder folder_;
};
// The handlers and the waiting thread belong to the process, so each test has one of its own.
using CrashFlushDeathTest = CrashFlushTest;

TEST_F(CrashFlushDeathTest, WritesAStreamsDataThenItsRecords) {
  const auto run = [this] {
    Loop loop;
    const CrashFlush crash_flush(loop);
    TextWriter stream(loop, path(), "data,");
    TextRecords records(loop, stream.crash_key(), "records");
    TextRecords others(loop, &loop, "of another stream");
    std::raise(SIGTRAP);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTRAP), "");
  EXPECT_EQ(content(), "data,records");
}

TEST_F(CrashFlushDeathTest, SkipsAStreamThatFaults) {
  const auto run = [this] {
    Loop loop;
    const CrashFlush crash_flush(loop);
    TextWriter last(loop, path(), "last,");
    FaultyWriter faulty(loop);
    TextWriter first(loop, path(), "first,");
    std::raise(SIGTRAP);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTRAP), "");
  EXPECT_EQ(content(), "first,last,");
}

TEST_F(CrashFlushDeathTest, WritesTheDataOfEveryLoop) {
  const auto run = [this] {
    LoopGroup loops(3);
    std::vector<std::unique_ptr<TextWriter>> streams;
    std::vector<CrashFlush> flushes;
    for (std::size_t i = 0; i < 3; ++i) {
      flushes.emplace_back(loops[i], CrashFlushOptions{.patience = std::chrono::seconds(30)});
      streams.push_back(std::make_unique<TextWriter>(loops[i], path(), "data,"));
    }
    loops[1].post([] { std::raise(SIGTRAP); });
    const Loop::KeepAlive running(loops[0]);
    loops.run();
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTRAP), "");
  EXPECT_EQ(content(), "data,data,data,");
}

TEST_F(CrashFlushDeathTest, WritesWhereTheLoopsThreadIsNotRunningIt) {
  const auto run = [this] {
    Loop loop;
    const CrashFlush crash_flush(loop, {.patience = std::chrono::milliseconds(1)});
    TextWriter stream(loop, path(), "data");
    ::kill(::getpid(), SIGTERM);
    for (;;) ::pause();
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EQ(content(), "data");
}

TEST_F(CrashFlushDeathTest, CallsTheHandlerThatWasThereBefore) {
  const auto run = [this] {
    struct sigaction before{};
    before.sa_handler = [](int) { ::_exit(9); };
    ::sigaction(SIGTRAP, &before, nullptr);
    Loop loop;
    const CrashFlush crash_flush(loop);
    TextWriter stream(loop, path(), "data");
    std::raise(SIGTRAP);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(9), "");
  EXPECT_EQ(content(), "data");
}

TEST_F(CrashFlushDeathTest, WritesNothingOnceItIsDestroyed) {
  const auto run = [this] {
    Loop loop;
    TextWriter stream(loop, path(), "data");
    std::optional<CrashFlush> crash_flush(loop);
    crash_flush.reset();
    std::raise(SIGTRAP);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTRAP), "");
  EXPECT_EQ(content(), "");
}

TEST_F(CrashFlushDeathTest, AStreamThatIsGoneIsNotWritten) {
  const auto run = [this] {
    Loop loop;
    const CrashFlush crash_flush(loop);
    TextWriter kept(loop, path(), "kept");
    {
      const TextWriter gone(loop, path(), "gone");
    }
    std::raise(SIGTRAP);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTRAP), "");
  EXPECT_EQ(content(), "kept");
}

TEST_F(CrashFlushDeathTest, ASignalThatArrivesAsItIsDestroyedStillEndsTheProcess) {
  const auto run = [] {
    Loop loop;
    std::optional<CrashFlush> crash_flush(std::in_place, loop);
    ::kill(::getpid(), SIGTERM);
    crash_flush.reset();
    std::_Exit(0);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGTERM), "");
}

TEST_F(CrashFlushDeathTest, ASignalOfTheLoopReplacesIt) {
  const auto run = [] {
    Loop loop;
    const CrashFlush crash_flush(loop);
    const Loop::KeepAlive running(loop);
    const Signal terminated(loop, SIGTERM, [] { std::_Exit(5); });
    ::kill(::getpid(), SIGTERM);
    loop.run();
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(5), "");
}

TEST_F(CrashFlushDeathTest, LeavesAnIgnoredSignalIgnored) {
  const auto run = [] {
    std::signal(SIGHUP, SIG_IGN);
    Loop loop;
    const CrashFlush crash_flush(loop);
    std::raise(SIGHUP);
    std::_Exit(4);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(4), "");
}

TEST_F(CrashFlushTest, RestoresTheHandlersThatWereThereBefore) {
  struct sigaction before{};
  struct sigaction during{};
  struct sigaction after{};
  ::sigaction(SIGSYS, nullptr, &before);
  {
    Loop loop;
    const CrashFlush first(loop);
    const CrashFlush second(loop);
    ::sigaction(SIGSYS, nullptr, &during);
  }
  ::sigaction(SIGSYS, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  EXPECT_NE(during.sa_handler, before.sa_handler);
}

TEST_F(CrashFlushTest, MayOutliveItsLoop) {
  std::optional<Loop> loop(std::in_place);
  const CrashFlush crash_flush(*loop);
  loop.reset();
}

TEST_F(CrashFlushDeathTest, AForkedChildMayDestroyTheInheritedOneAfterItsOwn) {
  const auto run = [] {
    Loop loop;
    std::optional<CrashFlush> inherited(std::in_place, loop);
    if (const pid_t child = ::fork(); child != 0) {
      int status = -1;
      ::waitpid(child, &status, 0);
      std::_Exit(status == 0 ? 0 : 1);
    }
    {
      Loop own;
      const CrashFlush crash_flush(own);
    }
    inherited.reset();
    std::_Exit(0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

TEST_F(CrashFlushTest, DoesNotKeepTheLoopRunning) {
  Loop loop;
  const CrashFlush crash_flush(loop);
  loop.run();
}

TEST_F(CrashFlushTest, RefusesANegativePatience) {
  Loop loop;
  EXPECT_THROW(CrashFlush(loop, {.patience = std::chrono::milliseconds(-1)}), Error);
}

}  // namespace
}  // namespace weir
