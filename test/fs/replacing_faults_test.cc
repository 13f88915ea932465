// A file that is replaced while each system call of it fails once.

#include "support/replacing_test.h"
#include <weir/base/error.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

namespace weir::fs {
namespace {

using Names = std::vector<std::string>;

// Limits the size of files that the process writes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit now{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
    signal_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int) = SIG_DFL;
};

class ReplacingFaultsTest : public test::ReplacingTest {};

// After a fault the file is completely replaced, with no more rights than before, or not at all.
TEST_F(ReplacingFaultsTest, EachCallFailsOnceAndTheFileIsTheOldOneOrTheNewOne) {
  for (const bool exists : {false, true}) {
    for (const bool flush : {false, true})
      for (const bool nameless : {false, true})
        for (std::size_t nth = 1;; ++nth) {
          SCOPED_TRACE(fmt::format("exists {}, flush {}, nameless {}, call {}", exists, flush,
                                   nameless, nth));
          std::filesystem::remove(path());
          if (exists) {
            put(path(), "old");
            ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
          }
          std::string events;
          bool has_failed = false;
          {
            const test::FailingFileCalls failing(
                {.first = nth, .error = EIO, .has_nameless = nameless});
            events = replaced(path(), "new", {.mode = 0600, .flush = flush});
            has_failed = failing.have_failed();
          }
          const std::string content = read(path());
          if (events == kDone) {
            EXPECT_EQ(content, "new");
            EXPECT_EQ(mode_of(path()) & ~0640u, 0u);
          } else {
            EXPECT_TRUE(has_failed);
            EXPECT_THAT(events, testing::MatchesRegex("(open ready )?error\\(EIO\\) close"));
            // Only a folder that is not synced may be of the new file already.
            if (content != (exists ? "old" : "")) {
              EXPECT_EQ(content, "new");
              EXPECT_EQ(failure.syscall(), "fsync");
            }
          }
          EXPECT_EQ(names(), content.empty() ? Names{} : Names{"file"});
          if (!has_failed) break;
        }
  }
}

TEST_F(ReplacingFaultsTest, AFailedSyncReplacesNothing) {
  put(path(), "old");
  const test::FailingFileCalls failing({.call = "fsync", .error = ENOSPC});
  EXPECT_EQ(replaced(path(), "new", {.flush = true}), "open ready error(ENOSPC) close");
  EXPECT_EQ(failure.what(), "ENOSPC: no space left on device, fsync '" + path() + "'");
  EXPECT_EQ(read(path()), "old");
}

TEST_F(ReplacingFaultsTest, TheFileIsSyncedBeforeItIsRenamedAndTheFolderAfter) {
  put(path(), "old");
  const test::FailingFileCalls failing({.count = 0});
  EXPECT_EQ(replaced(path(), "new", {.flush = true}), kDone);
  EXPECT_THAT(failing.calls(),
              testing::ContainsRegex("fchmod fsync .*linkat linkat renameat fsync$"));
}

TEST_F(ReplacingFaultsTest, ARenameThatFailsLeavesNoOtherFile) {
  put(path(), "old");
  for (const bool nameless : {false, true}) {
    const test::FailingFileCalls failing(
        {.call = "renameat", .error = EBUSY, .has_nameless = nameless});
    EXPECT_EQ(replaced(path(), "new"), "open ready error(EBUSY) close");
    EXPECT_EQ(failure.what(), "EBUSY: resource busy or locked, rename '" + path() + "'");
    EXPECT_EQ(read(path()), "old");
    EXPECT_EQ(names(), Names{"file"});
  }
}

// As of a disk that hangs: the name does not wait for it.
TEST_F(ReplacingFaultsTest, DestroyedDuringASyncItsNameIsRemovedAtOnce) {
  put(path(), "old");
  std::promise<void> syncing;
  std::promise<void> end_sync;
  const test::FailingFileCalls waiting({.call = "fsync", .has_nameless = false, .before = [&] {
                                          syncing.set_value();
                                          end_sync.get_future().wait();
                                        }});
  const auto stream = replace(path(), {.flush = true});
  stream->end("new");
  const auto reached = syncing.get_future();
  while (reached.wait_for(std::chrono::seconds(0)) != std::future_status::ready) loop.poll();
  EXPECT_EQ(names().size(), 2u);
  stream->destroy();
  EXPECT_EQ(names(), Names{"file"});
  end_sync.set_value();
  loop.run();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(read(path()), "old");
}

TEST_F(ReplacingFaultsTest, AWriteThatFailsReplacesNothing) {
  put(path(), "old");
  const FileSizeLimit limited(1000);
  EXPECT_EQ(replaced(path(), std::string(100'000, 'x')), "open ready error(EFBIG) close");
  EXPECT_EQ(read(path()), "old");
  EXPECT_EQ(names(), Names{"file"});
}

}  // namespace
}  // namespace weir::fs
