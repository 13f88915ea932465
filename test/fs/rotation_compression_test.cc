// Rotated files that are compressed.

#include "support/rotating_test.h"
#include <weir/fs/rotating_stream.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::fs {
namespace {

using testing::ElementsAre;

class RotationCompressionTest : public test::RotatingTest {
 protected:
  static RotatedFilter gzip() {
    return {".gz", [](Loop& on) { return zlib::create_gzip(on); }};
  }
  // Fails after `good` files.
  RotatedFilter failing(int good) {
    return {".gz", [this, good](Loop& on) -> Ref<Transform> {
              if (made_++ < good) return zlib::create_gzip(on);
              return Transform::make(on, {.transform = [](Transform&, const Chunk&, Done done) {
                                       done(Error("no"));
                                     }});
            }};
  }
  std::string unpacked(const std::string& name) const {
    return std::string(zlib::gunzip_sync(Buffer::adopt(read(path(name)))).text());
  }

  int made_ = 0;
};

// Compressions that do not end before release().
class HeldRotationCompressionTest : public RotationCompressionTest {
 protected:
  RotatedFilter held() {
    return {".gz", [this](Loop& on) -> Ref<Transform> {
              return Transform::make(on, {.transform =
                                              [](Transform& stream, Chunk chunk, Done done) {
                                                stream.push(std::move(chunk));
                                                done();
                                              },
                                          .flush =
                                              [this](Transform&, Done done) {
                                                ++begun_;
                                                if (is_held_)
                                                  held_.push_back(std::move(done));
                                                else
                                                  done();
                                              }});
            }};
  }
  Ref<RotatingStream> keeping(std::size_t keep) {
    auto stream = rotating({.keep = keep, .compress = held()});
    stream->on<Rotated>([this](const Rotated& rotated) {
      compressed_ = std::filesystem::path(rotated.path).filename().string();
    });
    return stream;
  }
  void release() {
    is_held_ = false;
    for (auto& done : std::exchange(held_, {})) done();
  }
  // Until the switch.
  void rotate(const Ref<RotatingStream>& stream, std::string_view line) {
    const std::uint64_t before = stream->switches();
    stream->write(line);
    stream->rotate();
    turn_until([&] { return stream->switches() > before; });
  }

