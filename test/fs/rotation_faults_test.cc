// Rotations while the folder is gone, full or read-only, and while each system call fails once.

#include "fs/rotator.h"
#include "support/rotating_test.h"
#include <weir/fs/rotating_stream.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using testing::ElementsAre;

class RotationFaultsTest : public test::RotatingTest {};

TEST_F(RotationFaultsTest, EachCallFailsOnceAndNoRecordIsLost) {
  for (const auto& [renamed, nameless] :
       {std::pair(false, false), std::pair(false, true), std::pair(true, true)})
    for (const bool flush : {false, true})
      for (const int error : {EIO, ENOSPC, EPERM})
        for (std::size_t nth = 1;; ++nth) {
          SCOPED_TRACE(fmt::format("renamed {}, nameless {}, flush {}, error {}, call {}", renamed,
                                   nameless, flush, error, nth));
          for (const std::string& name : names()) std::filesystem::remove(path(name));
          put(path("log.000001"), "0\n");
          auto stream = rotating({.keep = 1, .flush = flush});
          stream->write("1\n");
          settle(stream);
          if (renamed) std::filesystem::rename(path("log"), path("log.moved"));
          bool has_failed = false;
          std::optional<Error> result;
          {
            const test::FailingFileCalls failing({.first = nth,
                                                  .error = error,
                                                  .has_nameless = nameless,
                                                  .includes_rotation = true});
            const auto called = [&](const Error& switched) { result = switched; };
            if (renamed)
              stream->reopen(called);
            else
              stream->rotate(called);
            turn_until([&] { return result.has_value(); });
            has_failed = failing.have_failed();
          }
          EXPECT_TRUE(has_failed || !*result) << result->what();
          const bool is_fatal = *result && result->syscall() == "fsync";
          EXPECT_TRUE(!is_fatal || flush);
          log.take();
          stream->end("2\n");
          loop.run();
          EXPECT_EQ(log.take().ends_with("finish close"), !is_fatal);
          // The oldest file may be removed, by the limit.
          std::string all = content();
          if (all.starts_with("0\n")) all.erase(0, 2);
          EXPECT_EQ(all, is_fatal ? "1\n" : "1\n2\n");
          for (const std::string& name : names())
            EXPECT_TRUE(name.starts_with("log") || has_failed) << name;
          if (!has_failed) break;
        }
}

TEST_F(RotationFaultsTest, AFailureKeepsTheOldFileAndIsReported) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  for (const int error : {EROFS, ENOSPC, EMFILE, EACCES}) {
    const test::FailingFileCalls failing(
        {.call = "openat", .first = 3, .error = error, .has_nameless = false});
    std::optional<Error> result;
    stream->rotate([&](const Error& rotated) { result = rotated; });
    turn_until([&] { return result.has_value(); });
    EXPECT_EQ(result->code().value(), error);
    EXPECT_EQ(result->syscall(), "open a new file in");
    EXPECT_EQ(stream->switches(), 0u);
  }
  stream->end("2\n");
  loop.run();
  EXPECT_EQ(read(path("log")), "1\n2\n");
  EXPECT_EQ(names(), test::Names{"log"});
}

TEST_F(RotationFaultsTest, RotatesIntoAFolderThatIsGone) {
  std::filesystem::create_directory(path("sub"));
  auto stream = create_rotating_stream(loop, path("sub/log"));
  stream->on<RotationFailed>([&](const RotationFailed& failed) { failure = failed.error; });
  stream->write("1\n");
  turn_until([&] { return stream->bytes_written() == 2; });
  std::filesystem::rename(path("sub"), path("moved"));
  stream->rotate();
  turn_until([&] { return failure == std::errc::no_such_file_or_directory; });
  EXPECT_EQ(std::string(failure.what()),
            "ENOENT: no such file or directory, open '" + path("sub/log") + "'");
  failure = {};
  stream->reopen();
  turn_until([&] { return failure == std::errc::no_such_file_or_directory; });
  stream->end("2\n");
  loop.run();
  EXPECT_EQ(read(path("moved/log")), "1\n2\n");
}

TEST_F(RotationFaultsTest, WithoutAListenerAFailureIsAWarning) {
  Warning warned;
  loop.on_warning([&](const Warning& warning) { warned = warning; });
  auto stream = create_rotating_stream(loop, path("log"));
  stream->write("1\n");
  turn_until([&] { return stream->bytes_written() == 2; });
  const test::FailingFileCalls failing({.call = "linkat", .error = EIO});
  stream->rotate();
  turn_until([&] { return !warned.name.empty(); });
  EXPECT_EQ(warned.name, "RotationFailedWarning");
  EXPECT_EQ(warned.message, "EIO: i/o error, link '" + path("log") + "'");
  stream->end();
  loop.run();
}

