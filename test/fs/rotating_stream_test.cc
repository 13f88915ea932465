#include <weir/fs/rotating_stream.h>

#include "support/rotating_test.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using testing::ElementsAre;

class RotatingStreamTest : public test::RotatingTest {};

TEST_F(RotatingStreamTest, AppendsToTheFileWithoutALimit) {
  put(path("log"), "old\n");
  rotating()->end("new\n");
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_EQ(read(path("log")), "old\nnew\n");
  EXPECT_EQ(names(), test::Names{"log"});
}

TEST_F(RotatingStreamTest, RotatesBeforeTheLineThatDoesNotFit) {
  auto stream = rotating({.max_size = 10});
  stream->write("1234\n1234\n");  // fits exactly
  stream->write("a\n");
  stream->write("a line that is longer than a file\n");
  stream->end("b\nc");
  EXPECT_EQ(after_run(),
            "open ready rotated(log.000001) rotated(log.000002) rotated(log.000003) finish close");
  EXPECT_THAT(contents(),
              ElementsAre("1234\n1234\n", "a\n", "a line that is longer than a file\n", "b\nc"));
  EXPECT_EQ(stream->switches(), 3u);
  EXPECT_EQ(stream->bytes_written(), 49u);
}

TEST_F(RotatingStreamTest, CountsTheSizeOfAnOldFile) {
  put(path("log"), "12345678\n");
  rotating({.max_size = 10})->end("a\n");
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("12345678\n", "a\n"));
}

// Random lines in random pieces, with switches at random times: each byte is in one file, and no
// line in two.
TEST_F(RotatingStreamTest, LosesAndDividesNoLineInRandomPrograms) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    for (const std::string& name : names()) std::filesystem::remove(path(name));
    std::mt19937 random(seed);
    const auto below = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
    const std::size_t max_size = 1 + below(60);
    auto stream = rotating({.high_water_mark = 1 + below(200),
                            .max_size = static_cast<std::int64_t>(max_size),
                            .flush = below(16) == 0});
    std::string all;
    unsigned called = 0;
    unsigned asked = 0;
    for (unsigned i = 0; i < 60; ++i) {
      switch (below(6)) {
        case 0:
          ++asked;
          if (below(2))
            stream->rotate([&](const Error& error) { called += !error; });
          else
            stream->reopen([&](const Error& error) { called += !error; });
          break;
        case 1:
          for (unsigned turns = below(4); turns > 0; --turns) loop.poll();
          break;
        case 2:
          all += '\n';
          stream->write("\n");
          break;
        default: {
          std::string piece(below(30), static_cast<char>('a' + i % 26));
          if (below(2)) piece += '\n';
          if (piece.size() > 10 && below(2)) piece[5] = '\n';
          all += piece;
          if (below(2))
            stream->write(piece);
          else
            stream->write(Buffer::adopt(std::move(piece)));
        }
      }
    }
    stream->end();
    loop.run();
    EXPECT_EQ(called, asked);
    EXPECT_EQ(content(), all);
    const auto all_files = contents();
    for (std::size_t i = 0; i + 1 < all_files.size(); ++i) {
      const std::string& file = all_files[i];
      EXPECT_FALSE(file.empty());
      // Only the end of the stream ends a line that has no end.
      EXPECT_TRUE(file.ends_with('\n') || i + 2 == all_files.size()) << file;
      // The limit holds for each line but the first at its begin: the rest of it may come later.
      const auto last_line = file.rfind('\n', file.size() - 2);
      if (last_line != std::string::npos && file.size() > 1) {
        EXPECT_LE(last_line + 1, max_size) << file;
      }
    }
  }
}

TEST_F(RotatingStreamTest, ARecordOfWritesMayHaveAnyBytes) {
  auto stream = rotating({.max_size = 8, .record_end = RecordEnd::write});
  for (const char* record : {"a\nb", "c\n\nd", "ef", "g", "hijkl", "\n"}) stream->write(record);
  stream->end();
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("a\nbc\n\nd", "efghijkl", "\n"));
}

TEST_F(RotatingStreamTest, PrintIsOneRecordOfWrites) {
  auto stream = rotating({.max_size = 4, .record_end = RecordEnd::write});
  for (int i = 0; i < 3; ++i) stream->print("{}{}{}", i, i, i);
  stream->end();
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("000", "111", "222"));
}