  int begun_ = 0;
  bool is_held_ = true;
  std::vector<Done> held_;
  std::string compressed_;  // the last one
};

TEST_F(RotationCompressionTest, EachRotatedFileIsReplacedByItsCompressedOne) {
  auto stream = rotating({.max_size = 2, .compress = gzip()});
  for (int i = 0; i < 4; ++i) stream->print("{}\n", i);
  stream->end();
  EXPECT_THAT(after_run(),
              testing::AllOf(testing::HasSubstr("rotated(log.000001.gz)"),
                             testing::EndsWith("rotated(log.000003.gz) finish close")));
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000002.gz", "log.000003.gz"}));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(unpacked(fmt::format("log.00000{}.gz", i + 1)), fmt::format("{}\n", i));
  EXPECT_EQ(read(path("log")), "3\n");
}

TEST_F(RotationCompressionTest, CompressedFilesCountAgainstTheLimit) {
  for (int round = 0; round < 3; ++round) {
    auto stream = rotating({.max_size = 2, .keep = 2, .compress = gzip()});
    for (int i = 0; i < 3; ++i) stream->print("{}\n", i);
    stream->end();
    loop.run();
    EXPECT_LE(names().size(), 3u);
  }
}

TEST_F(RotationCompressionTest, AFileThatTheLimitRemovedIsNoFailure) {
  auto stream = rotating({.max_size = 2, .keep = 1, .compress = gzip()});
  for (int i = 0; i < 30; ++i) stream->print("{}\n", i % 10);
  stream->end();
  EXPECT_THAT(after_run(), testing::Not(testing::HasSubstr("failed")));
}

TEST_F(RotationCompressionTest, ACompressedFileHasTheModeOfTheFile) {
  put(path("log"), "1\n");
  ASSERT_EQ(::chmod(path("log").c_str(), 0600), 0);
  auto stream = rotating({.compress = gzip()});
  stream->rotate();
  stream->end();
  loop.run();
  struct stat status{};
  ASSERT_EQ(::stat(path("log.000001.gz").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(RotationCompressionTest, AFileThatCannotBeCompressedStaysAndIsTriedAgain) {
  {
    auto stream = rotating({.max_size = 2, .compress = failing(1)});
    for (int i = 0; i < 3; ++i) stream->print("{}\n", i);
    stream->end();
    loop.run();
  }
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000002"}));
  EXPECT_EQ(read(path("log.000002")), "1\n");
  EXPECT_STREQ(failure.what(), "no");
  auto stream = rotating({.compress = gzip()});
  stream->rotate();
  stream->end();
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000002.gz", "log.000003.gz"}));
  EXPECT_EQ(unpacked("log.000002.gz"), "1\n");
}

TEST_F(RotationCompressionTest, AFilterThatThrowsIsAFailure) {
  auto stream = rotating({.compress = {".gz", [](Loop&) -> Ref<Transform> {
                                         throw std::runtime_error("no filter");
                                       }}});
  stream->write("1\n");
  stream->rotate();
  stream->end();
  loop.run();
  EXPECT_STREQ(failure.what(), "no filter");
  EXPECT_EQ(read(path("log.000001")), "1\n");
}

TEST_F(RotationCompressionTest, ADestroyCancelsIt) {
  put(path("log"), std::string(5 << 20, 'x') + "\n");
  auto stream = rotating({.compress = gzip()});
  stream->rotate(cb("rotate"));
  turn_until([&] { return stream->switches() == 1; });
  stream->destroy();
  EXPECT_EQ(after_run(), "open ready rotate close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000001"}));
  EXPECT_EQ(read(path("log.000001")).size(), (5u << 20) + 1);
}

TEST_F(RotationCompressionTest, ADestroyDuringTheEndsWaitCancelsIt) {
  put(path("log"), std::string(5 << 20, 'x') + "\n");
  auto stream = rotating({.compress = gzip()});
  stream->rotate();
  stream->end();
  turn_until([&] { return stream->switches() == 1; });
  for (int i = 0; i < 5; ++i) loop.poll();
  stream->destroy();
  loop.run();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(names(), (test::Names{"log", "log.000001"}));
}

TEST_F(RotationCompressionTest, ALoopThatEndsMeanwhileLeavesTheFile) {
  put(path("log"), std::string(5 << 20, 'x') + "\n");
  for (const bool ends : {false, true}) {
    std::optional<Loop> own(std::in_place);
    auto stream = create_rotating_stream(*own, path("log"), {.compress = gzip()});
    stream->rotate();
    if (ends) stream->end();
    while (stream->switches() == 0) own->poll();
    own->poll();
    own.reset();
    EXPECT_EQ(names(), (test::Names{"log", "log.000001"}));
    std::filesystem::rename(path("log.000001"), path("log"));
  }
}

TEST_F(RotationCompressionTest, AProgramThatDidNotCompressLeavesTheOlderArchivesWhole) {
  for (const bool compresses : {true, false, true}) {
    auto stream = rotating({.compress = compresses ? gzip() : RotatedFilter{}});
    stream->print("{}\n", names().size());
    stream->rotate();
    stream->end();
    loop.run();
  }
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000002.gz", "log.000003.gz"}));
  EXPECT_EQ(unpacked("log.000001.gz"), "0\n");
  EXPECT_EQ(unpacked("log.000002.gz"), "2\n");
  EXPECT_EQ(unpacked("log.000003.gz"), "3\n");
}

TEST_F(RotationCompressionTest, APlantedLinkOrFifoIsNotCompressed) {
  put(path("secret"), "secret\n");
  std::filesystem::create_symlink("secret", path("log.000001"));
  ASSERT_EQ(::mkfifo(path("log.000002").c_str(), 0600), 0);
  std::filesystem::create_directory(path("log.000003"));
  auto stream = rotating({.compress = gzip()});
  stream->write("1\n");
  stream->rotate();
  stream->end();
  EXPECT_EQ(after_run(), "open ready rotated(log.000004.gz) finish close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000001", "log.000002", "log.000003", "log.000004.gz",
                                  "secret"}));
}

// After the rotation has found a file there.
TEST_F(RotationCompressionTest, ALinkOrFifoThatTakesTheNameOfARotatedFileIsNotCompressed) {
  put(path("secret"), "secret\n");
  for (const bool is_link : {true, false}) {
    auto stream =
        rotating({.compress = {".gz", [&](Loop& on) {
                                 std::filesystem::remove(path("log.000001"));
                                 if (is_link)
                                   std::filesystem::create_symlink("secret", path("log.000001"));
                                 else
                                   ::mkfifo(path("log.000001").c_str(), 0600);
                                 return zlib::create_gzip(on);
                               }}});
    stream->write("1\n");
    stream->rotate();
    stream->end();
    EXPECT_EQ(after_run(),
              fmt::format("open ready failed({}) finish close", is_link ? "ELOOP" : "EINVAL"));
    EXPECT_EQ(failure.syscall(), "open");
    EXPECT_EQ(names(), (test::Names{"log", "log.000001", "secret"}));
    std::filesystem::remove(path("log.000001"));
    std::filesystem::remove(path("log"));
  }
}

TEST_F(HeldRotationCompressionTest, AFileThatIsRemovedWhileItIsCompressedLeavesNoCompressedOne) {
  auto stream = keeping(1);
  rotate(stream, "1\n");
  turn_until([&] { return begun_ == 1; });
  rotate(stream, "2\n");
  release();
  turn_until([&] { return compressed_ == "log.000002.gz"; });
  EXPECT_EQ(names(), (test::Names{"log", "log.000002.gz"}));
  stream->end();
  EXPECT_EQ(after_run(), "open ready rotated(log.000002.gz) finish close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000002.gz"}));
}