TEST_F(RotationFaultsTest, ARotationBySizeIsTriedAgainAfterATime) {
  SteppedClock clock(loop);
  auto stream = rotating({.max_size = 2});
  {
    const test::FailingFileCalls failing(
        {.call = "renameat", .error = EIO, .count = test::kAlways});
    for (int i = 0; i < 5; ++i) {
      stream->print("{}\n", i);
      settle(stream);
    }
    EXPECT_EQ(log.take(), "open ready failed(EIO)");
    clock.pass(10s);
    stream->write("5\n");
    settle(stream);
    EXPECT_EQ(log.take(), "failed(EIO)");
  }
  stream->write("6\n");
  settle(stream);
  EXPECT_EQ(names(), test::Names{"log"});
  clock.pass(10s);
  stream->end("7\n");
  EXPECT_EQ(after_run(), "rotated(log.000001) finish close");
  EXPECT_THAT(contents(), ElementsAre("0\n1\n2\n3\n4\n5\n6\n", "7\n"));
}

TEST_F(RotationFaultsTest, ARotationByTimeIsTriedAgainAfterATimeAndThePeriodsStay) {
  SteppedClock clock(loop);
  auto stream = rotating({.every = 1h});
  stream->write("1\n");
  settle(stream);
  {
    const test::FailingFileCalls failing(
        {.call = "renameat", .error = EIO, .count = test::kAlways});
    clock.pass(1h);
    settle(stream);
    EXPECT_EQ(log.take(), "open ready failed(EIO)");
    clock.pass(10s);
    settle(stream);
    EXPECT_EQ(log.take(), "failed(EIO)");
  }
  clock.pass(9s);
  settle(stream);
  EXPECT_EQ(log.take(), "");
  clock.pass(1s);
  turn_until([&] { return stream->switches() == 1; });
  stream->write("2\n");
  settle(stream);
  clock.pass(1h - 21s);
  settle(stream);
  EXPECT_EQ(stream->switches(), 1u);
  clock.pass(1s);
  turn_until([&] { return stream->switches() == 2; });
  stream->end();
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n", ""));
}

TEST_F(RotationFaultsTest, ARotationInTheMeantimeSparesTheSecondAttempt) {
  SteppedClock clock(loop);
  auto stream = rotating({.every = 1h});
  stream->write("1\n");
  settle(stream);
  {
    const test::FailingFileCalls failing({.call = "renameat", .error = EIO});
    clock.pass(1h);
    settle(stream);
  }
  stream->rotate();
  stream->write("2\n");
  settle(stream);
  EXPECT_EQ(stream->switches(), 1u);
  clock.pass(10s);
  settle(stream);
  EXPECT_EQ(stream->switches(), 1u);
  stream->end();
  loop.run();
}

TEST_F(RotationFaultsTest, AFailedSyncOfTheOldFileFailsTheStream) {
  auto stream = rotating({.flush = true});
  stream->write("1\n");
  settle(stream);
  log.take();
  const test::FailingFileCalls failing({.call = "fsync", .error = EIO});
  stream->rotate(cb("rotate"));
  stream->write("2\n", cb("write"));
  EXPECT_EQ(after_run(), "write(EIO) rotate(EIO) error(EIO) close");
  EXPECT_EQ(failure.syscall(), "fsync");
  EXPECT_EQ(names(), test::Names{"log"});
  EXPECT_EQ(read(path("log")), "1\n");
}

TEST_F(RotationFaultsTest, AFileSystemWithoutLinksRenames) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  const test::FailingFileCalls failing(
      {.call = "linkat", .error = EPERM, .count = test::kAlways, .has_nameless = false});
  stream->rotate();
  stream->end("2\n");
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n"));
}

TEST_F(RotationFaultsTest, AFullDiskIsWaitedForInEachOfTheFiles) {
  SteppedClock clock(loop);
  auto stream = rotating({.high_water_mark = 1, .max_size = 2, .retry_on_full = 1s});
  int full = 0;
  int freed = 0;
  stream->on<Full>([&] { ++full; });
  stream->on<SpaceFreed>([&] { ++freed; });
  std::string all;
  for (int i = 0; i < 6; ++i) {
    const std::string line = fmt::format("{}\n", i);
    all += line;
    {
      const test::FailingFileCalls failing({.call = "write", .error = ENOSPC, .count = 2});
      stream->write(line);
      turn_until([&] { return full == i + 1; });
    }
    turn_until([&] {
      clock.pass(1s);
      return stream->writable_length() == 0 && freed == i + 1;
    });
  }
  stream->end();
  loop.run();
  EXPECT_EQ(content(), all);
  EXPECT_EQ(contents().size(), 6u);
}

