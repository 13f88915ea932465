#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class SignalTest : public test::StreamTest {
 protected:
  Ref<Writable> with_signal(SinkTraits traits = {.write = true}) {
    return make(traits, {.signal = stop.get_token()});
  }

  std::stop_source stop;
};

TEST_F(SignalTest, AStopDestroysTheStreamAtOnce) {
  const auto stream = with_signal();
  stop.request_stop();
  EXPECT_TRUE(stream->destroyed());
  EXPECT_EQ(stream->errored().code(), Errc::aborted);
  EXPECT_EQ(stream->errored().message(), "The operation was aborted");
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(SignalTest, AStopBeforeTheStreamIsMadeDestroysItThere) {
  stop.request_stop();
  const auto stream = with_signal({.construct = true, .write = true});
  EXPECT_TRUE(stream->destroyed());
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close _construct cb(ERR_STREAM_DESTROYED)");
}

TEST_F(SignalTest, AStopFailsTheWritesThatAreQueued) {
  const auto stream = with_signal();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->end(cb("endcb"));
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "_write(a) error(ABORT_ERR) close");
  sink.complete();
  EXPECT_EQ(now(), "cbA cbB(ABORT_ERR) endcb(ABORT_ERR)");
}

TEST_F(SignalTest, AStopWaitsForConstruct) {
  const auto stream = with_signal({.construct = true, .write = true});
  ticks.drain();
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "_construct");
  sink.complete();
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(SignalTest, AStopAfterFinishHasNoEffect) {
  const auto stream = with_signal();
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
  EXPECT_FALSE(stream->errored());
}

TEST_F(SignalTest, AStopAfterDestroyHasNoEffect) {
  const auto stream = with_signal();
  stream->destroy();
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(SignalTest, AStopInsideTheSinkDestroysTheStreamThere) {
  const auto stream = with_signal();
  sink.inside = [&] { stop.request_stop(); };
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "_write(a) error(ABORT_ERR) close");
  sink.complete();
  EXPECT_EQ(now(), "cb");
}

TEST_F(SignalTest, AStopReachesEveryStreamThatHasIt) {
  const auto a = with_signal();
  const auto b = with_signal();
  stop.request_stop();
  EXPECT_TRUE(a->destroyed());
  EXPECT_TRUE(b->destroyed());
}

TEST_F(SignalTest, AStopAfterTheStreamIsReleasedHasNoEffect) {
  with_signal();
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(sink.devices(), 0u);
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(SignalTest, TheSourceMayGoFirst) {
  auto source = std::make_unique<std::stop_source>();
  const auto stream = make({.write = true}, {.signal = source->get_token()});
  source = nullptr;
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(SignalTest, AnErrorListenerMayDropTheStream) {
  auto stream = with_signal();
  stream->on<Error>([&] { stream = nullptr; });
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
  EXPECT_EQ(sink.devices(), 0u);
}

// --- From another thread ---

class ThreadSignalTest : public SignalTest {
 protected:
  ThreadSignalTest() {
    ticks.drive([] {},
                [this](Function<void()> call) {
                  const std::lock_guard lock(mutex);
                  handed_over.push_back(std::move(call));
                });
  }

  void stop_elsewhere() {
    std::thread([this] { stop.request_stop(); }).join();
  }
  std::size_t run_handed_over() {
    std::vector<Function<void()>> calls;
    {
      const std::lock_guard lock(mutex);
      calls = std::exchange(handed_over, {});
    }
    for (Function<void()>& call : calls) call();
    return calls.size();
  }

  std::mutex mutex;
  std::vector<Function<void()>> handed_over;
};

TEST_F(ThreadSignalTest, AStopIsHandedOverToTheThreadOfTheStream) {
  const auto stream = with_signal();
  stop_elsewhere();
  EXPECT_FALSE(stream->destroyed());
  EXPECT_EQ(run_handed_over(), 1u);
  EXPECT_TRUE(stream->destroyed());
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

TEST_F(ThreadSignalTest, AStopThatArrivesAfterFinishHasNoEffect) {
  const auto stream = with_signal();
  stop_elsewhere();
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  EXPECT_EQ(run_handed_over(), 1u);
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(ThreadSignalTest, AStopThatArrivesAfterTheStreamIsReleasedHasNoEffect) {
  {
    const auto stream = with_signal();
    stop_elsewhere();
  }
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(sink.devices(), 0u);
  EXPECT_EQ(run_handed_over(), 1u);
}

TEST_F(ThreadSignalTest, AStopBetweenHandOverAndDestroyIsHeardOnce) {
  const auto stream = with_signal();
  stop_elsewhere();
  stream->destroy(Error("boom"));
  run_handed_over();
  EXPECT_EQ(after_ticks(), "error(boom) close");
}

}  // namespace
}  // namespace weir
