// A callback or a listener that throws is a bug of the program alone: a loop that goes on after it
// has a stream that goes on as well.
#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class WriteThrowTest : public test::StreamTest {
 protected:
  auto throws(std::string name) {
    return [this, name = std::move(name)] {
      log.add(name);
      throw std::runtime_error(name);
    };
  }
  // Makes a call, then runs all ticks; each exception is logged as "!".
  template <class Call>
  std::string after(Call call) {
    catching(call);
    while (catching([&] { ticks.drain(); })) continue;
    return log.take();
  }
  template <class Call>
  bool catching(Call call) {
    try {
      call();
      return false;
    } catch (const std::runtime_error&) {
      log.add("!");
      return true;
    }
  }
};

TEST_F(WriteThrowTest, AFailedWriteWhoseCallbackThrowsFailsTheOthersAndTheStream) {
  const auto stream = make({.write = true, .final = true});
  stream->write("a", throws("a"));
  stream->write("b", throws("b"));
  stream->write("c", cb("c"));
  stream->end(cb("end"));
  now();
  EXPECT_EQ(after([&] { sink.complete_with(Error("failed")); }),
            "a ! b ! c(failed) end(failed) error(failed) close");
}

TEST_F(WriteThrowTest, ABatchThatFailsCallsBackTheWritesBehindTheOneThatThrows) {
  for (const bool fails : {true, false}) {
    const auto stream = make({.write = true, .writev = true, .delivery = Delivery::until_tick});
    stream->write("a", throws("a"));
    stream->write("b", cb("b"));
    ticks.drain();
    stream->write("c", throws("c"));
    stream->write("d", cb("d"));
    now();
    if (fails) {
      EXPECT_EQ(after([&] { sink.complete_with(Error("failed")); }),
                "a ! b(failed) c ! d(failed) error(failed) close");
      continue;
    }
    EXPECT_EQ(after([&] { sink.complete(); }), "_writev(c,d) a ! b");
    EXPECT_EQ(after([&] { sink.complete(); }), "c ! d");
  }
}

TEST_F(WriteThrowTest, ALastWriteWhoseCallbackThrowsIsFollowedByFinish) {
  const auto stream = make({.write = true, .final = true});
  stream->write("a", throws("a"));
  stream->end();
  now();
  EXPECT_EQ(after([&] { sink.complete(); }), "a ! _final");
  EXPECT_EQ(after([&] { sink.complete(); }), "prefinish finish close");
}

TEST_F(WriteThrowTest, ADrainListenerThatThrowsHoldsUpNoCallbackAndNoFinish) {
  const auto stream = make({.write = true}, {.high_water_mark = 1});
  stream->once<Drain>(throws("drain'"));
  stream->write("a", cb("a"));
  now();
  EXPECT_EQ(after([&] { sink.complete(); }), "drain drain' ! a");
  EXPECT_EQ(after([&] { stream->end(); }), "prefinish finish close");
}

TEST_F(WriteThrowTest, ListenersOfTheEndThatThrowHoldUpNoStepOfIt) {
  const auto stream = make({.write = true, .final = true});
  stream->on<Prefinish>(throws("prefinish'"));
  stream->on<Finish>(throws("finish'"));
  stream->end(throws("end"));
  now();
  EXPECT_EQ(after([&] { sink.complete(); }), "prefinish prefinish' ! end ! finish finish' ! close");
}

TEST_F(WriteThrowTest, APrefinishListenerThatThrowsWithoutAFinalHoldsUpNoFinish) {
  const auto stream = make();
  stream->on<Prefinish>(throws("prefinish'"));
  stream->write("a");
  stream->end();
  now();
  EXPECT_EQ(after([&] { sink.complete(); }), "prefinish prefinish' ! finish close");
}

TEST_F(WriteThrowTest, AnEndWhoseCallbackThrowsOnAFailureIsFollowedByError) {
  const auto stream = make({.write = true, .final = true});
  stream->end(throws("end"));
  now();
  EXPECT_EQ(after([&] { sink.complete_with(Error("failed")); }), "end ! error(failed) close");
}

TEST_F(WriteThrowTest, ADestroyedStreamCallsBackAllWritesThatWait) {
  const auto stream = make({.write = true, .writev = true, .delivery = Delivery::until_tick});
  stream->write("under way");
  ticks.drain();
  stream->write("a", throws("a"));
  stream->write("b", cb("b"));
  stream->end(cb("end"));
  now();
  EXPECT_EQ(after([&] {
              stream->destroy();
              sink.complete();
            }),
            "a ! end(ERR_STREAM_DESTROYED) close b(ERR_STREAM_DESTROYED)");
}

TEST_F(WriteThrowTest, ABatchAfterAnotherThatFailedIsCalledBackAlthoughThatThrows) {
  const auto stream =
      make({.write = true, .writev = true, .delivery = Delivery::until_tick, .overlaps = true});
  for (const char* name : {"a", "b", "c"}) {
    if (*name == 'b')
      stream->write(name, throws(name));
    else
      stream->write(name, cb(name));
    ticks.drain();
  }
  now();
  EXPECT_EQ(after([&] { sink.complete_with(Error("lost")); }),
            "a(lost) b ! c(lost) error(lost) close");
}

}  // namespace
}  // namespace weir