// --- The close of the old file. ---

// Switches at once, to files of the test's.
class InstantRotator final : public Rotator {
 public:
  explicit InstantRotator(Loop& loop) : loop_(loop) {}
  void run(Rotation::Kind kind, int, bool, Completed completed) override {
    Rotation::Result result;
    if (kind == Rotation::Kind::rotate) {
      result.file = UniqueFd(1000 + ++switches_);
      result.rotated = fmt::format("log.{}", switches_);
    }
    loop_.set_immediate([completed = std::move(completed), result = std::move(result)]() mutable {
      completed(std::move(result));
    });
  }

 private:
  Loop& loop_;
  int switches_ = 0;
};

class RotationCloseTest : public test::RotatingTest {
 protected:
  Ref<RotatingStream> on_test_files(RotatingStreamOptions options = {}) {
    auto stream = make_rotating_stream(loop, "log", std::move(options),
                                       {files, std::make_unique<InstantRotator>(loop)});
    listened(stream);
    stream->on<Rotated>([this](const Rotated& rotated) { log.add("rotated " + rotated.path); });
    stream->on<RotationFailed>([this] { log.add("failed"); });
    stream->write("1\n");
    settle(stream);
    log.take();
    return stream;
  }
};

TEST_F(RotationCloseTest, AFailedCloseOfTheOldFileFailsTheStream) {
  auto stream = on_test_files();
  files->fail_next("close", ENOSPC);
  stream->rotate(cb("rotate"));
  EXPECT_EQ(after_run(), "rotate error(ENOSPC) close");
  EXPECT_EQ(failure.syscall(), "close");
}

TEST_F(RotationCloseTest, TheCallsThatWaitForAFailedCloseFail) {
  for (const bool ends : {false, true}) {
    auto stream = on_test_files();
    files->fail_next("close", ENOSPC);
    stream->rotate();
    turn_until([&] { return stream->switches() == 1; });
    if (ends) {
      stream->end(cb("end"));
      EXPECT_EQ(after_run(), "end(ENOSPC) error(ENOSPC) close");
    } else {
      stream->rotate(cb("rotate"));
      stream->sync(cb("sync"));
      EXPECT_EQ(after_run(), "sync(ENOSPC) rotate(ENOSPC) error(ENOSPC) close");
    }
  }
}

TEST_F(RotationCloseTest, ARotatedFileIsReportedOnceItIsClosed) {
  auto stream = on_test_files();
  files->hold_writes();
  stream->rotate(cb("rotate"));
  for (int i = 0; i < 20; ++i) loop.poll();
  const std::string early = log.take();
  files->release();
  stream->end();
  EXPECT_EQ(early + " | " + after_run(), "rotate | rotated log.1 finish close");
}

TEST_F(RotationCloseTest, TheNextRotationAndTheEndWaitForTheClose) {
  auto stream = on_test_files();
  files->hold_writes();
  stream->rotate(cb("first"));
  turn_until([&] { return stream->switches() == 1; });
  stream->rotate(cb("second"));
  stream->end(cb("end"));
  EXPECT_EQ(after_run(), "first");
  EXPECT_EQ(stream->switches(), 1u);
  files->release();
  EXPECT_EQ(after_run(), "rotated log.1 second rotated log.2 end finish close");
}

TEST_F(RotationCloseTest, DestroyedDuringTheCloseItReportsNoRotatedFile) {
  auto stream = on_test_files();
  stream->rotate();
  turn_until([&] { return stream->switches() == 1; });
  stream->destroy();
  EXPECT_EQ(after_run(), "close");
}

// --- Syncs. ---

TEST_F(RotationFaultsTest, ASyncCoversTheFilesThatWereLeftBefore) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  const test::FailingFileCalls calls({.count = 0, .includes_rotation = true});
  stream->rotate();
  stream->write("2\n");
  settle(stream);
  EXPECT_THAT(calls.calls(), testing::Not(testing::HasSubstr("sync")));
  stream->sync(cb("first"));
  turn_until([&] { return calls.calls().ends_with("syncfs fdatasync"); });
  // From now on, each file is synced before it is left, and needs no syncfs.
  stream->rotate();
  stream->write("3\n");
  stream->sync(cb("second"));
  stream->end();
  loop.run();
  EXPECT_THAT(calls.calls(),
              testing::ContainsRegex("syncfs fdatasync .*fsync .*renameat .*fdatasync"));
  EXPECT_EQ(calls.calls().find("syncfs"), calls.calls().rfind("syncfs"));
  EXPECT_THAT(log.take(), testing::ContainsRegex("first .*second .*finish close"));
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n", "3\n"));
}

