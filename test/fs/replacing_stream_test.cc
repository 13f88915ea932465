// A file that is there whole or not at all.

#include "support/replacing_test.h"
#include "support/sanitizer.h"
#include <weir/fs/read_stream.h>
#include <weir/stream/pipeline.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

namespace files = std::filesystem;
using FileNames = std::vector<std::string>;

class ReplacingStreamTest : public test::ReplacingEitherWayTest {};
WEIR_REPLACING_EITHER_WAY(ReplacingStreamTest);

TEST_P(ReplacingStreamTest, ANewFileIsThereOnceItIsWhole) {
  const auto stream = replace(path());
  stream->write("some ", cb("cb"));
  stream->once<Open>([&](const Open& open) {
    EXPECT_EQ(stream->fd(), open.fd);
    EXPECT_FALSE(files::exists(path()));
  });
  stream->on<Finish>([&] { EXPECT_EQ(read(path()), "some text"); });
  stream->end("text", cb("end"));
  EXPECT_EQ(after_run(), "open ready cb end finish close");
  EXPECT_EQ(names(), FileNames{"file"});
  EXPECT_EQ(stream->bytes_written(), 9u);
  EXPECT_EQ(stream->path(), path());
}

TEST_P(ReplacingStreamTest, TheOldFileIsThereUntilTheNewOneIsWhole) {
  put(path(), "old");
  const auto before = status(path()).st_ino;
  const auto stream = replace(path());
  stream->write("new", [&] { EXPECT_EQ(read(path()), "old"); });
  loop.run();
  EXPECT_EQ(read(path()), "old");
  stream->end();
  loop.run();
  EXPECT_EQ(read(path()), "new");
  EXPECT_NE(status(path()).st_ino, before);
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, AnEmptyFileReplacesAFile) {
  put(path(), "old");
  EXPECT_EQ(replaced(path(), ""), kDone);
  EXPECT_EQ(read(path()), "");
}

TEST_P(ReplacingStreamTest, ADestroyedStreamLeavesTheOldFileAndNoOther) {
  put(path(), "old");
  Ref<WriteStream> running;
  const auto destroy_at = [&](auto arrange) {
    running = replace(path(), {.before_replacing = [&](Callback replace) {
                        if (running->writable_ended()) running->destroy();
                        replace();
                      }});
    arrange(*running);
    loop.run();
    EXPECT_EQ(read(path()), "old");
    EXPECT_EQ(names(), FileNames{"file"});
    EXPECT_TRUE(running->closed());
  };
  destroy_at([](WriteStream& stream) { stream.destroy(); });
  destroy_at([](WriteStream& stream) { stream.on<Open>([&] { stream.destroy(); }); });
  destroy_at([](WriteStream& stream) { stream.write("new", [&] { stream.destroy(); }); });
  destroy_at([](WriteStream& stream) {
    stream.write("new");
    stream.on<Open>([&] { stream.destroy(); });
  });
  destroy_at([](WriteStream& stream) {
    stream.end("new");  // and before it is replaced
  });
}

TEST_P(ReplacingStreamTest, AStopLeavesTheOldFile) {
  put(path(), "old");
  std::stop_source stop;
  const auto stream = replace(path(), {.signal = stop.get_token()});
  stream->write("new", [&] { stop.request_stop(); });
  EXPECT_EQ(after_run(), "open ready error(ABORT_ERR) close");
  EXPECT_EQ(read(path()), "old");
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, ALoopThatIsDestroyedLeavesTheOldFile) {
  put(path(), "old");
  for (const std::string moment : {"start", "open", "written", "ended", "complete"}) {
    Ref<WriteStream> stream;
    {
      // The exception leaves run(), with calls under way.
      const auto reach = [&](const std::string& reached) {
        if (reached == moment) throw Error(reached);
      };
      Loop other;
      stream = create_replacing_stream(other, path(),
                                       {.before_replacing = [&](Callback) { reach("complete"); }});
      stream->on<Open>([&] { reach("open"); });
      stream->write("new", [&] {
        reach("written");
        stream->end();
        reach("ended");
      });
      const Error thrown =
          moment == "start" ? Error(moment) : test::thrown_by([&] { other.run(); });
      EXPECT_EQ(thrown.what(), moment);
    }
    EXPECT_TRUE(stream->closed());
    EXPECT_EQ(read(path()), "old") << moment;
    EXPECT_EQ(names(), FileNames{"file"}) << moment;
  }
}