TEST_F(HeldRotationCompressionTest, FilesThatAreRemovedWhileTheyWaitAreNotCompressed) {
  auto stream = keeping(2);
  for (const char* line : {"1\n", "2\n", "3\n", "4\n", "5\n"}) rotate(stream, line);
  release();
  stream->end("6\n");
  EXPECT_EQ(after_run(), "open ready rotated(log.000004.gz) rotated(log.000005.gz) finish close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000004.gz", "log.000005.gz"}));
  EXPECT_THAT(contents(), ElementsAre("4\n", "5\n", "6\n"));
}

TEST_F(HeldRotationCompressionTest, AFileThatIsCompressedWhileItIsRemovedLeavesNoCompressedOne) {
  auto stream = keeping(1);
  rotate(stream, "1\n");
  turn_until([&] { return begun_ == 1; });
  {
    test::HeldFileCall removal("unlinkat");
    stream->write("2\n");
    stream->rotate();
    turn_until([&] { return removal.is_reached(); });
    release();
    turn_until([&] { return compressed_ == "log.000001.gz"; });
    removal.release();
    turn_until([&] { return stream->switches() == 2; });
  }
  EXPECT_FALSE(std::filesystem::exists(path("log.000001.gz")));
  stream->end();
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "log.000002.gz"}));
}

TEST_F(HeldRotationCompressionTest, ACompressedFileThatComesAfterTheRemovalIsRemoved) {
  auto stream = keeping(1);
  rotate(stream, "1\n");
  turn_until([&] { return begun_ == 1; });
  {
    test::HeldFileCall link("linkat");
    release();
    turn_until([&] { return link.is_reached(); });
    // A rotation whose end the loop has not seen yet.
    put(path("log.000002"), "2\n");
    std::filesystem::remove(path("log.000001"));
    link.release();
    stream->end();
    EXPECT_EQ(after_run(), "open ready finish close");
  }
  EXPECT_EQ(names(), (test::Names{"log", "log.000002"}));
}

TEST_F(HeldRotationCompressionTest, AFileThatAnotherProgramRemovesLeavesItsCompressedOne) {
  auto stream = keeping(1);
  rotate(stream, "1\n");
  turn_until([&] { return begun_ == 1; });
  std::filesystem::remove(path("log.000001"));
  release();
  stream->end();
  EXPECT_EQ(after_run(), "open ready rotated(log.000001.gz) finish close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz"}));
}

TEST_F(RotationCompressionTest, ManyRotationsAtOnceLeaveNoMoreThanTheLimit) {
  for (const std::size_t keep : {0, 1, 2, 5}) {
    for (const std::string& name : names()) std::filesystem::remove(path(name));
    auto stream = rotating({.max_size = 2, .keep = keep, .compress = gzip()});
    for (int i = 0; i < 20; ++i) {
      stream->print("{}\n", i % 10);
      stream->rotate();
    }
    stream->end("x\n");
    loop.run();
    EXPECT_EQ(names().size(), keep + 1) << testing::PrintToString(names());
    if (keep > 0) {
      EXPECT_EQ(unpacked("log.000020.gz"), "9\n");
    }
  }
}

TEST_F(RotationCompressionTest, FilesTooManyOfAKilledProgramAreRemovedAtTheEnd) {
  put(path("log"), "4\n");
  put(path("log.000001.gz"), "1");  // linked after the removal of the original
  put(path("log.000002"), "2\n");
  put(path("log.000003"), "3\n");  // not replaced yet
  put(path("log.000003.gz"), "3");
  auto stream = rotating({.keep = 2, .compress = gzip()});
  stream->end("5\n");
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_EQ(names(), (test::Names{"log", "log.000002", "log.000003", "log.000003.gz"}));
}

TEST_F(RotationCompressionTest, AFullDiskLeavesTheFileAsItIsForTheNextRotation) {
  auto stream = rotating({.keep = 5, .compress = gzip()});
  stream->write("1\n");
  settle(stream);
  {
    const test::FailingFileCalls full({.call = "fsync", .error = ENOSPC, .count = test::kAlways});
    stream->rotate();
    turn_until([&] { return !failure.name().empty(); });
  }
  EXPECT_EQ(failure.code().value(), ENOSPC);
  EXPECT_EQ(names(), (test::Names{"log", "log.000001"}));
  stream->write("2\n");
  stream->rotate();
  stream->end();
  loop.run();
  EXPECT_EQ(names(), (test::Names{"log", "log.000001.gz", "log.000002.gz"}));
  EXPECT_EQ(unpacked("log.000001.gz"), "1\n");
}

}  // namespace
}  // namespace weir::fs
