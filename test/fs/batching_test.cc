// Which writes become one call, and on which thread that is made.

#include "fs/write_routes.h"
#include <weir/fs/write_stream.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace weir::fs {
namespace {

using BatchingTest = test::RouteTest;
using InPlaceTest = test::FileTest;

std::string line(int number) { return fmt::format("Line {}\n", number); }

// Writes that many lines, as fast as the stream takes them.
class Lines {
 public:
  Lines(Ref<WriteStream> stream, int count) : stream_(std::move(stream)), count_(count) {
    stream_->on<Drain>([this] { go_on(); });
    go_on();
  }

 private:
  void go_on() {
    while (next_ < count_)
      if (!stream_->write(line(next_++))) return;
    stream_->end();
  }

  Ref<WriteStream> stream_;
  int count_;
  int next_ = 0;
};

TEST_P(BatchingTest, MakesOneCallAFilledBuffer) {
  constexpr int kLines = 10'000;
  for (const std::size_t mark : {1024u, 16384u, 65536u}) {
    std::size_t full = 0;
    std::size_t rest = 0;
    std::size_t total = 0;
    for (int i = 0; i < kLines; ++i) {
      total += line(i).size();
      rest += line(i).size();
      if (rest >= mark) {
        ++full;
        rest = 0;
      }
    }
    ASSERT_GT(rest, 0u);

    Loop own;
    auto disk = files_on(own);
    Lines lines(create_write_stream(
                    own, "x",
                    routed({.high_water_mark = static_cast<std::int64_t>(mark), .file_ops = disk})),
                kLines);
    own.run();
    EXPECT_EQ(disk->content().size(), total);
    EXPECT_EQ(disk->count("write"), full + 1) << mark;
    EXPECT_LE(disk->count("write"), total / mark + 1) << mark;
    EXPECT_EQ(disk->written_here(), goes_here() ? full : 0) << "the last is not a full one";
  }
}

TEST_P(BatchingTest, AWriterThatDoesNotWaitFillsNoMoreCalls) {
  auto stream = make({.high_water_mark = 1024});
  loop.run();
  std::size_t total = 0;
  for (int i = 0; i < 10'000; ++i) {
    stream->write(line(i));
    total += line(i).size();
  }
  stream->end();
  loop.run();
  EXPECT_EQ(files->content().size(), total);
  EXPECT_EQ(files->count("write"), 2u);  // the first buffer, and the chunks written meanwhile
}

TEST_F(InPlaceTest, AFullBufferIsWrittenAtOnceAndLessIsNot) {
  auto stream = make({.high_water_mark = 100});
  loop.run();
  stream->write(std::string(99, 'a'));
  EXPECT_EQ(files->count("write"), 0u);
  loop.run();
  EXPECT_EQ(files->count("write"), 1u);
  EXPECT_EQ(files->written_here(), 0u);
  EXPECT_FALSE(stream->write(std::string(100, 'b')));
  EXPECT_EQ(files->count("write"), 2u);
  EXPECT_EQ(files->written_here(), 1u);
  loop.run();
  EXPECT_EQ(stream->bytes_written(), 199u);
}

TEST_F(InPlaceTest, APartialBufferIsNeverWrittenInline) {
  auto stream = make({.high_water_mark = 100});
  int turns = 0;
  Function<void()> turn = [&] {
    stream->write("a line\n");
    if (++turns < 50)
      loop.set_immediate([&] { turn(); });
    else
      stream->end("the last\n");
  };
  turn();
  loop.run();
  EXPECT_EQ(files->written_here(), 0u);
  EXPECT_EQ(files->content().size(), 50 * 7 + 9u);
}

TEST_F(InPlaceTest, AWriterThatDoesNotWaitUsesThePoolAboveTheLimit) {
  constexpr std::size_t kMostHere = 2u << 20;
  auto stream = make();
  loop.run();
  stream->write(Buffer::adopt(std::string(kMostHere, 'a')));
  loop.run();
  EXPECT_EQ(files->written_here(), 1u);
  stream->write(Buffer::adopt(std::string(kMostHere + 1, 'b')));
  loop.run();
  EXPECT_EQ(files->written_here(), 1u);
  EXPECT_EQ(files->count("write"), 2u);
}

TEST_F(InPlaceTest, AFullBufferThatWaitedForThePoolIsWrittenInline) {
  auto stream = make({.high_water_mark = 100});
  loop.run();
  files->hold_writes();
  stream->write("small");
  loop.run();
  ASSERT_TRUE(files->holds_any());
  stream->write(std::string(60, 'a'));
  EXPECT_FALSE(stream->write(std::string(60, 'b')));
  files->release();
  loop.run();
  EXPECT_EQ(files->count("write"), 2u);
  EXPECT_EQ(files->written_here(), 1u);
  EXPECT_EQ(files->content(), "small" + std::string(60, 'a') + std::string(60, 'b'));
}

TEST_F(InPlaceTest, ACorkedBufferIsWrittenHereWhenItIsUncorked) {
  auto stream = make({.high_water_mark = 100});
  loop.run();
  stream->cork();
  for (int i = 0; i < 30; ++i) stream->write("12345");
  EXPECT_EQ(files->count("write"), 0u);
  stream->uncork();
  EXPECT_EQ(files->count("write"), 1u);
  EXPECT_EQ(files->written_here(), 1u);
  loop.run();
  EXPECT_EQ(files->content().size(), 150u);
}

TEST_F(InPlaceTest, ASlowWriteSendsTheNextOnesToThePool) {
  auto stream = make({.high_water_mark = 10});
  loop.run();
  files->let_writes_take(std::chrono::milliseconds(50));
  for (int i = 0; i < 5; ++i) {
    stream->write("0123456789");
    loop.run();
  }
  EXPECT_EQ(files->count("write"), 5u);
  EXPECT_EQ(files->written_here(), 1u);
  EXPECT_EQ(stream->bytes_written(), 50u);
}

TEST_F(InPlaceTest, TheRestOfAShortWriteIsWrittenWithoutKeepingTheLoop) {
  auto stream = make({.high_water_mark = 10});
  loop.run();
  files->accept_at_most(1);
  int turns = 0;
  Function<void()> turn = [&] {
    ++turns;
    if (stream->writable_length() > 0) loop.set_immediate([&] { turn(); });
  };
  stream->write("0123456789");
  EXPECT_EQ(files->count("write"), 1u);
  turn();
  loop.run();
  EXPECT_EQ(files->content(), "0123456789");
  EXPECT_GE(turns, 10);
}

WEIR_ON_EVERY_ROUTE(BatchingTest);

}  // namespace
}  // namespace weir::fs
