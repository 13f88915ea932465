// A file piped into a file: with the system copying and without, a program sees the same.
#include "support/descriptors.h"
#include "support/file_test.h"
#include "support/numbered.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using test::numbered;
using test::open_descriptors;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

class PipeFilesTest : public test::FileTest, public testing::WithParamInterface<bool> {
 protected:
  Ref<ReadStream> reader(ReadStreamOptions options = {}) {
    options.fast_pipe = GetParam();
    return create_read_stream(loop, path("in"), std::move(options));
  }
  Ref<WriteStream> writer(WriteStreamOptions options = {}) {
    return create_write_stream(loop, path("out"), std::move(options));
  }
  std::string copied() { return read(path("out")); }
};

INSTANTIATE_TEST_SUITE_P(BothWays, PipeFilesTest, testing::Bool(),
                         [](const auto& fast) { return fast.param ? "fast" : "plain"; });

TEST_P(PipeFilesTest, CopiesFilesOfEverySize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65535}, std::size_t{65536}, std::size_t{65537},
        2 * kMebibyte + 3, 20 * kMebibyte}) {
    SCOPED_TRACE(size);
    const std::string content = numbered(size);
    put(path("in"), content);
    auto source = reader();
    auto destination = writer();
    source->pipe(destination);
    loop.run();
    EXPECT_TRUE(copied() == content);
    EXPECT_EQ(source->bytes_read(), size);
    EXPECT_EQ(destination->bytes_written(), size);
  }
}

TEST_P(PipeFilesTest, ThePipeKeepsTheStreamsAlive) {
  put(path("in"), numbered(3 * kMebibyte));
  reader()->pipe(writer());
  loop.run();
  EXPECT_TRUE(copied() == numbered(3 * kMebibyte));
}

// The pool decides which of the two closes first.
TEST_P(PipeFilesTest, EmitsNodesEvents) {
  put(path("in"), "hello");
  auto source = reader();
  auto destination = writer();
  test::EventLog reads;
  test::EventLog writes;
  source->on<Open>([&] { reads.add("open"); });
  source->on<Ready>([&] { reads.add("ready"); });
  source->on<Resume>([&] { reads.add("resume"); });
  source->on<End>([&] {
    reads.add("end");
    EXPECT_EQ(writes.take(), "pipe");
  });
  destination->on<Pipe>([&] { writes.add("pipe"); });
  destination->on<Prefinish>([&] { writes.add("prefinish"); });
  destination->on<Finish>([&] { writes.add("finish"); });
  destination->on<Unpipe>([&] { writes.add("unpipe"); });
  destination->on<Close>([&] { writes.add("close"); });
  source->pipe(destination);
  loop.run();
  EXPECT_EQ(reads.take(), "resume open ready end");
  EXPECT_EQ(writes.take(), "prefinish finish unpipe close");
  EXPECT_TRUE(source->closed());
  EXPECT_FALSE(source->is_paused());
  EXPECT_EQ(copied(), "hello");
}

TEST_P(PipeFilesTest, PausesAndDrainsForEachChunkWithAListenerOfPauseOrDrain) {
  put(path("in"), numbered(kMebibyte));
  auto source = reader();
  int pauses = 0;
  int drains = 0;
  source->on<Pause>([&] { ++pauses; });
  auto destination = writer();
  destination->on<Drain>([&] { ++drains; });
  source->pipe(destination);
  loop.run();
  EXPECT_EQ(pauses, 16);  // for each chunk
  EXPECT_GE(drains, 15);
  EXPECT_TRUE(copied() == numbered(kMebibyte));
}

TEST_P(PipeFilesTest, CopiesAPartToWhereItIsToGo) {
  const std::string content = numbered(4 * kMebibyte);
  put(path("in"), content);
  put(path("out"), std::string(100, '.'));
  reader({.start = 1000, .end = static_cast<std::int64_t>(3 * kMebibyte)})
      ->pipe(writer({.flags = "r+", .start = 50}));
  loop.run();
  EXPECT_TRUE(copied() == std::string(50, '.') + content.substr(1000, 3 * kMebibyte - 999));
}

TEST_P(PipeFilesTest, AppendsWhereTheDestinationAppends) {
  put(path("in"), numbered(kMebibyte));
  put(path("out"), "before ");
  reader()->pipe(writer({.flags = "a"}));
  loop.run();
  EXPECT_TRUE(copied() == "before " + numbered(kMebibyte));
}

TEST_P(PipeFilesTest, WritesOfOthersStayWhereTheyWereMade) {
  put(path("in"), numbered(2 * kMebibyte));
  auto source = reader();
  auto destination = writer();
  destination->write("first ");
  source->pipe(destination, {.end = false});
  source->on<End>([&] { destination->end(" last"); });
  loop.run();
  EXPECT_TRUE(copied() == "first " + numbered(2 * kMebibyte) + " last");
  EXPECT_EQ(destination->bytes_written(), 2 * kMebibyte + 11);
}

