#include <weir/stream/internal/write_queue.h>

#include <weir/stream/internal/high_water_mark.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using testing::ElementsAre;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::vector<std::string> texts(const std::vector<Chunk>& chunks) {
  std::vector<std::string> all;
  for (const Chunk& chunk : chunks) all.emplace_back(chunk.text());
  return all;
}

class WriteQueueTest : public testing::Test {
 protected:
  void push(std::string_view text) { queue.push(Buffer::copy(text), text.size()); }
  Callback cb(std::string name) {
    return [this, name = std::move(name)] { called.push_back(name); };
  }

  ByteQueue queue{64};
  std::vector<std::string> called;
};

TEST_F(WriteQueueTest, LengthIsThatOfItsChunksAtAnyTime) {
  EXPECT_TRUE(queue.empty());
  push("abc");
  queue.merge(bytes("de"));
  EXPECT_EQ(queue.length(), 5u);
  EXPECT_EQ(queue.count(), 1u);
  queue.allow(8);
  EXPECT_TRUE(queue.append(std::string_view("fgh")));
  EXPECT_EQ(queue.length(), 8u);
  EXPECT_EQ(queue.take().text(), "abc");
  EXPECT_EQ(queue.length(), 5u);
  EXPECT_THAT(texts(queue.take_batch(kNoLimit).chunks), ElementsAre("defgh"));
  EXPECT_EQ(queue.length(), 0u);
  EXPECT_TRUE(queue.empty());
}

TEST_F(WriteQueueTest, MergesUntilAnotherChunkComes) {
  queue.merge(bytes("a"));
  queue.merge(bytes("b"));
  push("large");
  queue.merge(bytes("c"));
  queue.merge(bytes("d"));
  EXPECT_THAT(texts(queue.take_batch(kNoLimit).chunks), ElementsAre("ab", "large", "cd"));
}

TEST_F(WriteQueueTest, HasRoomOnlyForWhatIsAllowedAndNeverForNothing) {
  EXPECT_FALSE(queue.has_room(1));
  queue.merge(bytes("a"));
  queue.allow(2);
  EXPECT_TRUE(queue.has_room(2));
  EXPECT_FALSE(queue.has_room(3));
  EXPECT_FALSE(queue.has_room(0));
  queue.close_room();
  EXPECT_FALSE(queue.has_room(1));
  EXPECT_THAT(texts(queue.take_batch(kNoLimit).chunks), ElementsAre("a"));
  queue.allow(2);  // no merge is in progress: the next write asks
  EXPECT_FALSE(queue.has_room(1));
}

TEST_F(WriteQueueTest, AChunkHasTheCallbackThatWasAddedWithIt) {
  push("a");
  push("b");
  queue.add_callback(cb("b"));
  push("c");
  EXPECT_FALSE(queue.take_callback());
  queue.take();
  Callback callback = queue.take_callback();
  ASSERT_TRUE(callback);
  callback();
  queue.take();
  EXPECT_FALSE(queue.take_callback());
  queue.take();
  EXPECT_THAT(called, ElementsAre("b"));
  EXPECT_TRUE(queue.empty());
}

TEST_F(WriteQueueTest, TakesAllCallbacksInOrder) {
  queue.merge(bytes(""));
  queue.add_callback(cb("1"));
  EXPECT_FALSE(queue.empty()) << "an empty write still has its callback";
  queue.merge(bytes("a"));
  queue.add_callback(cb("2"));
  push("b");
  queue.add_callback(cb("3"));
  Completion completion = queue.take_all_callbacks();
  EXPECT_TRUE(completion);
  completion(success());
  EXPECT_THAT(called, ElementsAre("1", "2", "3"));
  EXPECT_FALSE(queue.take_all_callbacks());
}