TEST_P(ReplacingStreamTest, ADroppedStreamLeavesTheOldFile) {
  put(path(), "old");
  loop.on_warning([](const Warning&) {});
  replace(path())->write("new");
  loop.run();
  EXPECT_EQ(read(path()), "old");
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, AFileIsReplacedByItself) {
  put(path(), std::string(300'000, 'x'));
  pipeline(create_read_stream(loop, path()), replace(path()),
           [](const Error& error) { EXPECT_FALSE(error) << error.what(); });
  loop.run();
  EXPECT_EQ(read(path()), std::string(300'000, 'x'));
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, AReaderOfTheOldFileReadsItToTheEnd) {
  put(path(), "old text");
  const int reader = ::open(path().c_str(), O_RDONLY | O_CLOEXEC);
  replaced(path(), "new");
  char text[9] = {};
  EXPECT_EQ(::read(reader, text, 8), 8);
  EXPECT_STREQ(text, "old text");
  ::close(reader);
}

TEST_P(ReplacingStreamTest, TheModeOfANewFileIsTheOptionsLessTheUmask) {
  const mode_t before = ::umask(027);
  EXPECT_EQ(replaced(path("usual"), "x"), kDone);
  EXPECT_EQ(replaced(path("wide"), "x", {.mode = 0777}), kDone);
  EXPECT_EQ(replaced(path("narrow"), "x", {.mode = 0400}), kDone);
  ::umask(before);
  EXPECT_EQ(mode_of(path("usual")), 0640u);
  EXPECT_EQ(mode_of(path("wide")), 0750u);
  EXPECT_EQ(mode_of(path("narrow")), 0400u);
}

TEST_P(ReplacingStreamTest, EveryLegalNameIsTaken) {
  for (const std::string& name : {std::string(255, 'n'), std::string("\xff\n \"'*"),
                                  std::string(".hidden"), std::string("-"), std::string("...")}) {
    EXPECT_EQ(replaced(path(name), "first"), kDone) << failure.what();
    EXPECT_EQ(replaced(path(name), "second"), kDone) << failure.what();
    EXPECT_EQ(read(path(name)), "second");
  }
  EXPECT_EQ(names().size(), 5u);
  EXPECT_EQ(replaced(path(std::string(256, 'n')), "x"), "error(ENAMETOOLONG) close");
}

TEST_P(ReplacingStreamTest, APathThatNamesNoFileIsRefusedAsByOpen) {
  files::create_directory(path("folder"));
  put(path(), "old");
  for (const auto& [name, error] :
       std::vector<std::pair<std::string, std::string>>{{path("folder"), "EISDIR"},
                                                        {path("folder/"), "EISDIR"},
                                                        {path("folder/."), "EISDIR"},
                                                        {path("folder/.."), "EISDIR"},
                                                        {path("missing/"), "EISDIR"},
                                                        {path("file/"), "EISDIR"},
                                                        {path("file/x"), "ENOTDIR"},
                                                        {path("missing/x"), "ENOENT"},
                                                        {"/", "EISDIR"},
                                                        {"", "ENOENT"}}) {
    EXPECT_EQ(replaced(name, "x"), "error(" + error + ") close") << name;
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    EXPECT_EQ(fd, -1) << name;
    EXPECT_EQ(failure, Error::system(errno, "open", name)) << name;
  }
  EXPECT_EQ(names(), (FileNames{"file", "folder"}));
  EXPECT_EQ(test::thrown_by([&] { create_replacing_stream(loop, std::string("a\0b", 3)); }).name(),
            "ERR_INVALID_ARG_VALUE");
}

TEST_P(ReplacingStreamTest, ALinkStaysAndItsTargetIsReplaced) {
  files::create_directory(path("folder"));
  put(path("folder/real"), "old");
  files::create_symlink("folder/real", path("relative"));
  files::create_symlink(path("relative"), path("absolute"));
  files::create_symlink("../relative", path("folder/up"));
  for (const std::string name : {"relative", "absolute", "folder/up"}) {
    EXPECT_EQ(replaced(path(name), name), kDone);
    EXPECT_TRUE(files::is_symlink(path(name)));
    EXPECT_EQ(read(path("folder/real")), name);
  }
  EXPECT_EQ(names(), (FileNames{"absolute", "folder", "relative"}));
}

TEST_P(ReplacingStreamTest, ADanglingLinkHasItsFileMade) {
  files::create_symlink("target", path("link"));
  EXPECT_EQ(replaced(path("link"), "text"), kDone);
  EXPECT_TRUE(files::is_symlink(path("link")));
  EXPECT_EQ(read(path("target")), "text");
  files::create_symlink("missing/target", path("lost"));
  EXPECT_EQ(replaced(path("lost"), "text"), "error(ENOENT) close");
}

TEST_P(ReplacingStreamTest, ALoopOfLinksIsRefusedByName) {
  files::create_symlink("b", path("a"));
  files::create_symlink("a", path("b"));
  EXPECT_EQ(replaced(path("a"), "text"), "error(ELOOP) close");
  EXPECT_EQ(failure.what(), "ELOOP: too many symbolic links encountered, open '" + path("a") + "'");
  EXPECT_EQ(names(), (FileNames{"a", "b"}));
}

TEST_P(ReplacingStreamTest, AChainOfFortyLinksIsFollowedAndOneOfMoreIsNot) {
  put(path("0"), "old");
  for (int i = 1; i <= 41; ++i)
    files::create_symlink(std::to_string(i - 1), path(std::to_string(i)));
  EXPECT_EQ(replaced(path("40"), "new"), kDone);
  EXPECT_EQ(read(path("0")), "new");
  EXPECT_EQ(replaced(path("41"), "new"), "error(ELOOP) close");
}

TEST_P(ReplacingStreamTest, ADeviceOrAFifoIsWrittenTo) {
  EXPECT_EQ(replaced("/dev/null", "text", {.before_replacing = [](Callback) { FAIL(); }}), kDone);
  EXPECT_TRUE(files::is_character_file("/dev/null"));
  EXPECT_EQ(replaced("/dev/full", "text"), "open ready error(ENOSPC) close");

  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = read(path()); });
  EXPECT_EQ(replaced(path(), "through"), kDone);
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_TRUE(files::is_fifo(path()));
}

TEST_P(ReplacingStreamTest, ADeviceOrAFifoHasNothingToFlushWhichIsNoFailure) {
  EXPECT_EQ(replaced("/dev/null", "text", {.flush = true}), kDone);
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  std::thread reader([&] { read(path()); });
  EXPECT_EQ(replaced(path(), "through", {.flush = true}), kDone);
  reader.join();
}

// Only an open follows such a link: its text, "pipe:[7]", is no path.
TEST_P(ReplacingStreamTest, ALinkOfProcIsWrittenTo) {
  const int fd = ::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const auto inode = status(path()).st_ino;
  files::create_symlink("/proc/self/fd/" + std::to_string(fd), path("link"));
  EXPECT_EQ(replaced(path("link"), "text"), kDone) << failure.what();
  EXPECT_EQ(read(path()), "text");
  EXPECT_EQ(status(path()).st_ino, inode);
  ::close(fd);
}

TEST_P(ReplacingStreamTest, AFileThatComesMeanwhileIsReplaced) {
  const auto stream = replace(path());
  stream->write("new", [&] {
    put(path(), "meanwhile");
    stream->end();
  });
  EXPECT_EQ(after_run(), kDone);
  EXPECT_EQ(read(path()), "new");
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, AFolderThatComesMeanwhileIsNot) {
  put(path(), "old");
  const auto stream = replace(path());
  stream->write("new", [&] {
    files::remove(path());
    files::create_directory(path());
    stream->end();
  });
  EXPECT_EQ(after_run(), "open ready error(EISDIR) close");
  EXPECT_EQ(failure.what(), "EISDIR: illegal operation on a directory, rename '" + path() + "'");
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, AFolderThatIsRenamedMeanwhileHoldsTheFile) {
  files::create_directory(path("folder"));
  const auto stream = replace(path("folder/file"));
  stream->write("new", [&] {
    files::rename(path("folder"), path("renamed"));
    files::create_directory(path("folder"));
    stream->end();
  });
  EXPECT_EQ(after_run(), kDone);
  EXPECT_EQ(read(path("renamed/file")), "new");
}

TEST_P(ReplacingStreamTest, BeforeReplacingTheFileWaitsToBeLookedAt) {
  put(path(), "old");
  Callback replace_it;
  const auto stream = replace(path(), {.before_replacing = [&](Callback replace) {
                                log.add("complete");
                                replace_it = std::move(replace);
                              }});
  stream->end("new");
  EXPECT_EQ(after_run(), "open ready complete");
  EXPECT_EQ(read(path()), "old");
  replace_it();
  replace_it();  // once is enough
  EXPECT_EQ(after_run(), "finish close");
  EXPECT_EQ(read(path()), "new");
}

TEST_P(ReplacingStreamTest, BeforeReplacingItCanBeRefused) {
  put(path(), "old");
  EXPECT_EQ(replaced(path(), "new",
                     {.before_replacing =
                          [](Callback replace) { replace(Error::system(EILSEQ, "verify")); }}),
            "open ready error(EILSEQ) close");
  EXPECT_EQ(replaced(path(), "new", {.before_replacing = [](Callback) {}}),
            "open ready error(ERR_CALLBACK_DROPPED) close");
  EXPECT_EQ(read(path()), "old");
  EXPECT_EQ(names(), FileNames{"file"});
}

TEST_P(ReplacingStreamTest, DestroyedBeforeReplacingItIsNotReplacedLater) {
  put(path(), "old");
  Callback replace_it;
  const auto stream = replace(
      path(), {.before_replacing = [&](Callback replace) { replace_it = std::move(replace); }});
  stream->end("new");
  loop.run();
  stream->destroy();
  loop.run();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(names(), FileNames{"file"});
  replace_it();
  loop.run();
  EXPECT_EQ(read(path()), "old");
}

// Two that wait for each other: all of several files, or none.
TEST_P(ReplacingStreamTest, SeveralFilesAreReplacedTogether) {
  std::vector<Callback> complete;
  const auto wait = [&](Callback replace) {
    complete.push_back(std::move(replace));
    if (complete.size() == 2)
      for (Callback& each : complete) each();
  };
  replace(path("a"), {.before_replacing = wait})->end("1");
  loop.run();
  EXPECT_FALSE(files::exists(path("a")));
  replace(path("b"), {.before_replacing = wait})->end("2");
  loop.run();
  EXPECT_EQ(names(), (FileNames{"a", "b"}));
}

using ReplacingStreamDeathTest = test::ReplacingTest;

// For every signal that ends a process by default, at every moment.
TEST_F(ReplacingStreamDeathTest, AKilledProcessLeavesTheOldFileAndNoOther) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The death test's process has this one's folder.
  const char* const given = std::getenv("WEIR_TEST_FOLDER");
  const std::string file = (given ? std::string(given) : path("")) + "file";
  ::setenv("WEIR_TEST_FOLDER", path("").c_str(), 0);
  put(file, "old");
  const auto die = [&](int signal, bool complete) {
    std::signal(signal, SIG_DFL);  // nohup, or a shell's &, may have it ignored
    Loop mortal;
    const auto stream = create_replacing_stream(
        mortal, file, {.before_replacing = [&](Callback) { std::raise(signal); }});
    stream->write("new", [&] {
      if (!complete) std::raise(signal);
      stream->end();
    });
    mortal.run();
  };
  for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGALRM})
    for (const bool complete : {false, true}) {
      EXPECT_EXIT(die(signal, complete), testing::KilledBySignal(signal), "");
      EXPECT_EQ(read(file), "old");
      EXPECT_EQ(names(), FileNames{"file"});
    }
  ::unsetenv("WEIR_TEST_FOLDER");
}