TEST_F(RotatingStreamTest, ARotationDividesWhatIsWrittenBeforeAndAfterTheCall) {
  auto stream = rotating();
  stream->write("before the open\n");
  stream->rotate(cb("first"));
  stream->write("2\n");
  stream->write("2\n");
  stream->rotate(cb("second"));
  stream->end("3\n");
  EXPECT_EQ(after_run(),
            "open ready first rotated(log.000001) second rotated(log.000002) finish close");
  EXPECT_THAT(contents(), ElementsAre("before the open\n", "2\n2\n", "3\n"));
}

TEST_F(RotatingStreamTest, AnIdleStreamRotatesAtOnce) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  stream->rotate(cb("rotated"));
  turn_until([&] { return std::filesystem::exists(path("log.000001")); });
  stream->end("2\n");
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n"));
}

TEST_F(RotatingStreamTest, ARotationWaitsForTheEndOfTheLine) {
  auto stream = rotating();
  stream->write("be");
  stream->rotate(cb("called"));
  turn_until([&] { return stream->bytes_written() == 2; });
  for (int i = 0; i < 100; ++i) loop.poll();
  EXPECT_EQ(log.take(), "open ready");
  stream->write("gun\nnext\n");
  stream->end();
  EXPECT_EQ(after_run(), "called rotated(log.000001) finish close");
  EXPECT_THAT(contents(), ElementsAre("begun\n", "next\n"));
}

TEST_F(RotatingStreamTest, TheEndOfTheStreamEndsTheLastLine) {
  auto stream = rotating();
  stream->write("begun");
  stream->rotate(cb("called"));
  stream->end();
  EXPECT_EQ(after_run(), "open ready called rotated(log.000001) finish close");
  EXPECT_THAT(contents(), ElementsAre("begun", ""));
}

TEST_F(RotatingStreamTest, AnEmptyFileIsNotRotated) {
  auto stream = rotating();
  bool is_called = false;
  stream->rotate([&](const Error& error) { is_called = !error; });
  turn_until([&] { return is_called; });
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_EQ(names(), test::Names{"log"});
}

TEST_F(RotatingStreamTest, ReopensThePathAfterAnotherProgramHasRenamedTheFile) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  std::filesystem::rename(path("log"), path("log.1"));
  stream->write("2\n");  // not written yet: still the old file's
  stream->reopen(cb("reopened"));
  stream->end("3\n");
  loop.run();
  EXPECT_EQ(read(path("log.1")), "1\n2\n");
  EXPECT_EQ(read(path("log")), "3\n");
  EXPECT_EQ(stream->switches(), 1u);
}

TEST_F(RotatingStreamTest, ReopensAFileThatWasReplaced) {
  auto stream = rotating({.max_size = 6});
  stream->write("1\n");
  settle(stream);
  std::filesystem::rename(path("log"), path("old"));
  put(path("log"), "other\n");
  stream->reopen();
  stream->end("2\n");
  loop.run();
  EXPECT_EQ(read(path("old")), "1\n");
  EXPECT_THAT(contents(), ElementsAre("other\n", "2\n"));  // its size counts
}

TEST_F(RotatingStreamTest, ReopensWithoutEffectWhereThePathIsStillTheFile) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  EXPECT_EQ(stream->switches(), 0u);
  stream->end();
  loop.run();
}

// Otherwise the rotation would rename another program's file.
TEST_F(RotatingStreamTest, RotationOfAFileThatWasMovedReopensThePath) {
  auto stream = rotating();
  stream->write("1\n");
  settle(stream);
  std::filesystem::rename(path("log"), path("moved"));
  put(path("log"), "other\n");
  stream->rotate(cb("called"));
  stream->end("2\n");
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "moved"}));
  EXPECT_EQ(read(path("log")), "other\n2\n");
}

TEST_F(RotatingStreamTest, KeepsTheNewestFiles) {
  for (const std::size_t keep : {0u, 1u, 3u, 10u}) {
    for (const std::string& name : names()) std::filesystem::remove(path(name));
    auto stream = rotating({.max_size = 2, .keep = keep});
    for (int i = 0; i < 7; ++i) stream->print("{}\n", i);
    stream->end();
    loop.run();
    test::Names expected;
    for (std::size_t i = 6 - std::min<std::size_t>(keep, 6); i < 6; ++i)
      expected.push_back(fmt::format("{}\n", i));
    expected.emplace_back("6\n");
    EXPECT_EQ(contents(), expected) << keep;
  }
}

