// The bytes of a socket's writes, on a descriptor whose results the test decides. Ranges of files
// are in socket_transport_test.cc.
#include "net/send_queue.h"

#include "net/fake_descriptor.h"
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using State = SendQueue::State;
using Flushed = SendQueue::Flushed;

class SendQueueTest : public testing::Test {
 protected:
  void TearDown() override { finished(); }

  // A write of these texts, which waits.
  void write(const std::vector<std::string>& texts) {
    push(texts);
    queue.wait(done());
  }
  // Writes, and reports the write as done if the queue allows it.
  bool write_ahead(const std::vector<std::string>& texts) {
    push(texts);
    if (queue.send_ahead(descriptor, now)) return true;
    queue.wait(done());
    return false;
  }
  void push(const std::vector<std::string>& texts) {
    std::vector<Chunk> chunks;
    std::size_t bytes = 0;
    for (const std::string& text : texts) {
      bytes += text.size();
      chunks.emplace_back(Buffer::copy(std::string_view(text)));
    }
    queue.push(std::move(chunks), bytes);
  }
  // A Done that logs its call.
  Done done() {
    stream->write("x", log.callback("written"));
    return sink.take();
  }
  std::string finished() {
    if (auto done = queue.finish()) (*done)();
    ticks.drain();
    return log.take();
  }

  TickQueue ticks;
  test::EventLog log;
  test::EventLog sink_log;
  test::ManualSink<Chunk> sink{sink_log};
  Ref<Writable> stream = Writable::make(ticks, sink.device({.write = true}), {.write = true});
  FakeDescriptor descriptor;
  SendQueue queue;
  SendAheadLimit::Time now;
};

TEST_F(SendQueueTest, SendsTheChunksOfAWriteInOneCall) {
  write({"ab", "", "c"});
  EXPECT_EQ(queue.state(), State::awaited);
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.sent(), "abc");
  EXPECT_EQ(descriptor.offers, std::vector<std::size_t>{3});
  EXPECT_EQ(finished(), "written");
  EXPECT_EQ(queue.state(), State::empty);
  EXPECT_EQ(queue.bytes_written(), 3u);
}

TEST_F(SendQueueTest, AShortWriteContinuesWhereItStopped) {
  descriptor.takes(1).takes(3).takes(1);
  write({"ab", "cd", "ef"});
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.sent(), "abcdef");
  EXPECT_EQ(descriptor.offers, (std::vector<std::size_t>{6, 5, 2, 1}));
}

TEST_F(SendQueueTest, TheNextFlushSendsTheBytesThatTheSystemDidNotTake) {
  descriptor.takes(3).is_full();
  write({"ab", "cd"});
  EXPECT_EQ(queue.flush(descriptor), Flushed::part);
  EXPECT_EQ(queue.state(), State::awaited);
  EXPECT_EQ(queue.bytes_taken(), 3u);
  EXPECT_EQ(queue.bytes_written(), 0u);
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.sent(), "abcd");
  EXPECT_EQ(queue.bytes_taken(), 4u);
}

class FailedSendTest : public SendQueueTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Errors, FailedSendTest, testing::Values(EPIPE, ECONNRESET, ETIMEDOUT));

TEST_P(FailedSendTest, ReturnsTheErrorAndKeepsTheDone) {
  descriptor.takes(1).fails(GetParam());
  write({"ab"});
  EXPECT_EQ(queue.flush(descriptor), (std::expected<Flushed, int>(std::unexpected(GetParam()))));
  EXPECT_EQ(descriptor.sent(), "a");
  EXPECT_EQ(queue.state(), State::awaited);
  EXPECT_EQ(finished(), "written");
}

TEST_F(SendQueueTest, EachCallOffersABoundedNumberOfChunks) {
  write(std::vector<std::string>(600, "x"));
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.offers, (std::vector<std::size_t>{256, 256, 88}));
  EXPECT_EQ(descriptor.follows, (std::vector<bool>{true, true, false}));
}

// --- Ahead ---

TEST_F(SendQueueTest, AWriteIsReportedAheadWhereTheSystemHasRoom) {
  descriptor.has_room(100);
  EXPECT_TRUE(write_ahead({"ab"}));
  EXPECT_EQ(queue.state(), State::ahead);
  EXPECT_EQ(queue.bytes_written(), 2u);
  EXPECT_EQ(queue.bytes_taken(), 0u);
  EXPECT_TRUE(write_ahead({"cd"}));
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.sent(), "abcd");
  EXPECT_EQ(descriptor.offers, std::vector<std::size_t>{4});
  EXPECT_EQ(finished(), "");
  EXPECT_EQ(queue.bytes_written(), 4u);
}

TEST_F(SendQueueTest, AWriteForWhichThereIsNoRoomWaitsWithThoseAheadOfIt) {
  descriptor.has_room(3);
  EXPECT_TRUE(write_ahead({"ab"}));
  EXPECT_FALSE(write_ahead({"cd"}));
  EXPECT_EQ(queue.state(), State::awaited);
  EXPECT_EQ(queue.bytes_written(), 2u);
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(finished(), "written");
  EXPECT_EQ(queue.bytes_written(), 4u);
}

TEST_F(SendQueueTest, LittleIsReportedAheadAfterAnIncompleteSend) {
  constexpr std::size_t kLittle = std::size_t{16} << 10;
  descriptor.has_room(std::size_t{1} << 20).is_full();
  EXPECT_TRUE(write_ahead({std::string(2 * kLittle, 'x')}));
  EXPECT_EQ(queue.flush(descriptor), Flushed::part);
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(finished(), "");
  EXPECT_TRUE(write_ahead({std::string(kLittle, 'x')}));
  EXPECT_FALSE(write_ahead({"x"}));
}

TEST_F(SendQueueTest, DroppedBytesCountAsWrittenOnlyWhereTheyWereReported) {
  descriptor.has_room(3);
  write_ahead({"ab"});
  write_ahead({"cd"});
  auto dropped = queue.drop();
  EXPECT_EQ(queue.state(), State::empty);
  EXPECT_EQ(queue.bytes_written(), 2u);
  ASSERT_TRUE(dropped);
  (*dropped)();
  EXPECT_EQ(queue.flush(descriptor), Flushed::all);
  EXPECT_EQ(descriptor.sent(), "");
}

}  // namespace
}  // namespace weir::net