// Between the two calls that it takes to put a file without a name in another's place.
TEST_F(ReplacingStreamDeathTest, AProcessKilledInsideOfTheReplacementLeavesTheNewFileAlone) {
#if WEIR_TEST_THREAD_SANITIZER
  GTEST_SKIP() << "ThreadSanitizer knows no process that shares memory";
#endif
  // Its clone() refuses one (EINVAL), so the calls are made on a thread that a signal ends as well.
  if (std::getenv("WEIR_QEMU_PROGRAM"))
    GTEST_SKIP() << "qemu-user makes no process that shares memory";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const char* const given = std::getenv("WEIR_TEST_FOLDER");
  const std::string file = (given ? std::string(given) : path("")) + "file";
  ::setenv("WEIR_TEST_FOLDER", path("").c_str(), 0);
  const auto die = [&](int signal) {
    const test::FailingFileCalls killing(
        {.call = "renameat",
         .before = [signal, process = ::getpid()] { ::kill(process, signal); }});
    Loop mortal;
    create_replacing_stream(mortal, file)->end("new");
    mortal.run();
  };
  for (const int signal : {SIGKILL, SIGTERM, SIGALRM}) {
    put(file, "old");
    EXPECT_EXIT(die(signal), testing::KilledBySignal(signal), "");
    // The move that had begun is done. (The death test's process comes by here as well.)
    while (!given && names() != FileNames{"file"}) std::this_thread::yield();
    EXPECT_EQ(read(file), "new");
  }
  ::unsetenv("WEIR_TEST_FOLDER");
}

}  // namespace
}  // namespace weir::fs
