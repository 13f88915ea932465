#include "support/stream_test.h"
#include <weir/stream/transform.h>

#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

// Pushes each byte as a chunk, and pauses when push returns false until the next read.
struct Splitter final : Transformer {
  void transform(Transform& stream, Chunk chunk, Done on_done) override {
    rest = std::move(chunk);
    done.emplace(std::move(on_done));
    go_on(stream);
  }
  void read(Transform& stream) override {
    if (done) go_on(stream);
  }
  void go_on(Transform& stream) {
    while (!rest.empty()) {
      const Buffer first = rest.slice(0, 1);
      rest = rest.slice(1);
      if (!stream.push(first)) break;
    }
    if (rest.empty()) (*std::exchange(done, std::nullopt))();
  }

  Buffer rest;
  std::optional<Done> done;
};

class TransformReadTest : public test::StreamTest {};

TEST_F(TransformReadTest, AStoppedTransformerContinuesWhenItIsReadFrom) {
  const auto stream =
      Transform::make(ticks, std::make_unique<Splitter>(), {.readable_high_water_mark = 2});
  log.listen(*stream);
  stream->write("abcde", cb("cb"));
  EXPECT_EQ(stream->readable_length(), 2u);
  EXPECT_EQ(after_ticks(), "");

  for (const char* const chunk : {"a", "b", "c"}) EXPECT_EQ(stream->read()->text(), chunk);
  EXPECT_EQ(after_ticks(), "cb");
  for (const char* const chunk : {"d", "e"}) EXPECT_EQ(stream->read()->text(), chunk);
}

}  // namespace
}  // namespace weir
