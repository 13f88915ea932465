// Batches and reservations that a coroutine writes, and pipelines that leave their source open.
#include "support/coro_test.h"
#include <weir/coro/finished.h>
#include <weir/coro/read.h>
#include <weir/coro/try.h>
#include <weir/coro/write.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/transform.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weir {
namespace {

using namespace std::chrono_literals;

class BytesTest : public test::CoroTest {
 protected:
  // A stream that completes each write in a later turn.
  Ref<Writable> slow(std::int64_t mark) {
    return Writable::make(
        loop,
        {.write =
             [this](Chunk chunk, Done done) {
               log.add(chunk.text());
               loop.set_immediate([done = std::make_shared<Done>(std::move(done))] { (*done)(); });
             }},
        {.high_water_mark = mark});
  }
};

TEST_F(BytesTest, ACommitWaitsForRoom) {
  auto stream = slow(4);
  spawn([&]() -> Task<> {
    Reservation space = stream->reserve(8);
    std::ranges::copy(std::string_view("long text"), space.data());
    co_await co::commit(space, 8);
    log.add(stream->writable_length() == 0 ? "room" : "full");
    space = stream->reserve(8);
    space.data()[0] = 'b';
    co_await co::commit(space, 1);  // has room
    log.add("written");
  });
  EXPECT_EQ(after_run(), "long tex room b written");
}

TEST_F(BytesTest, AReservationIsHeldAcrossWaits) {
  auto stream = slow(100);
  spawn([&]() -> Task<> {
    Reservation space = stream->reserve(3);
    co_await co::sleep(loop, 1ms);
    std::ranges::copy(std::string_view("one"), space.data());
    co_await co::write(*stream, "zero");
    co_await co::yield(loop);
    co_await co::commit(space, 3);
  });
  EXPECT_EQ(after_run(), "zero one");
}

TEST_F(BytesTest, ACommitToADestroyedStreamThrows) {
  auto stream = slow(100);
  spawn([&]() -> Task<> {
    Reservation space = stream->reserve(3);
    stream->destroy(Error("broken"));
    co_await co::commit(space, 3);
  });
  spawn([&]() -> Task<> {
    auto other = slow(100);
    Reservation space = other->reserve(3);
    co_await co::commit(space, 4);
  });
  EXPECT_EQ(after_run(), "!broken !ERR_OUT_OF_RANGE");
}

TEST_F(BytesTest, ABatchWaitsForRoomOnce) {
  auto stream = slow(4);
  spawn([&]() -> Task<> {
    const std::array parts = {Buffer::copy("abc"), Buffer::copy("def")};
    co_await co::write_all(*stream, parts);
    log.add("room");
    const std::array bytes = {'x', 'y'};
    const std::array<ByteSpan, 1> spans = {bytes};
    co_await co::write_all(*stream, spans);
    log.add("written");
  });
  EXPECT_EQ(after_run(), "abc def room xy written");
}

TEST_F(BytesTest, APipelineThatSparesItsSourceLeavesItToTheCoroutine) {
  auto source = PassThrough::make(loop);
  source->write("first");
  spawn([&]() -> Task<> {
    auto failing = Transform::make(
        loop, {.transform = [](Transform&, Chunk, Done done) { done(Error("full")); }});
    const PipelineOptions spare{.destroy_source = false};
    auto piped = co_await co::try_(co::pipeline(spare, source, failing, slow(100)));
    log.add(test::name_of(piped.error()));
    source->write("second");
    auto chunk = co_await co::read(*source);
    log.add(chunk->text());
  });
  EXPECT_EQ(after_run(), "full second");
  source->destroy();
}

TEST_F(BytesTest, AStopOfSuchAPipelineLeavesTheSourceOpen) {
  auto source = PassThrough::make(loop);
  auto destination = slow(100);
  spawn([&]() -> Task<> {
    const PipelineOptions spare{.destroy_source = false};
    co_await co::pipeline(spare, source, destination);
  });
  loop.set_immediate([&] { stop.request_stop(); });
  EXPECT_EQ(after_run(), "!ABORT_ERR");
  EXPECT_FALSE(source->destroyed());
  EXPECT_TRUE(destination->destroyed());
}

}  // namespace
}  // namespace weir
