// Files with holes that are piped into files: the copy has the same bytes, and the holes.

#include "fs/sparse_copy.h"
#include "support/descriptors.h"
#include "support/file_test.h"
#include "support/numbered.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/stream/pipeline.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using test::numbered;
using test::open_descriptors;

constexpr std::int64_t kMebibyteOffset = std::int64_t{1} << 20;
// The bytes that a file system may allocate beside a hole.
constexpr std::int64_t kSlack = kMebibyteOffset;

struct Data {
  std::int64_t offset;
  std::int64_t size;
};
struct Layout {
  const char* name;
  std::vector<Data> data;
  std::int64_t size;
};
void PrintTo(const Layout& layout, std::ostream* out) { *out << layout.name; }

std::int64_t allocated(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_blocks * 512;
}

class SparseTest : public test::FileTest {
 protected:
  // Skips the test where the folder's file system has no holes.
  void SetUp() override {
    write_file(path("probe"), {}, 8 * kMebibyteOffset);
    if (allocated(path("probe")) > kMebibyteOffset)
      GTEST_SKIP() << "the file system keeps no holes";
  }

  static void write_file(const std::string& path, const std::vector<Data>& data,
                         std::int64_t size) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (const Data& part : data) {
      const std::string bytes = numbered(static_cast<std::size_t>(part.size));
      EXPECT_EQ(::pwrite(fd, bytes.data(), bytes.size(), part.offset), part.size);
    }
    EXPECT_EQ(::ftruncate(fd, size), 0);
    ::close(fd);
  }
  static std::string content(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string bytes(std::filesystem::file_size(path), '?');
    EXPECT_EQ(::pread(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ::close(fd);
    return bytes;
  }
  void copy(ReadStreamOptions from, WriteStreamOptions to) {
    auto source = create_read_stream(loop, path("in"), std::move(from));
    auto destination = create_write_stream(loop, path("out"), std::move(to));
    Error failed;
    pipeline(source, destination, [&](const Error& error) { failed = error; });
    loop.run();
    EXPECT_FALSE(failed) << failed.what();
    read_ = source->bytes_read();
    written_ = destination->bytes_written();
  }

  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
};

class SparseLayoutTest : public SparseTest, public testing::WithParamInterface<Layout> {};

INSTANTIATE_TEST_SUITE_P(
    OfHoles, SparseLayoutTest,
    testing::Values(
        Layout{"none", {{0, 9 * kMebibyteOffset}}, 9 * kMebibyteOffset},
        Layout{"leading", {{10 * kMebibyteOffset, 100'000}}, 10 * kMebibyteOffset + 100'000},
        Layout{"middle",
               {{0, 100'000}, {10 * kMebibyteOffset + 4096, kMebibyteOffset}},
               11 * kMebibyteOffset + 4096},
        Layout{"trailing", {{0, 100'000}}, 10 * kMebibyteOffset},
        Layout{"trailing_of_an_odd_size", {{0, 3}}, 10 * kMebibyteOffset + 77'777},
        Layout{"all_of_it", {}, 10 * kMebibyteOffset},
        Layout{"all_of_it_but_a_bit", {}, 16 * kMebibyteOffset + 1},
        Layout{"many",
               {{kMebibyteOffset, 5000}, {3 * kMebibyteOffset, 1}, {9 * kMebibyteOffset, 70'000}},
               11 * kMebibyteOffset + 5}),
    [](const auto& layout) { return layout.param.name; });

TEST_P(SparseLayoutTest, TheCopyHasTheBytesAndTheHoles) {
  const Layout& layout = GetParam();
  std::int64_t data = 0;
  for (const Data& part : layout.data) data += part.size;
  write_file(path("in"), layout.data, layout.size);
  for (const bool flush : {false, true}) {
    SCOPED_TRACE(flush);
    std::filesystem::remove(path("out"));
    copy({}, {.flush = flush});
    EXPECT_TRUE(content(path("out")) == content(path("in")));
    EXPECT_LE(allocated(path("out")), data + kSlack);
    EXPECT_EQ(read_, static_cast<std::uint64_t>(layout.size));
    EXPECT_EQ(written_, static_cast<std::uint64_t>(layout.size));
  }
}

TEST_P(SparseLayoutTest, AHoleOfTheSourceErasesTheDestinationsBytes) {
  const Layout& layout = GetParam();
  write_file(path("in"), layout.data, layout.size);
  for (const std::int64_t old : {kMebibyteOffset, layout.size, layout.size + kMebibyteOffset}) {
    SCOPED_TRACE(old);
    write_file(path("out"), {{0, old}}, old);
    const std::string before = content(path("out"));
    copy({}, {.flags = "r+"});
    const std::string copied = content(path("in"));
    const std::string rest = before.substr(std::min(before.size(), copied.size()));
    EXPECT_TRUE(content(path("out")) == copied + rest);
  }
}

TEST_P(SparseLayoutTest, APartIsCopiedToWhereItIsToGo) {
  const Layout& layout = GetParam();
  write_file(path("in"), layout.data, layout.size);
  const std::int64_t start = 12'345;
  const std::int64_t end = 10 * kMebibyteOffset + 33;
  std::filesystem::remove(path("out"));
  copy({.start = start, .end = end}, {.start = 777});
  const std::string copied =
      content(path("in")).substr(start, static_cast<std::size_t>(end - start + 1));
  EXPECT_TRUE(content(path("out")) == std::string(777, '\0') + copied);
  EXPECT_EQ(written_, copied.size());
}

TEST_P(SparseLayoutTest, IsAppendedWhole) {
  const Layout& layout = GetParam();
  write_file(path("in"), layout.data, layout.size);
  put(path("out"), "before ");
  copy({}, {.flags = "a"});
  EXPECT_TRUE(content(path("out")) == "before " + content(path("in")));
}

TEST_P(SparseLayoutTest, ReachesAnotherFileSystem) {
  const std::string elsewhere =
      "/dev/shm/" + std::filesystem::path(path("x")).parent_path().filename().string();
  const Layout& layout = GetParam();
  write_file(path("in"), layout.data, layout.size);
  const int made = ::open(elsewhere.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) GTEST_SKIP() << "/dev/shm cannot be written to";
  ::close(made);
  create_read_stream(loop, path("in"))->pipe(create_write_stream(loop, elsewhere));
  loop.run();
  EXPECT_TRUE(content(elsewhere) == content(path("in")));
  std::int64_t data = 0;
  for (const Data& part : layout.data) data += part.size;
  EXPECT_LE(allocated(elsewhere), data + kSlack);
  ::unlink(elsewhere.c_str());
}

TEST_F(SparseTest, AFileOfOnlyAHoleIsCopiedWithoutItsLength) {
  constexpr std::int64_t size = std::int64_t{1} << 30;
  write_file(path("in"), {}, size);
  const std::size_t before = open_descriptors();
  copy({}, {});
  EXPECT_EQ(std::filesystem::file_size(path("out")), static_cast<std::uintmax_t>(size));
  EXPECT_LE(allocated(path("out")), kSlack);
  EXPECT_EQ(written_, static_cast<std::uint64_t>(size));
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(SparseTest, TheSourcesPositionStaysWhereItIs) {
  write_file(path("in"), {{kMebibyteOffset, 5000}}, 9 * kMebibyteOffset);
  const int fd = ::open(path("in").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::lseek(fd, 4242, SEEK_SET), 4242);
  copy({.auto_close = false, .fd = fd, .start = 0}, {});
  EXPECT_EQ(::lseek(fd, 0, SEEK_CUR), 4242);
  ::close(fd);
  EXPECT_TRUE(content(path("out")) == content(path("in")));
}

// Two streams may fill parts of one file at once.
TEST_F(SparseTest, AHoleTruncatesNoDataAfterIt) {
  write_file(path("in"), {}, 4 * kMebibyteOffset);
  const int from = ::open(path("in").c_str(), O_RDONLY | O_CLOEXEC);
  const int to = ::open(path("out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::pwrite(to, "behind", 6, 4 * kMebibyteOffset), 6);
  ASSERT_EQ(::pwrite(to, "garbage", 7, kMebibyteOffset), 7);
  EXPECT_EQ(copy_keeping_holes({from, 0}, {to, 0}, 4 * kMebibyteOffset), 4 * kMebibyteOffset);
  EXPECT_TRUE(content(path("out")) == std::string(4 * kMebibyteOffset, '\0') + "behind");
  EXPECT_EQ(copy_keeping_holes({from, 4 * kMebibyteOffset}, {to, 0}, 5), 0);
  ::close(from);
  ::close(to);
}

}  // namespace
}  // namespace weir::fs
