#include "support/file_test.h"
#include <weir/fs/write_stream.h>
#include <weir/loop/stepped_clock.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <tuple>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using SyncTest = test::FileTest;

TEST_F(SyncTest, OneCallCoversAllSyncsThatWait) {
  const auto stream = make();
  int synced = 0;
  for (int i = 0; i < 1000; ++i) {
    stream->print("{}\n", i);
    stream->sync([&](const Error& error) { synced += error ? 0 : 1; });
  }
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_EQ(synced, 1000);
  EXPECT_EQ(files->count("fdatasync"), 1u);
}

TEST_F(SyncTest, SyncsTheFolderOfANewFileOnce) {
  const auto stream = make();
  stream->write("a");
  stream->sync([&](const Error&) {
    EXPECT_EQ(files->calls(), "open write fdatasync open fsync");
    stream->write("b");
    stream->sync(cb("synced"));
    stream->end();
  });
  EXPECT_EQ(after_run(), "open ready synced finish close");
  EXPECT_EQ(files->calls(), "open write fdatasync open fsync write fdatasync close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(SyncTest, SyncsNoFolderOfAFileThatExists) {
  const auto stream = make({.flags = "r+"});
  stream->write("a");
  stream->sync(cb("synced"));
  stream->end();
  EXPECT_EQ(after_run(), "open ready synced finish close");
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

TEST_F(SyncTest, EachFailedCallNamesItselfAndLeavesNoFileOpen) {
  struct Case {
    const char* call;
    std::size_t index;
    int error;
    const char* message;
  };
  for (const Case& at : {Case{"fdatasync", 0, EIO, "EIO: i/o error, fdatasync 'x'"},
                         Case{"open", 1, ENOENT, "ENOENT: no such file or directory, open '.'"},
                         Case{"fsync", 0, EIO, "EIO: i/o error, fsync '.'"}}) {
    files = make_ref<test::FaultyFiles>(loop);
    files->fail_at(at.call, at.index, at.error);
    const auto stream = make({.flush = true});
    stream->write("a", cb("a"));
    stream->sync(cb("synced"));
    const std::string code = std::string(Error::system(at.error, "").name());
    EXPECT_EQ(after_run(), "open ready a synced(" + code + ") error(" + code + ") close");
    EXPECT_STREQ(failure.what(), at.message);
    EXPECT_EQ(files->open_files(), 0u);
  }
}

TEST_F(SyncTest, AFailedSyncIsNotRepeatedByTheClose) {
  files->fail_next("fdatasync", EIO);
  const auto stream = make({.flush = true});
  stream->write("a");
  stream->sync(cb("synced"));
  EXPECT_EQ(after_run(), "open ready synced(EIO) error(EIO) close");
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

TEST_F(SyncTest, AFolderThatCannotBeReadOrSyncedIsNoFailure) {
  for (const auto& [call, index, error] :
       {std::tuple{"open", std::size_t{1}, EACCES}, std::tuple{"fsync", std::size_t{0}, EINVAL},
        std::tuple{"fsync", std::size_t{0}, ENOTSUP}}) {
    files = make_ref<test::FaultyFiles>(loop);
    files->fail_at(call, index, error);
    const auto stream = make();
    stream->write("a");
    stream->sync(cb("synced"));
    stream->end();
    EXPECT_EQ(after_run(), "open ready synced finish close");
    EXPECT_EQ(files->open_files(), 0u);
  }
}

TEST_F(SyncTest, ADestroyWaitsForTheSyncInProgress) {
  const auto stream = make();
  stream->write("a");
  loop.run();
  files->hold_writes();
  stream->sync(cb("synced"));
  loop.run();
  stream->destroy();
  EXPECT_EQ(after_run(), "open ready");
  files->release();
  EXPECT_EQ(after_run(), "synced close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(SyncTest, ARealFileIsSynced) {
  const auto stream = make_real();
  stream->write("abc");
  stream->flush([&](const Error& error) {
    EXPECT_FALSE(error);
    EXPECT_EQ(read(path()).substr(0, 3), "abc");
  });
  stream->sync(cb("synced"));
  stream->end("d");
  EXPECT_EQ(after_run(), "open ready synced finish close");
  EXPECT_EQ(read(path()), "abcd");
}

TEST_F(SyncTest, APipeHasNothingToSyncAndFailsByName) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  auto stream = listened(create_write_stream(loop, "", {.fd = ends[1]}));
  stream->write("a");
  stream->sync(cb("synced"));
  EXPECT_EQ(after_run(), "synced(EINVAL) error(EINVAL) close");
  EXPECT_STREQ(failure.what(), "EINVAL: invalid argument, fdatasync");
  ::close(ends[0]);
}

// --- On a schedule ---

TEST_F(SyncTest, SyncEveryBytes) {
  const auto stream = make({.high_water_mark = 10, .sync_every_bytes = 20});
  int count = 0;
  const auto write = [&] {
    while (count < 10) {
      ++count;
      if (!stream->write("0123456789")) return;
    }
    stream->end();
  };
  stream->on<Drain>(write);
  write();
  loop.run();
  EXPECT_EQ(files->count("fdatasync"), 5u);
  EXPECT_EQ(files->count("fsync"), 2u) << "the folder, and the file before it is closed";
}

TEST_F(SyncTest, SyncEverySecondWhileThereIsSomethingToSync) {
  SteppedClock clock(loop);
  const auto syncs_after = [&](std::chrono::milliseconds time) {
    for (int turn = 0; turn < 20; ++turn) loop.poll();
    clock.pass(time);
    for (int turn = 0; turn < 20; ++turn) loop.poll();
    return files->count("fdatasync");
  };
  const auto stream = make({.sync_every = 1s});
  stream->write("a");
  EXPECT_EQ(syncs_after(999ms), 0u);
  EXPECT_EQ(syncs_after(1ms), 1u);
  EXPECT_EQ(syncs_after(10s), 1u);
  stream->write("b");
  EXPECT_EQ(syncs_after(500ms), 1u);
  stream->write("c");
  EXPECT_EQ(syncs_after(500ms), 2u);
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
}

TEST_F(SyncTest, ATimeThatJumpsOverManySyncsCausesOne) {
  for (const auto jump : {std::chrono::hours(1), std::chrono::hours(24 * 365)}) {
    SteppedClock clock(loop);
    const std::size_t before = files->count("fdatasync");
    const auto turn = [&] {
      for (int turns = 0; turns < 20; ++turns) loop.poll();
    };
    const auto stream = make({.sync_every = 1s});
    stream->write("a");
    turn();
    clock.skip(jump);
    turn();
    EXPECT_EQ(files->count("fdatasync"), before + 1);
    stream->write("b");
    turn();
    EXPECT_EQ(files->count("fdatasync"), before + 1);
    clock.pass(1s);
    turn();
    EXPECT_EQ(files->count("fdatasync"), before + 2);
    stream->end();
    loop.run();
  }
}

TEST_F(SyncTest, ATimerOfASyncDoesNotKeepTheLoopAfterTheEnd) {
  SteppedClock clock(loop);
  const auto stream = make({.sync_every = 60s});
  stream->end("a");
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_EQ(files->calls(), "open write fsync open fsync close");
}

TEST_F(SyncTest, ASyncOnScheduleThatFailsFailsTheStream) {
  files->fail_next("fdatasync", EIO);
  const auto stream = make({.sync_every_bytes = 1});
  stream->write("a", cb("a"));
  EXPECT_EQ(after_run(), "open ready a error(EIO) close");
}

}  // namespace
}  // namespace weir::fs