TEST_F(RotatingStreamTest, ANextProgramContinuesTheNumbersAndTheLimit) {
  for (int i = 0; i < 4; ++i) {
    auto stream = rotating({.max_size = 2, .keep = 2});
    stream->print("{}\n", i);
    stream->end();
    loop.run();
  }
  EXPECT_EQ(names(), (test::Names{"log", "log.000002", "log.000003"}));
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n", "3\n"));
}

TEST_F(RotatingStreamTest, OtherFilesOfTheFolderAreNotCountedOrRemoved) {
  for (const char* other : {"log.1", "log.old", "log.000007~", "logger.000001"})
    put(path(other), "x");
  auto stream = rotating({.max_size = 2, .keep = 1});
  for (int i = 0; i < 4; ++i) stream->print("{}\n", i);
  stream->end();
  loop.run();
  EXPECT_EQ(names(),
            (test::Names{"log", "log.000003", "log.000007~", "log.1", "log.old", "logger.000001"}));
}

// Otherwise a later program that compresses again would overwrite them.
TEST_F(RotatingStreamTest, FilesThatAProgramWithAnotherSuffixLeftKeepTheirNumbersAndAreNotRemoved) {
  for (const char* other : {"log.000001.gz", "log.000007.xz"}) put(path(other), "x");
  auto stream = rotating({.max_size = 2, .keep = 1});
  for (int i = 0; i < 3; ++i) stream->print("{}\n", i);
  stream->end();
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000007.xz", "log.000009"}));
}

TEST_F(RotatingStreamTest, ARotatedFileThatHasLeftTheFolderLeavesItsNumberUnused) {
  auto stream = rotating({.max_size = 2});
  stream->on<Rotated>([](const Rotated& rotated) { std::filesystem::remove(rotated.path); });
  for (int i = 0; i < 3; ++i) {
    stream->print("{}\n", i);
    settle(stream);
    turn_until([&] { return names() == test::Names{"log"}; });
  }
  stream->end();
  EXPECT_EQ(after_run(), "open ready rotated(log.000001) rotated(log.000002) finish close");
}

// As by a process that is killed between the two calls.
TEST_F(RotatingStreamTest, ALinkThatAKilledProcessLeftIsUsed) {
  put(path("log"), "1\n");
  std::filesystem::create_hard_link(path("log"), path("log.000007"));
  auto stream = rotating();
  stream->rotate();
  stream->end("2\n");
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "log.000007"}));
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n"));
}

TEST_F(RotatingStreamTest, RotatesBesideTheTargetOfALinkAndKeepsTheLink) {
  std::filesystem::create_directory(path("target"));
  put(path("target/real"), "1\n");
  std::filesystem::create_symlink("target/real", path("log"));
  auto stream = rotating();
  stream->rotate();
  stream->end("2\n");
  loop.run();
  EXPECT_TRUE(std::filesystem::is_symlink(path("log")));
  EXPECT_EQ(read(path("target/real.000001")), "1\n");
  EXPECT_EQ(read(path("target/real")), "2\n");
}