TEST_F(RotationFaultsTest, AFailedSyncOfTheFilesThatWereLeftFailsTheStream) {
  auto stream = rotating();
  stream->write("1\n");
  stream->rotate();
  stream->write("2\n");
  settle(stream);
  log.take();
  const test::FailingFileCalls failing({.call = "syncfs", .error = EIO, .includes_rotation = true});
  stream->sync(cb("sync"));
  EXPECT_EQ(after_run(), "sync(EIO) error(EIO) close");
  EXPECT_EQ(failure.syscall(), "syncfs");
}
// --- Ends of the stream and of the loop meanwhile. ---

TEST_F(RotationFaultsTest, DestroyedDuringARotationItClosesAfterIt) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  log.take();
  test::HeldFileCall held("fchmod");
  stream->rotate(cb("rotate"));
  stream->write("2\n", cb("write"));
  turn_until([&] { return held.is_reached(); });
  for (int i = 0; i < 10; ++i) loop.poll();
  stream->destroy();
  EXPECT_FALSE(stream->closed());
  held.release();
  EXPECT_EQ(after_run(), "write(ERR_STREAM_DESTROYED) rotate error(ERR_STREAM_DESTROYED) close");
  EXPECT_THAT(contents(), ElementsAre("1\n", ""));
}

TEST_F(RotationFaultsTest, ASyncAndARotationWaitForEachOther) {
  for (const bool is_sync_first : {false, true}) {
    for (const std::string& name : names()) std::filesystem::remove(path(name));
    auto stream = rotating();
    stream->write("1\n");
    settle(stream);
    log.take();
    const auto rotate = [&] { stream->rotate(cb("rotate")); };
    const auto sync = [&] { stream->sync(cb("sync")); };
    {
      test::HeldFileCall held(is_sync_first ? "fdatasync" : "fchmod");
      is_sync_first ? sync() : rotate();
      turn_until([&] { return held.is_reached(); });
      is_sync_first ? rotate() : sync();
      for (int i = 0; i < 10; ++i) loop.poll();
      EXPECT_EQ(log.take(), "");
      held.release();
      stream->end("2\n");
      loop.run();
    }
    const std::string events = log.take();
    EXPECT_THAT(events, testing::HasSubstr("rotate"));
    EXPECT_THAT(events, testing::HasSubstr("sync"));
    EXPECT_TRUE(events.ends_with("finish close"));
    EXPECT_THAT(contents(), ElementsAre("1\n", "2\n"));
  }
}

TEST_F(RotationFaultsTest, EndedDuringARotationItFinishesInTheNewFile) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  log.take();
  test::HeldFileCall held("fchmod");
  stream->rotate(cb("rotate"));
  turn_until([&] { return held.is_reached(); });
  stream->write("2\n");
  stream->end("3\n", cb("end"));
  for (int i = 0; i < 10; ++i) loop.poll();
  held.release();
  EXPECT_EQ(after_run(), "rotate rotated(log.000001) end finish close");
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n3\n"));
}

TEST_F(RotationFaultsTest, ALoopThatEndsDuringARotationClosesAllFiles) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  for (const bool has_writes : {false, true})
    for (const bool keeps : {false, true}) {
      const auto before = open_files();
      std::optional<Loop> own(std::in_place);
      auto stream = create_rotating_stream(*own, path("log"));
      stream->write("1\n");
      while (stream->writable_length() > 0) own->poll();
      test::HeldFileCall held("fchmod");
      stream->rotate();
      if (has_writes) stream->write("2\n");
      while (!held.is_reached()) own->poll();
      if (has_writes)
        for (int i = 0; i < 10; ++i) own->poll();
      if (!keeps) stream = nullptr;
      held.release();
      own->on_warning([](const Warning&) {});
      own.reset();
      EXPECT_EQ(open_files(), before);
      for (const std::string& name : names()) std::filesystem::remove(path(name));
    }
}

TEST_F(RotationFaultsTest, AStreamWithoutARefLivesUntilTheRotationIsOver) {
  loop.on_warning([](const Warning&) {});
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  test::HeldFileCall held("fchmod");
  stream->rotate();
  turn_until([&] { return held.is_reached(); });
  stream = nullptr;
  held.release();
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("1\n", ""));
}

}  // namespace
}  // namespace weir::fs
