#include <weir/coro/event.h>

#include "support/coro_test.h"
#include <weir/coro/finished.h>
#include <weir/coro/read.h>
#include <weir/stream/pass_through.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;

struct Message {
  static constexpr std::string_view kEventName = "message";
  std::string text;
};
struct Channel : Emitter<Message, Error, Close> {
  using Emitter::Emitter;
};

class NextTest : public test::CoroTest {
 protected:
  std::optional<Channel> channel{std::in_place, &loop.ticks()};
};

TEST_F(NextTest, ReturnsTheEvent) {
  spawn([&]() -> Task<> {
    const Message message = co_await co::next<Message>(loop, *channel);
    log.add(message.text);
  });
  channel->emit(Message{"hello"});
  EXPECT_EQ(log.take(), "hello");
  EXPECT_EQ(channel->listener_count<Message>(), 0u);
  EXPECT_EQ(channel->listener_count<Error>(), 0u);
  EXPECT_EQ(channel->listener_count<Close>(), 0u);
}

TEST_F(NextTest, MissesNoneInALoop) {
  spawn([&]() -> Task<> {
    while (true) log.add((co_await co::next(loop, *channel, event<Message>)).text);
  });
  for (const char* text : {"a", "b", "c"}) channel->emit(Message{text});
  EXPECT_EQ(log.take(), "a b c");
  channel->emit(Close());
  EXPECT_EQ(log.take(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(NextTest, AnErrorIsThrown) {
  spawn([&]() -> Task<> { co_await co::next<Message>(loop, *channel); });
  channel->emit(Error("failed"));
  EXPECT_EQ(log.take(), "!failed");
  EXPECT_THROW(channel->emit(Error("unheard")), Error);
}

TEST_F(NextTest, AnErrorCanBeTheEvent) {
  spawn([&]() -> Task<> {
    const Error error = co_await co::next<Error>(loop, *channel);
    log.add("got", error);
  });
  channel->emit(Error("failed"));
  EXPECT_EQ(log.take(), "got(failed)");
}

TEST_F(NextTest, AStopRemovesTheListeners) {
  spawn([&]() -> Task<> { co_await co::next<Message>(loop, *channel); });
  stop.request_stop();
  EXPECT_EQ(channel->listener_count<Message>(), 0u);
  EXPECT_EQ(after_run(), "!ABORT_ERR");
}

TEST_F(NextTest, AnEmitterThatIsDestroyedEndsTheWait) {
  spawn([&]() -> Task<> { co_await co::next<Message>(loop, *channel); });
  channel.reset();
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(NextTest, ATaskThatIsDestroyedRemovesItsListeners) {
  loop.next_tick([] { throw Error("ends run"); });
  EXPECT_THROW(co::run(loop, [&]() -> Task<> { co_await co::next<Message>(loop, *channel); }),
               Error);
  EXPECT_EQ(channel->listener_count<Message>(), 0u);
}

TEST_F(NextTest, AwaitsEventsOfStreams) {
  auto stream = PassThrough::make(loop);
  co::run(loop, [&]() -> Task<> {
    stream->end("x");
    const Data data = co_await co::next<Data>(*stream);
    log.add(data.chunk.text());
    co_await co::next(*stream, end);
    log.add("end");
    co_await co::next<Close>(*stream);
    log.add("close");
  });
  EXPECT_EQ(log.take(), "x end close");
}

TEST_F(NextTest, AStreamThatHasClosedEndsTheWait) {
  auto stream = PassThrough::make(loop);
  stream->destroy();
  loop.run();
  spawn([&]() -> Task<> { co_await co::next<Drain>(*stream); });
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(NextTest, TheLoopsEndResumesIt) {
  std::optional<Loop> other(std::in_place);
  Channel on_other(&other->ticks());
  co::spawn(*other, logging([&]() -> Task<> { co_await co::next<Message>(*other, on_other); }));
  other.reset();
  EXPECT_EQ(log.take(), "!ABORT_ERR");
}

using PipelineTest = test::CoroTest;

TEST_F(PipelineTest, FinishedWaitsForTheStream) {
  auto stream = PassThrough::make(loop);
  spawn([&]() -> Task<> {
    co_await co::finished(*stream);
    log.add("finished");
  });
  loop.run();
  stream->resume();
  stream->end("x");
  EXPECT_EQ(after_run(), "finished");
}

TEST_F(PipelineTest, FinishedThrowsTheStreamsError) {
  auto stream = PassThrough::make(loop);
  spawn([&]() -> Task<> { co_await co::finished(*stream); });
  stream->destroy(Error("failed"));
  EXPECT_EQ(after_run(), "!failed");
}

TEST_F(PipelineTest, WaitsForAllStreams) {
  std::string written;
  auto destination = Writable::make(loop, {.write = [&](Chunk chunk, Done done) {
                                      written += chunk.text();
                                      done();
                                    }});
  co::run(loop, [&]() -> Task<> {
    auto source = Readable::from(loop, std::vector<std::string>{"a", "b"});
    co_await co::pipeline(source, PassThrough::make(loop), destination);
  });
  EXPECT_EQ(written, "ab");
  EXPECT_TRUE(destination->closed());
}

TEST_F(PipelineTest, ThrowsTheFirstErrorAndDestroysAll) {
  auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  auto destination = PassThrough::make(loop);
  spawn([&]() -> Task<> { co_await co::pipeline(source, destination); });
  loop.run();
  source->destroy(Error("failed"));
  EXPECT_EQ(after_run(), "!failed");
  EXPECT_TRUE(destination->destroyed());
}

TEST_F(PipelineTest, AStopDestroysTheStreams) {
  auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  auto destination = PassThrough::make(loop);
  spawn([&]() -> Task<> { co_await co::pipeline(source, destination); });
  loop.run();
  stop.request_stop();
  EXPECT_EQ(after_run(), "!ABORT_ERR");
  EXPECT_TRUE(source->destroyed());
  EXPECT_TRUE(destination->destroyed());
}

TEST_F(PipelineTest, TheCallersSignalDestroysTheStreams) {
  auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  std::stop_source own;
  spawn([&]() -> Task<> {
    PipelineOptions options;
    options.signal = own.get_token();
    co_await co::pipeline(options, source, PassThrough::make(loop));
  });
  loop.run();
  own.request_stop();
  EXPECT_EQ(after_run(), "!ABORT_ERR");
  EXPECT_TRUE(source->destroyed());
}

}  // namespace
}  // namespace weir