TEST_F(RotatingStreamTest, TheNewFileHasTheModeOfTheOldOne) {
  put(path("log"), "1\n");
  ASSERT_EQ(::chmod(path("log").c_str(), 0640), 0);
  auto stream = rotating();
  stream->rotate();
  stream->end("2\n");
  loop.run();
  struct stat status{};
  ASSERT_EQ(::stat(path("log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(RotatingStreamTest, ACallAfterTheEndIsAnsweredWithAnError) {
  auto stream = rotating();
  stream->end();
  stream->rotate(cb("rotate"));
  loop.run();
  stream->reopen(cb("reopen"));
  EXPECT_EQ(after_run(),
            "rotate(ERR_STREAM_DESTROYED) open ready finish close reopen(ERR_STREAM_DESTROYED)");
}

TEST_F(RotatingStreamTest, ADestroyAnswersTheCallsThatWait) {
  auto stream = rotating();
  stream->write("begun");
  turn_until([&] { return stream->bytes_written() == 5; });
  stream->rotate(cb("rotate"));
  stream->destroy();
  EXPECT_EQ(after_run(), "open ready rotate(ERR_STREAM_DESTROYED) close");
}

TEST_F(RotatingStreamTest, OptionsAreChecked) {
  EXPECT_THROW(rotating({.max_size = 0}), Error);
  EXPECT_THROW(rotating({.every = -1s}), Error);
  EXPECT_THROW(rotating({.retry_on_full = -1s}), Error);
  EXPECT_THROW(rotating({.compress = {.suffix = ".gz"}}), Error);
  EXPECT_THROW(rotating({.high_water_mark = -1}), Error);
  const auto make = [](Loop& on) -> Ref<Transform> { return Transform::make(on, {}); };
  EXPECT_THROW(rotating({.compress = {"", make}}), Error);
  EXPECT_THROW(rotating({.compress = {"/gz", make}}), Error);
  EXPECT_THROW(create_rotating_stream(loop, std::string("a\0b", 3)), Error);
  EXPECT_EQ(names(), test::Names{});
}

// --- By time. ---

TEST_F(RotatingStreamTest, RotatesByTheTimeOfTheLoop) {
  SteppedClock clock(loop);
  auto stream = rotating({.every = 1h});
  stream->write("1\n");
  settle(stream);
  clock.pass(59min);
  EXPECT_EQ(stream->switches(), 0u);
  clock.pass(1min);
  turn_until([&] { return stream->switches() == 1; });
  stream->write("2\n");
  settle(stream);
  clock.pass(1h);
  turn_until([&] { return stream->switches() == 2; });
  stream->end("3\n");
  loop.run();
  EXPECT_THAT(contents(), ElementsAre("1\n", "2\n", "3\n"));
}

TEST_F(RotatingStreamTest, ManyPeriodsThatPassAtOnceAreOneRotation) {
  for (const auto jump : {std::chrono::hours(2), std::chrono::hours(24 * 365)}) {
    SteppedClock clock(loop);
    auto stream = rotating({.every = 1h});
    stream->write("1\n");
    settle(stream);
    clock.skip(jump);  // as of a machine that was suspended
    turn_until([&] { return stream->switches() == 1; });
    stream->write("2\n");
    settle(stream);
    for (int i = 0; i < 100; ++i) loop.poll();
    EXPECT_EQ(stream->switches(), 1u);
    clock.pass(1h);
    turn_until([&] { return stream->switches() == 2; });
    stream->end();
    loop.run();
  }
}

TEST_F(RotatingStreamTest, APeriodMayBeLongerThanATimer) {
  SteppedClock clock(loop);
  auto stream = rotating({.every = 24h * 60});
  stream->write("1\n");
  settle(stream);
  clock.pass(24h * 60 - 1min);
  settle(stream);
  EXPECT_EQ(stream->switches(), 0u);
  clock.pass(1min);
  turn_until([&] { return stream->switches() == 1; });
  stream->end();
  loop.run();
}

TEST_F(RotatingStreamTest, APeriodWithoutDataLeavesNoFile) {
  SteppedClock clock(loop);
  auto stream = rotating({.every = 1h});
  for (int i = 0; i < 5; ++i) {
    clock.pass(1h);
    settle(stream);
  }
  EXPECT_EQ(names(), test::Names{"log"});
  stream->end();
  loop.run();
}

TEST_F(RotatingStreamTest, SyncsOnASchedule) {
  SteppedClock clock(loop);
  const test::FailingFileCalls calls({.count = 0, .includes_rotation = true});
  auto stream = rotating({.sync_every = 1s});
  stream->write("1\n");
  turn_until([&] { return stream->bytes_written() == 2; });
  for (int i = 0; i < 20; ++i) loop.poll();
  EXPECT_THAT(calls.calls(), testing::Not(testing::HasSubstr("sync")));
  clock.pass(1s);
  turn_until([&] { return calls.calls().ends_with("fdatasync"); });
  stream->end();
  loop.run();
}

TEST_F(RotatingStreamTest, APipeHasNothingToSyncWhichIsNoFailure) {
  ASSERT_EQ(::mkfifo(path("log").c_str(), 0600), 0);
  const int reader = ::open(path("log").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto stream = rotating({.flush = true});
  stream->write("1\n");
  stream->sync(cb("sync"));
  stream->end();
  EXPECT_EQ(after_run(), "open ready sync finish close");
  ::close(reader);
}

TEST_F(RotatingStreamTest, ItsTimerDoesNotKeepTheLoopRunning) {
  auto stream = rotating({.every = 1h});
  stream->write("1\n");
  loop.run();
  EXPECT_EQ(read(path("log")), "1\n");
}

}  // namespace
}  // namespace weir::fs
