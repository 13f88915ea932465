#include <weir/stream/object_writable.h>

#include "support/event_log.h"
#include <weir/testing/manual_sink.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

template <class S, class... Args>
concept CanWriteObject =
    requires(S& stream, Args... args) { stream.write(std::forward<Args>(args)...); };
template <class S, class... Args>
concept CanEnd = requires(S& stream, Args... args) { stream.end(std::forward<Args>(args)...); };

static_assert(CanWriteObject<ObjectWritable<int>, int, Callback>);
static_assert(!CanWriteObject<ObjectWritable<int>, const char*>);
static_assert(!CanWriteObject<ObjectWritable<int>, std::string>);
static_assert(!CanWriteObject<ObjectWritable<int>, int, Encoding>);
static_assert(CanWriteObject<ObjectWritable<std::string>, const char*>);
static_assert(CanWriteObject<ObjectWritable<std::unique_ptr<int>>, std::unique_ptr<int>>);
static_assert(CanEnd<ObjectWritable<int>> && CanEnd<ObjectWritable<int>, int>);
static_assert(CanEnd<ObjectWritable<int>, Callback> && CanEnd<ObjectWritable<int>, int, Callback>);
static_assert(!CanEnd<ObjectWritable<int>, const char*>);

class ObjectWritableTest : public testing::Test {
 protected:
  void TearDown() override {
    sink.drop_pending();
    ticks.close();
    EXPECT_EQ(sink.devices(), 0u) << "a stream was leaked";
  }

  Ref<ObjectWritable<int>> make(SinkTraits traits = {.write = true},
                                const WritableOptions& options = {}) {
    auto stream = ObjectWritable<int>::make(ticks, sink.device(traits), traits, options);
    log.listen(*stream);
    return stream;
  }
  std::string after_ticks() {
    ticks.drain();
    return log.take();
  }

  test::EventLog log;
  test::ManualSink<int> sink{log};
  TickQueue ticks;
};

TEST_F(ObjectWritableTest, CountsValuesAgainstAMarkOfSixteen) {
  const auto stream = make();
  EXPECT_TRUE(stream->writable_object_mode());
  EXPECT_EQ(stream->writable_high_water_mark(), 16u);
  for (int i = 1; i < 16; ++i) EXPECT_TRUE(stream->write(i)) << i;
  EXPECT_FALSE(stream->write(16));
  EXPECT_EQ(stream->writable_length(), 16u);
}

TEST_F(ObjectWritableTest, HandsValuesOnInOrder) {
  const auto stream = make({.write = true, .writev = true});
  stream->write(1, log.callback("cb1"));
  stream->write(2, log.callback("cb2"));
  stream->end(0, log.callback("endcb"));  // zero is a value
  sink.complete();
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(1) _writev(2,0) cb1 cb2 prefinish endcb finish close");
}

TEST_F(ObjectWritableTest, EndsWithoutAValueToo) {
  const auto stream = make();
  stream->end(log.callback("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
}

TEST_F(ObjectWritableTest, DrainsOnceTheQueueIsEmpty) {
  const auto stream = make({.write = true}, {.high_water_mark = 1});
  EXPECT_FALSE(stream->write(1, log.callback("cb1")));
  EXPECT_FALSE(stream->write(2, log.callback("cb2")));
  sink.complete();
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(1) _write(2) cb1 drain cb2");
}

TEST_F(ObjectWritableTest, RejectsANegativeMark) {
  const Error error = test::thrown_by([&] { make({.write = true}, {.high_water_mark = -16}); });
  EXPECT_EQ(error.message(), "The property 'options.high_water_mark' is invalid. Received -16");
}

TEST_F(ObjectWritableTest, FailsAsByteStreamsDo) {
  const auto stream = make();
  stream->write(1, log.callback("cb1"));
  stream->write(2, log.callback("cb2"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(1) cb1(failed) cb2(failed) error(failed) close");
  EXPECT_FALSE(stream->write(3, log.callback("cb3")));
  EXPECT_EQ(after_ticks(), "cb3(ERR_STREAM_DESTROYED)");
}

TEST(ObjectWritable, CarriesValuesThatCanOnlyBeMoved) {
  TickQueue ticks;
  std::vector<int> taken;
  const auto stream = ObjectWritable<std::unique_ptr<int>>::make(
      ticks, {.write = [&](std::unique_ptr<int> value, Done done) {
        taken.push_back(*value);
        ticks.next_tick([done = std::move(done)]() mutable { done(); });
      }});
  for (int i = 0; i < 3; ++i) stream->write(std::make_unique<int>(i));
  stream->end(std::make_unique<int>(3));
  ticks.drain();
  EXPECT_EQ(taken, (std::vector{0, 1, 2, 3}));
}

TEST(ObjectWritable, RejectsANullValueBeforeAnythingElse) {
  TickQueue ticks;
  const auto stream = ObjectWritable<std::shared_ptr<int>>::make(
      ticks, {.write = [](std::shared_ptr<int>, Done done) { done(); }});
  const auto write_null = [&] { stream->write(nullptr); };
  const auto end_null = [&] { stream->end(std::shared_ptr<int>()); };
  EXPECT_EQ(test::thrown_by(write_null).code(), Errc::stream_null_values);
  EXPECT_EQ(test::thrown_by(end_null).code(), Errc::stream_null_values);
  EXPECT_FALSE(stream->writable_ended());
  stream->end();
  EXPECT_EQ(test::thrown_by(write_null).code(), Errc::stream_null_values);
  stream->destroy();
  EXPECT_EQ(test::thrown_by(write_null).code(), Errc::stream_null_values);
  ticks.drain();
  EXPECT_FALSE(stream->errored());
}

TEST(ObjectWritable, LetsItsQueueGoWhenItIsDestroyed) {
  TickQueue ticks;
  std::vector<Done> kept;
  const auto stream = ObjectWritable<std::shared_ptr<int>>::make(
      ticks, {.write = [&](std::shared_ptr<int>, Done done) { kept.push_back(std::move(done)); }});
  const auto value = std::make_shared<int>(1);
  stream->write(value);
  stream->write(value);
  EXPECT_EQ(value.use_count(), 2);  // ours and the queue's
  stream->destroy();
  ticks.drain();
  kept.front()();
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace weir
