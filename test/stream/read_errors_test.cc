// Failures of a readable, and the events that follow.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <stdexcept>
#include <stop_token>
#include <string>

#include <gmock/gmock.h>

namespace weir {
namespace {

class ReadErrorsTest : public test::ReadTest {
 protected:
  Ref<Readable> reading(Readable::Functions functions) {
    auto stream = Readable::make(ticks, std::move(functions));
    log.listen(*stream);
    return stream;
  }
};

TEST_F(ReadErrorsTest, APushAfterTheEndFailsTheStream) {
  const auto stream = readable();
  stream->push(nullptr);
  EXPECT_FALSE(stream->push("x"));
  EXPECT_EQ(stream->errored().message(), "stream.push() after EOF");
  EXPECT_EQ(after_ticks(), "error(ERR_STREAM_PUSH_AFTER_EOF) close");
}

TEST_F(ReadErrorsTest, AnUnshiftAfterEndFailsTheStream) {
  const auto stream = readable();
  stream->push(nullptr);
  stream->on<End>([&] { EXPECT_FALSE(stream->unshift("x")); });
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end error(ERR_STREAM_UNSHIFT_AFTER_END_EVENT) close");
  EXPECT_EQ(stream->errored().message(), "stream.unshift() after end event");
}

TEST_F(ReadErrorsTest, ASourceThatThrowsFailsTheStream) {
  const auto stream =
      reading({.read = [](Readable&, std::size_t) { throw std::runtime_error("rx"); }});
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume error(rx) close");
}

TEST_F(ReadErrorsTest, ASourceThatCannotReadFailsTheStream) {
  const auto stream = reading({});
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume error(ERR_METHOD_NOT_IMPLEMENTED) close");
  EXPECT_EQ(stream->errored().message(), "The _read() method is not implemented");
}

TEST_F(ReadErrorsTest, ASourceMayDestroyItsStream) {
  const auto stream = reading({.read = [](Readable& s, std::size_t) { s.destroy(Error("gone")); }});
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume error(gone) close");
}

TEST_F(ReadErrorsTest, ADestroyThatFailsIsTheError) {
  const auto stream = reading({.read = [](Readable&, std::size_t) {},
                               .destroy = [](Error, Done done) { done(Error("stuck")); }});
  stream->destroy(Error("first"));
  EXPECT_EQ(stream->errored().message(), "first");
  EXPECT_EQ(after_ticks(), "error(stuck) close");
}

TEST_F(ReadErrorsTest, AConstructThatFailsIsTheErrorAndNothingIsRead) {
  const auto stream = reading({.construct = [](Done done) { done(Error("cannot")); },
                               .read = [this](Readable&, std::size_t) { log.add("_read"); }});
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume error(cannot) close");
}

TEST_F(ReadErrorsTest, WithoutAutoDestroyAnErrorIsOnlyEmitted) {
  const auto stream = readable({.auto_destroy = false});
  stream->push(nullptr);
  stream->push("x");
  EXPECT_EQ(now(), "error(ERR_STREAM_PUSH_AFTER_EOF)");
  EXPECT_EQ(after_ticks(), "");
  EXPECT_FALSE(stream->destroyed());
  EXPECT_FALSE(stream->readable());
}

TEST_F(ReadErrorsTest, AnErrorWithoutAListenerIsThrown) {
  const auto stream = readable_silent();
  stream->destroy(Error("unheard"));
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "unheard");
}

// A loop that goes on after an exception has a stream that goes on as well.
template <class Event>
void throw_once(Readable& stream) {
  stream.once<Event>([] { throw std::runtime_error("thrown"); });
}

TEST_F(ReadErrorsTest, AListenerOfDataThatThrowsLeavesTheRestToATick) {
  const auto stream = readable();
  throw_once<Data>(*stream);
  stream->push("a");
  stream->push("b");
  stream->push(nullptr);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_EQ(stream->readable_length(), 1u);
  stream->on<Data>([this](const Data& data) { log.add(data.chunk.text()); });
  EXPECT_THAT(after_ticks(), testing::EndsWith("b end close"));
}

TEST_F(ReadErrorsTest, AListenerOfDataThatThrowsDoesNotEndTheReading) {
  const auto stream = readable();
  stream->resume();
  after_ticks();
  throw_once<Data>(*stream);
  EXPECT_EQ(test::thrown_by([&] { stream->push("a"); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "_read");
}

TEST_F(ReadErrorsTest, AListenerOfEndThatThrowsCostsClose) {
  const auto stream = readable();
  throw_once<End>(*stream);
  stream->resume();
  stream->push(nullptr);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "resume end");
}

TEST_F(ReadErrorsTest, AListenerOfResumeThatThrowsDoesNotCostTheData) {
  const auto stream = readable();
  throw_once<Resume>(*stream);
  stream->push("a");
  stream->push(nullptr);
  std::string text;
  stream->on<Data>([&](const Data& data) { text += data.chunk.text(); });
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_THAT(after_ticks(), testing::EndsWith("end close"));
  EXPECT_EQ(text, "a");
}

// --- signal ---

TEST_F(ReadErrorsTest, AStopOfItsSignalDestroysIt) {
  std::stop_source stop;
  const auto stream = readable({.signal = stop.get_token()});
  stop.request_stop();
  EXPECT_TRUE(stream->destroyed());
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(ReadErrorsTest, AStopOfItsSignalAfterItClosedHasNoEffect) {
  std::stop_source stop;
  const auto stream = readable_of({}, {.signal = stop.get_token()});
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume end close");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
  EXPECT_FALSE(stream->errored());
}

}  // namespace
}  // namespace weir