TEST_F(WriteQueueTest, TakesABatchWithTheCallbacksOfItsChunks) {
  queue.merge(bytes("ab"));
  queue.add_callback(cb("ab"));
  push("cd");
  queue.add_callback(cb("cd"));
  push("ef");
  EXPECT_EQ(queue.take_batch(3).length, 4u);
  queue.take_callbacks()(success());
  EXPECT_THAT(called, ElementsAre("ab", "cd"));
  EXPECT_EQ(queue.take_batch(kNoLimit).length, 2u);
  EXPECT_TRUE(queue.empty());
}

TEST_F(WriteQueueTest, AFlushOrSyncIsDueWhenTheChunksBeforeItAreTaken) {
  push("a");
  queue.add_stage(Stage::flushed, cb("flush a"));
  queue.merge(bytes("b"));
  queue.add_stage(Stage::synced, cb("sync b"));
  queue.add_stage(Stage::flushed, cb("flush b"));
  EXPECT_FALSE(queue.has_due_stage());
  queue.take();
  ASSERT_TRUE(queue.has_due_stage());
  auto first = queue.take_due_stages();
  EXPECT_EQ(first.stage, Stage::flushed);
  first.callbacks(success());
  EXPECT_THAT(called, ElementsAre("flush a"));
  EXPECT_FALSE(queue.has_due_stage());
  EXPECT_EQ(queue.take_batch(kNoLimit).length, 1u);
  auto second = queue.take_due_stages();
  EXPECT_EQ(second.stage, Stage::synced);
  second.callbacks(success());
  EXPECT_THAT(called, ElementsAre("flush a", "sync b", "flush b"));
  EXPECT_TRUE(queue.empty());
}

TEST_F(WriteQueueTest, DropsChunksAndLeavesTheCallbacksToBeTaken) {
  push("abc");
  queue.add_callback(cb("1"));
  queue.merge(bytes("de"));
  EXPECT_EQ(queue.drop_chunk(), 3u);
  EXPECT_EQ(queue.length(), 2u);
  push("f");
  queue.drop_chunks();
  EXPECT_EQ(queue.length(), 0u);
  EXPECT_EQ(queue.count(), 0u);
  EXPECT_TRUE(queue.take_callbacks());
}

TEST_F(WriteQueueTest, CutsAChunkInItsPlace) {
  push("abc");
  push("def");
  queue.add_callback(cb("def"));
  queue.cut(0, 3);
  queue.cut(1, 1);
  EXPECT_EQ(queue.length(), 2u);
  EXPECT_EQ(queue.take().text(), "");
  EXPECT_TRUE(queue.take_callback());
  EXPECT_EQ(queue.take().text(), "ef");
  EXPECT_EQ(queue.length(), 0u);
}

TEST_F(WriteQueueTest, CountsTextInCharactersAndValuesAsOne) {
  const std::string_view text = "a\xF0\x9F\x98\x80";
  queue.push(Chunk(Buffer::copy(text), Encoding::utf8), 3);
  EXPECT_EQ(queue.length(), 3u);
  EXPECT_EQ(queue.drop_chunk(), 3u);
  EXPECT_EQ(queue.length(), 0u);
  ChunkQueue<std::string> values;
  values.push("a value", 1);
  values.push("another", 1);
  EXPECT_EQ(values.length(), 2u);
  EXPECT_EQ(values.drop_chunk(), 1u);
  EXPECT_THAT(values.take_batch(kNoLimit).chunks, ElementsAre("another"));
}

TEST_F(WriteQueueTest, KeepsEveryByteOfManyChunksOfAnySize) {
  std::string expected;
  std::string received;
  for (std::size_t i = 0; i < 5000; ++i) {
    const std::string text(i % 131, static_cast<char>('a' + i % 26));
    expected += text;
    if (i % 7 == 0)
      push(text);
    else
      queue.merge(bytes(text));
    if (i % 100 == 99)
      for (const Chunk& chunk : queue.take_batch(kNoLimit).chunks) received += chunk.text();
  }
  EXPECT_EQ(received, expected);
}

}  // namespace
}  // namespace weir::internal
