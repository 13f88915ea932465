// Rotated files that are compressed.

#include "support/rotating_test.h"
#include <weir/fs/rotating_stream.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <cerrno>
#include <filesystem>
#include <string>

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
  }
  // A file that was removed while it was compressed is removed with the next rotation.
  auto stream = rotating({.keep = 2, .compress = gzip()});
  stream->rotate();
  stream->end();
  loop.run();
  EXPECT_EQ(names().size(), 3u);
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

}  // namespace
}  // namespace weir::fs
