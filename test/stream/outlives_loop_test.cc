// Streams of every kind that outlive the Loop, in any state: they are closed, own no objects of the
// program any more, and using them prints a warning.

#include "support/outliving_test.h"
#include <weir/stream/consumers.h>
#include <weir/stream/duplex_pair.h>
#include <weir/stream/finished.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/transform.h>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace weir {
namespace {

class StreamOutlivesLoopTest : public test::OutlivingTest {
 protected:
  // A sink that is never done, and counts its destroys.
  Ref<Writable> stuck_writable(WritableOptions options = {}) {
    return kept(Writable::make(*loop,
                               {.write = [this](Chunk, Done done) { done_ = std::move(done); },
                                .destroy =
                                    [this](Error error, Done done) {
                                      ++destroys;
                                      done(std::move(error));
                                    }},
                               options));
  }
  Ref<Readable> silent_readable() {
    return kept(Readable::make(*loop, {.read = [](Readable&, std::size_t) {}}));
  }

  int destroys = 0;
  std::optional<Done> done_;
};

TEST_F(StreamOutlivesLoopTest, AWritableThatWasNeverUsed) {
  auto stream = stuck_writable();
  loop_goes();
  EXPECT_EQ(destroys, 1);
  EXPECT_FALSE(stream->errored());
  expect_inert_writable(*stream, "a Writable");
}

TEST_F(StreamOutlivesLoopTest, AWritableWithAWriteInProgressAndAQueuedOne) {
  auto stream = stuck_writable();
  stream->write("under way", [stream, never = never()]() mutable { never(); });
  stream->write("queued", [stream, never = never()]() mutable { never(); });
  stream->end([stream, never = never()]() mutable { never(); });
  loop_goes();
  EXPECT_EQ(destroys, 1);
  EXPECT_EQ(std::string(stream->errored().message()),
            "The stream was dropped with 15 bytes unwritten");
  expect_inert_writable(*stream, "a Writable");
  (*done_)();  // the device is slow
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(StreamOutlivesLoopTest, AWritableThatIsDestroyedAndNotClosedYet) {
  auto stream = stuck_writable();
  stream->destroy(Error("boom"), [stream, never = owned] {});
  loop_goes();
  EXPECT_EQ(destroys, 1);
  EXPECT_EQ(stream->errored().message(), "boom");
  expect_inert_writable(*stream, "a Writable");
}

TEST_F(StreamOutlivesLoopTest, AWritableThatIsStillBeingConstructed) {
  std::optional<Done> constructed;
  auto stream =
      kept(Writable::make(*loop, {.construct = [&](Done done) { constructed = std::move(done); },
                                  .write = [](Chunk, Done done) { done(); }}));
  loop->run();
  stream->write("queued", [stream, never = never()]() mutable { never(); });
  stream->destroy({}, [stream, never = never()]() mutable { never(); });
  loop_goes();
  expect_inert_writable(*stream, "a Writable");
  (*constructed)();
}

TEST_F(StreamOutlivesLoopTest, AWritableThatDoesNotDestroyItself) {
  auto stream = stuck_writable({.auto_destroy = false});
  loop_goes();
  EXPECT_EQ(destroys, 0);
  expect_inert_writable(*stream, "a Writable");
}

TEST_F(StreamOutlivesLoopTest, AWritableWhoseSinkThrowsAsItIsDestroyed) {
  auto stream = kept(Writable::make(*loop, {.write = [](Chunk, Done done) { done(); },
                                            .destroy = [](Error, Done) { throw Error("boom"); }}));
  loop_goes();
  expect_inert_writable(*stream, "a Writable");
}

TEST_F(StreamOutlivesLoopTest, AWritableOfValues) {
  auto stream = kept(ObjectWritable<int>::make(*loop, {.write = [](int, Done done) { done(); }}));
  loop_goes();
  expect_inert(*stream, "a Writable");
  EXPECT_EQ(warned([&] { EXPECT_FALSE(stream->write(1, never())); }), "write() on a Writable");
}

TEST_F(StreamOutlivesLoopTest, AReadableInEachState) {
  auto fresh = silent_readable();
  auto full = silent_readable();
  full->push("abc");
  auto ended = silent_readable();
  ended->push("abc");
  ended->push(nullptr);
  auto flowing = silent_readable();
  flowing->on<Data>([flowing, owned = owned] {});
  auto asked = silent_readable();
  asked->on<ReadableEvent>([asked, owned = owned] {});
  loop->run();
  loop_goes();
  for (const auto& stream : {fresh, full, ended, flowing, asked})
    expect_inert_readable(*stream, "a Readable");
}

TEST_F(StreamOutlivesLoopTest, ADuplexATransformAndAPair) {
  auto through = kept(PassThrough::make(*loop));
  through->write("abc");
  auto [one, other] = duplex_pair(*loop);
  kept(one)->write(std::string(100'000, 'x'), [one, never = never()]() mutable { never(); });
  kept(other);
  loop->run();
  loop_goes();
  for (const Ref<Duplex>& stream : {Ref<Duplex>(through), one, other}) {
    const std::string name = stream == through ? "a Transform" : "a Duplex";
    expect_inert(*stream, name);
    EXPECT_EQ(warned([&] { stream->end(never()); }), "end() on " + name);
  }
}

TEST_F(StreamOutlivesLoopTest, StreamsThatArePipedIntoEachOther) {
  auto one = kept(PassThrough::make(*loop));
  auto other = kept(PassThrough::make(*loop));
  one->pipe(other)->pipe(one);
  auto source = silent_readable();
  auto full = stuck_writable({.high_water_mark = 1});
  source->pipe(full);
  source->push("more than the mark");
  loop->poll();
  EXPECT_TRUE(full->writable_need_drain());
  loop_goes();
  expect_inert_readable(*source, "a Readable");
  expect_inert_writable(*full, "a Writable");
  EXPECT_EQ(warned([&] { one->pipe(other); }), "pipe() on a Transform");
}

TEST_F(StreamOutlivesLoopTest, APipelineAConsumerAndAWatchedStream) {
  auto source = silent_readable();
  auto through = kept(PassThrough::make(*loop));
  auto sink = stuck_writable();
  pipeline(source, through, sink,
           [source, through, sink, never = never()](const Error&) mutable { never(); });
  auto read = silent_readable();
  read->to_vector([read, never = never()](const Error&, std::vector<Chunk>) mutable { never(); });
  auto watched = silent_readable();
  finished(*watched, [watched, never = never()](const Error&) mutable { never(); });
  loop->run();
  loop_goes();
  expect_inert_readable(*source, "a Readable");
  expect_inert_readable(*read, "a Readable");
  expect_inert_readable(*watched, "a Readable");
  expect_inert_writable(*sink, "a Writable");
}

TEST_F(StreamOutlivesLoopTest, AStopThatAnotherThreadRequestsAfterwards) {
  std::stop_source stop;
  auto stream = stuck_writable({.signal = stop.get_token()});
  loop_goes();
  std::thread([&] { stop.request_stop(); }).join();
  stop.request_stop();
  EXPECT_FALSE(stream->errored());
}

TEST_F(StreamOutlivesLoopTest, AStreamThatIsMadeOnTheQueueOfOneThatHas) {
  auto stream = stuck_writable();
  loop_goes();
  auto other = Readable::from(stream->ticks(), "late");
  other->on<Data>(never());
  EXPECT_FALSE(other->closed());
}

}  // namespace
}  // namespace weir