TEST_P(PipeFilesTest, ALaterListenerGetsTheFollowingBytes) {
  put(path("in"), numbered(24 * kMebibyte));
  auto source = reader();
  auto destination = writer();
  source->pipe(destination);
  std::string heard;
  loop.set_immediate(
      [&] { source->on<Data>([&](const Data& data) { heard += data.chunk.text(); }); });
  loop.run();
  EXPECT_TRUE(copied() == numbered(24 * kMebibyte));
  EXPECT_TRUE(numbered(24 * kMebibyte).ends_with(heard));
}

TEST_P(PipeFilesTest, DataReadAheadIsAvailableAfterAnUnpipe) {
  const std::string content = numbered(24 * kMebibyte);
  put(path("in"), content);
  auto source = reader();
  auto destination = writer();
  std::string rest;
  source->pipe(destination);
  destination->once<Drain>([&] {
    loop.set_immediate([&] {
      source->unpipe();
      destination->end();
      for (std::size_t i = 0; i < source->readable_buffer().size(); ++i)
        EXPECT_FALSE(source->readable_buffer()[i].is_external());
      source->on<Data>([&](const Data& data) { rest += data.chunk.text(); });
      source->resume();
    });
  });
  loop.run();
  EXPECT_TRUE(copied() + rest == content);
  EXPECT_FALSE(copied().empty());
  EXPECT_EQ(source->bytes_read(), content.size());
}

TEST_P(PipeFilesTest, SeveralDestinationsGetEverything) {
  put(path("in"), numbered(3 * kMebibyte));
  auto source = reader();
  source->pipe(writer());
  source->pipe(create_write_stream(loop, path("out2")));
  loop.run();
  EXPECT_TRUE(copied() == numbered(3 * kMebibyte));
  EXPECT_TRUE(read(path("out2")) == numbered(3 * kMebibyte));
}

TEST_P(PipeFilesTest, ATruncatedFileIsCopiedToItsEnd) {
  put(path("in"), numbered(24 * kMebibyte));
  auto source = reader();
  auto destination = writer();
  source->pipe(destination);
  destination->once<Drain>([&] { std::filesystem::resize_file(path("in"), 9 * kMebibyte + 7); });
  loop.run();
  EXPECT_EQ(source->bytes_read(), destination->bytes_written());
  EXPECT_EQ(copied().size(), destination->bytes_written());
  EXPECT_TRUE(numbered(24 * kMebibyte).starts_with(copied()));
  EXPECT_TRUE(destination->writable_finished());
}

TEST_P(PipeFilesTest, AFileThatGrowsIsCopiedToItsEnd) {
  put(path("in"), numbered(kMebibyte));
  auto source = reader();
  auto destination = writer();
  source->pipe(destination);
  destination->once<Drain>([&] { put(path("in"), numbered(2 * kMebibyte)); });
  loop.run();
  EXPECT_TRUE(copied() == numbered(2 * kMebibyte));
}

TEST_P(PipeFilesTest, ADestinationThatTakesNoMoreFailsTheWholePipeline) {
  const std::size_t before = open_descriptors();
  put(path("in"), numbered(5 * kMebibyte));
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ::getrlimit(RLIMIT_FSIZE, &usual);
  rlimit small = usual;
  small.rlim_cur = 3 * kMebibyte + 5;
  ::setrlimit(RLIMIT_FSIZE, &small);
  auto source = reader();
  auto destination = writer();
  Error error;
  pipeline(source, destination, [&](const Error& failed) { error = failed; });
  loop.run();
  ::setrlimit(RLIMIT_FSIZE, &usual);
  ::signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(std::string(error.what()), "EFBIG: file too large, write '" + path("out") + "'");
  EXPECT_TRUE(source->destroyed());
  EXPECT_EQ(destination->bytes_written(), 3 * kMebibyte + 5);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PipeFilesTest, ADestroyInTheMiddleLeavesNoDescriptorOpen) {
  const std::size_t before = open_descriptors();
  put(path("in"), numbered(24 * kMebibyte));
  for (const bool destroys_source : {true, false}) {
    auto source = reader();
    auto destination = writer();
    Error error;
    pipeline(source, destination, [&](const Error& failed) { error = failed; });
    destination->once<Drain>([&] {
      loop.set_immediate([&] {
        if (destroys_source)
          source->destroy(Error("stop"));
        else
          destination->destroy(Error("stop"));
      });
    });
    loop.run();
    EXPECT_EQ(std::string(error.message()), "stop");
    EXPECT_TRUE(source->closed());
    EXPECT_TRUE(destination->closed());
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PipeFilesTest, ALoopThatIsDestroyedDuringACopyLeavesNoDescriptorOpen) {
  const std::size_t before = open_descriptors();
  put(path("in"), numbered(24 * kMebibyte));
  {
    Loop own;
    auto destination = create_write_stream(own, path("out"));
    create_read_stream(own, path("in"), {.fast_pipe = GetParam()})->pipe(destination);
    destination->once<Drain>([&] { own.stop(); });
    own.run();
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PipeFilesTest, AMissingSourceLeavesNoFileOfAPipeline) {
  const std::size_t before = open_descriptors();
  Error error;
  pipeline(reader(), writer(), [&](const Error& failed) { error = failed; });
  loop.run();
  EXPECT_EQ(error.name(), "ENOENT");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PipeFilesTest, BothFailingIsOneError) {
  const std::size_t before = open_descriptors();
  int calls = 0;
  Error error;
  pipeline(create_read_stream(loop, path("missing"), {.fast_pipe = GetParam()}),
           create_write_stream(loop, path("no/folder")), [&](const Error& failed) {
             ++calls;
             error = failed;
           });
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(error.name(), "ENOENT");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(PipeFilesTest, PassesThroughATransformOnTheWay) {
  put(path("in"), numbered(2 * kMebibyte));
  reader()->pipe(PassThrough::make(loop))->pipe(writer());
  loop.run();
  EXPECT_TRUE(copied() == numbered(2 * kMebibyte));
}

// The system's files; keeps how long the copies were that it was asked for.
class CopyingFiles final : public FileOps {
 public:
  explicit CopyingFiles(Loop& loop) : ops_(system_file_ops(loop)) {}

  const std::vector<std::size_t>& copies() const noexcept { return copies_; }

  void open(const std::string& path, int flags, int mode, Completed completed) override {
    ops_->open(path, flags, mode, std::move(completed));
  }
  void write(int fd, Views views, std::optional<std::int64_t> offset,
             Completed completed) override {
    ops_->write(fd, views, offset, std::move(completed));
  }
  void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override {
    ops_->read(fd, into, offset, std::move(completed));
  }
  bool are_descriptors() const noexcept override { return true; }
  std::int64_t regular_size(int fd) noexcept override { return ops_->regular_size(fd); }
  bool can_write_here(int fd) noexcept override { return ops_->can_write_here(fd); }
  std::int64_t write_here(int fd, Views views,
                          std::optional<std::int64_t> offset) noexcept override {
    return ops_->write_here(fd, views, offset);
  }
  void copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t length,
            Completed completed) override {
    copies_.push_back(length);
    ops_->copy(from, from_offset, to, to_offset, length, std::move(completed));
  }
  void sync(int fd, Completed completed) override { ops_->sync(fd, std::move(completed)); }
  void datasync(int fd, Completed completed) override { ops_->datasync(fd, std::move(completed)); }
  void close(int fd, Completed completed) override { ops_->close(fd, std::move(completed)); }
  void close_now(int fd) noexcept override { ops_->close_now(fd); }

 private:
  Ref<FileOps> ops_;
  std::vector<std::size_t> copies_;
};

class FastPipeTest : public test::FileTest {};

TEST_F(FastPipeTest, HasTheSystemCopyMoreThanAReadWould) {
  put(path("in"), numbered(16 * kMebibyte));
  const auto copying = make_ref<CopyingFiles>(loop);
  create_read_stream(loop, path("in"))
      ->pipe(create_write_stream(loop, path("out"), {.file_ops = copying}));
  loop.run();
  ASSERT_FALSE(copying->copies().empty());
  EXPECT_GE(std::ranges::max(copying->copies()), 4 * kMebibyte);
  EXPECT_TRUE(read(path("out")) == numbered(16 * kMebibyte));
}

// A Buffer with a place of another class: a program may write it like any other.
TEST_F(FastPipeTest, BytesOfAnUnknownPlaceAreFetchedAndWritten) {
  struct Spelled final : ExternalBytes {
    explicit Spelled(std::string spelled) : text(std::move(spelled)) {}
    Buffer fetch(std::size_t size) override { return Buffer::copy(text.substr(0, size)); }
    std::string text;
  };
  auto stream = create_write_stream(loop, path("out"));
  stream->write("a");
  stream->write(Buffer::external(make_ref<Spelled>("bcd"), 3));
  stream->write(Buffer::external(make_ref<Spelled>(""), 2));  // has become shorter
  stream->end("e");
  loop.run();
  EXPECT_EQ(read(path("out")), "abcde");
  EXPECT_EQ(stream->bytes_written(), 5u);
}

}  // namespace
}  // namespace weir::fs
