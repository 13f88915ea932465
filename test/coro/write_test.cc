#include <weir/coro/write.h>

#include "support/allocations.h"
#include "support/coro_test.h"
#include "support/heap.h"
#include <weir/coro/try.h>
#include <weir/coro/when.h>
#include <weir/stream/duplex_pair.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace weir {
namespace {

using namespace std::chrono_literals;

class CoroWriteTest : public test::CoroTest {
 protected:
  void TearDown() override {
    if (stream) stream->destroy();
    sink.drop_pending();
    stream = nullptr;
    EXPECT_NO_THROW(loop.run());
    EXPECT_EQ(sink.devices(), 0u) << "a stream was leaked";
  }
  Ref<Writable> make(std::int64_t mark = 4, const WritableOptions& options = {}) {
    WritableOptions with_mark = options;
    with_mark.high_water_mark = mark;
    return Writable::make(loop, sink.device({.write = true, .final = true}),
                          {.write = true, .final = true}, with_mark);
  }

  test::ManualSink<Chunk> sink{log};
  Ref<Writable> stream = make();
};

TEST_F(CoroWriteTest, ContinuesAtOnceBelowTheMark) {
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    log.add("a");
    co_await co::print(*stream, "{}{}", "b", 1);
    log.add("b");
    co_await co::ready(*stream);
    log.add("ready");
  });
  EXPECT_EQ(log.take(), "_write(a) a b ready");
}

TEST_F(CoroWriteTest, WaitsForDrainAtTheMark) {
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "abcd");
    log.add("drained");
    co_await co::print(*stream, "{}", 12345);
    log.add("drained again");
  });
  EXPECT_EQ(after_run(), "_write(abcd)");
  sink.complete();
  EXPECT_EQ(after_run(), "drained _write(12345)");
  sink.complete();
  EXPECT_EQ(after_run(), "drained again");
}

TEST_F(CoroWriteTest, ReadyWaitsForDrain) {
  stream->write("abcd");
  spawn([&]() -> Task<> {
    co_await co::ready(*stream);
    log.add("ready");
  });
  EXPECT_EQ(after_run(), "_write(abcd)");
  sink.complete();
  EXPECT_EQ(after_run(), "ready");
}

TEST_F(CoroWriteTest, WaitsThatAreStoppedLeaveNothing) {
  if (!test::counts_the_heap()) GTEST_SKIP();
  stream->write("abcd");
  const auto wait_until_stopped = [&] {
    std::stop_source own;
    co::spawn(loop, [&]() -> Task<> { co_await co::ready(*stream); }, own.get_token());
    own.request_stop();
    loop.poll();
  };
  wait_until_stopped();
  const std::size_t before = test::heap_in_use();
  for (int i = 0; i < 10'000; ++i) wait_until_stopped();
  EXPECT_LT(test::heap_in_use() - before, 10'000u);
  EXPECT_EQ(log.take(), "_write(abcd)");
}

TEST_F(CoroWriteTest, BelowTheMarkAnAwaitAllocatesNothing) {
  if (!test::counts_allocations()) GTEST_SKIP();
  constexpr int kLines = 500;
  const auto allocations_of = [&](auto print_lines) {
    // It gathers small writes, as a file does.
    auto lines = Writable::make(loop, {.writev = [](Batch, Done done) { done(); }},
                                {.high_water_mark = 1 << 20});
    std::size_t before = 0;
    co::run(loop, [&]() -> Task<> {
      co_await co::print(*lines, "Line {}\n", 0);
      before = test::allocations();
      co_await print_lines(*lines);
    });
    return test::allocations() - before;
  };
  const std::size_t plain = allocations_of([](Writable& lines) -> Task<> {
    for (int i = 0; i < kLines; ++i) lines.print("Line {}\n", i);
    co_return;
  });
  const std::size_t awaited = allocations_of([](Writable& lines) -> Task<> {
    for (int i = 0; i < kLines; ++i) {
      co_await co::ready(lines);
      co_await co::print(lines, "Line {}\n", i);
    }
  });
  EXPECT_EQ(awaited, plain);
}

TEST_F(CoroWriteTest, SeveralWritersContinueInOrderEachWithAWholeChunk) {
  sink.keep_chunks();
  const auto writer = [&](std::string name) {
    return [&, name]() -> Task<> {
      for (int i = 0; i < 3; ++i) co_await co::print(*stream, "<{}{}>", name, i);
      log.add(name);
    };
  };
  for (const char* name : {"a", "b", "c"}) spawn(writer(name));
  for (int i = 0; i < 9; ++i) {
    loop.run();
    sink.complete();
  }
  EXPECT_EQ(after_run(),
            "_write(<a0>) _write(<b0>) _write(<c0>) _write(<a1>) _write(<b1>) _write(<c1>) "
            "_write(<a2>) _write(<b2>) _write(<c2>) a b c");
}

TEST_F(CoroWriteTest, WrittenWaitsForTheSink) {
  spawn([&]() -> Task<> {
    co_await co::written(*stream, "a");
    log.add("written");
  });
  EXPECT_EQ(after_run(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_run(), "written");
}

TEST_F(CoroWriteTest, EndWaitsForClose) {
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    co_await co::end(*stream, "b");
    EXPECT_TRUE(stream->closed());
    log.add("closed");
    co_await co::end(*stream);
    log.add("again");
  });
  loop.run();
  sink.complete();
  loop.run();
  sink.complete();
  loop.run();
  EXPECT_EQ(after_run(), "_write(a) _write(b) _final");
  sink.complete();
  EXPECT_EQ(after_run(), "closed again");
}

TEST_F(CoroWriteTest, EndOfADuplexWaitsForItsFinish) {
  const auto pair = duplex_pair(loop);
  const Ref<Duplex> left = pair.first;
  const Ref<Duplex> right = pair.second;
  right->resume();
  co::run(loop, [&, left]() -> Task<> { co_await co::end(*left, "x"); });
  EXPECT_TRUE(left->writable_finished());
  EXPECT_FALSE(left->closed());
}

TEST_F(CoroWriteTest, AnErrorIsThrownByTheWaitAndNotUncaught) {
  spawn([&]() -> Task<> { co_await co::write(*stream, "abcd"); });
  loop.run();
  sink.complete_with(Error::system(ENOSPC, "write"));
  EXPECT_EQ(after_run(), "_write(abcd) !ENOSPC");
}

TEST_F(CoroWriteTest, AnErrorWhileTheCoroutineIsElsewhereIsThrownByTheNextAwait) {
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    co_await co::sleep(loop, 5ms);
    log.add("slept");
    co_await co::write(*stream, "b");
  });
  sink.complete_with(Error::system(ENOSPC, "write"));
  EXPECT_EQ(after_run(), "_write(a) slept !ENOSPC");
}

TEST_F(CoroWriteTest, AnErrorThatNoAwaitThrowsIsUncaught) {
  survive();
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    log.add("over");
  });
  sink.complete_with(Error::system(ENOSPC, "write"));
  EXPECT_EQ(after_run(), "_write(a) over");
  stream = nullptr;
  EXPECT_EQ(after_run(), "!");
}

TEST_F(CoroWriteTest, AnErrorWithAListenerIsNotUncaught) {
  survive();
  stream->on<Error>([&](const Error&) { log.add("heard"); });
  spawn([&]() -> Task<> { co_await co::write(*stream, "a"); });
  sink.complete_with(Error::system(ENOSPC, "write"));
  stream = nullptr;
  EXPECT_EQ(after_run(), "_write(a) heard");
}

TEST_F(CoroWriteTest, LostDataIsUncaught) {
  survive();
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    co_await co::write(*stream, "b");
  });
  stream = nullptr;
  sink.complete();
  sink.drop_pending();
  EXPECT_EQ(after_run(), "_write(a) _write(b) !");
}

TEST_F(CoroWriteTest, DestroyEndsTheWait) {
  spawn([&]() -> Task<> { co_await co::write(*stream, "abcd"); });
  spawn([&]() -> Task<> { co_await co::end(*stream); });
  stream->destroy();
  sink.drop_pending();
  EXPECT_EQ(after_run(), "_write(abcd) !ERR_STREAM_DESTROYED !ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroWriteTest, AnEndByAnotherLeavesTheAcceptedWrite) {
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "abcd");
    log.add("accepted");
    co_await co::write(*stream, "x");
  });
  stream->end();
  EXPECT_EQ(after_run(), "_write(abcd) accepted !ERR_STREAM_WRITE_AFTER_END");
  sink.complete();
  loop.run();
  sink.complete();
  EXPECT_EQ(after_run(), "_final");
  EXPECT_FALSE(stream->errored());
}

TEST_F(CoroWriteTest, AwaitsOnAStreamThatIsOverThrow) {
  stream->destroy();
  loop.run();
  const auto each = [&](auto function) { spawn(std::move(function)); };
  each([&]() -> Task<> { co_await co::ready(*stream); });
  each([&]() -> Task<> { co_await co::write(*stream, "a"); });
  each([&]() -> Task<> { co_await co::print(*stream, "a"); });
  each([&]() -> Task<> { co_await co::written(*stream, "a"); });
  each([&]() -> Task<> { co_await co::end(*stream, "a"); });
  each([&]() -> Task<> { co_await co::end(*stream); });
  EXPECT_EQ(after_run(),
            "!ERR_STREAM_DESTROYED !ERR_STREAM_DESTROYED !ERR_STREAM_DESTROYED "
            "!ERR_STREAM_DESTROYED !ERR_STREAM_DESTROYED !ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroWriteTest, AStopLeavesTheWaitAndKeepsTheBytes) {
  sink.keep_chunks();
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "abcd");
    log.add("drained");
  });
  spawn([&]() -> Task<> { co_await co::end(*stream, "ef"); });
  spawn([&]() -> Task<> { co_await co::written(*stream, "never"); });
  stop.request_stop();
  EXPECT_EQ(after_run(), "_write(abcd) !ERR_STREAM_WRITE_AFTER_END !ABORT_ERR !ABORT_ERR");
  sink.automatic = true;
  sink.complete();
  EXPECT_EQ(after_run(), "_write(ef) _final");
  EXPECT_TRUE(stream->writable_finished());
}

TEST_F(CoroWriteTest, AStopBeforeAWaitThrowsAtTheWaitOnly) {
  stop.request_stop();
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    log.add("a");
    co_await co::write(*stream, "bcd");
    log.add("bcd");
  });
  EXPECT_EQ(log.take(), "_write(a) a !ABORT_ERR");
  sink.automatic = true;
  sink.complete();
  EXPECT_EQ(after_run(), "_write(bcd)");
}

TEST_F(CoroWriteTest, TheLoopsEndResumesEachWait) {
  std::optional<Loop> other(std::in_place);
  auto outliving = Writable::make(*other, sink.device({.write = true}), SinkTraits{.write = true},
                                  {.high_water_mark = 1});
  co::spawn(*other, logging([&]() -> Task<> { co_await co::write(*outliving, "a"); }));
  co::spawn(*other, logging([&]() -> Task<> { co_await co::written(*outliving, "b"); }));
  co::spawn(*other, logging([&]() -> Task<> { co_await co::end(*outliving); }));
  log.take();
  other.reset();
  std::string ended = log.take();
  EXPECT_EQ(ended, "!ABORT_ERR !ABORT_ERR !ABORT_ERR");
  sink.drop_pending();
  spawn([&]() -> Task<> { co_await co::write(*outliving, "c"); });
  spawn([&]() -> Task<> { co_await co::end(*outliving); });
  EXPECT_EQ(after_run().substr(0, 5), "!ERR_");
}

TEST_F(CoroWriteTest, ACoroutineThatIsDestroyedWhileItWaitsIsNotResumed) {
  const auto writes = [&]() -> Task<> {
    co_await co::write(*stream, "abcd");
    log.add("drained");
  };
  const auto finishes = [&]() -> Task<> {
    co_await co::written(*stream, "x");
    log.add("written");
  };
  co::run(loop, [&]() -> Task<> { co_await co::when_any(co::yield(loop), co::yield(loop)); });
  loop.next_tick([] { throw Error("ends run"); });
  EXPECT_THROW(co::run(loop, [&]() -> Task<> { co_await co::when_all(writes(), finishes()); }),
               Error);
  sink.automatic = true;
  sink.complete();
  EXPECT_EQ(after_run(), "_write(abcd) _write(x)");
}

TEST_F(CoroWriteTest, TryGivesTheErrorAsAResult) {
  co::run(loop, [&]() -> Task<> {
    const auto written = co_await co::try_(co::write(*stream, "a"));
    EXPECT_TRUE(written.has_value());
    stream->destroy(Error::system(ENOSPC, "write"));
    const auto refused = co_await co::try_(co::write(*stream, "a"));
    EXPECT_EQ(refused.error().name(), "ENOSPC");
  });
}

TEST_F(CoroWriteTest, AMarkOfZeroWaitsForEachChunk) {
  stream = make(0);
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    log.add("a");
  });
  EXPECT_EQ(after_run(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_run(), "a");
}

TEST_F(CoroWriteTest, FlushAndSyncWaitForWhatWasWrittenBefore) {
  const SinkTraits traits{.write = true, .final = true, .sync = true};
  stream->destroy();
  stream = Writable::make(loop, sink.device(traits), traits);
  spawn([&]() -> Task<> {
    co_await co::write(*stream, "a");
    co_await co::flush(*stream);
    log.add("flushed");
    co_await co::write(*stream, "b");
    co_await co::sync(*stream);
    log.add("synced");
  });
  EXPECT_EQ(log.take(), "_write(a)");
  sink.complete();
  loop.run();
  EXPECT_EQ(log.take(), "flushed _write(b)");
  sink.complete();
  loop.run();
  EXPECT_EQ(log.take(), "_sync");
  sink.complete();
  loop.run();
  EXPECT_EQ(log.take(), "synced");
}

TEST_F(CoroWriteTest, FlushAndSyncThrowTheErrorOfTheStream) {
  spawn([&]() -> Task<> {
    const auto synced = co_await co::try_(co::sync(*stream));
    log.add(synced.error().name());
    co_await co::write(*stream, "a");
    const auto flushed = co_await co::try_(co::flush(*stream));
    log.add(flushed.error().name());
    const auto again = co_await co::try_(co::flush(*stream));
    log.add(again.error().name());
  });
  loop.run();
  sink.complete_with(Error::system(ENOSPC, "write"));
  loop.run();
  EXPECT_EQ(log.take(), "ERR_METHOD_NOT_IMPLEMENTED _write(a) ENOSPC ENOSPC");
}

TEST_F(CoroWriteTest, ValuesAreWrittenToAnObjectStream) {
  auto numbers = ObjectWritable<int>::make(
      loop, {.write = [&](int value, Done done) { log.add(std::to_string(value)), done(); }});
  co::run(loop, [&]() -> Task<> {
    for (int i = 0; i < 3; ++i) co_await co::write(*numbers, i);
    co_await co::end(*numbers, 3);
  });
  EXPECT_EQ(log.take(), "0 1 2 3");
}

#ifndef NDEBUG
TEST_F(CoroWriteTest, AnotherThreadIsNamed) {
  const auto on_another_thread = [&](auto function) {
    std::thread([&] {
      auto task = function();
      Loop there;
      co::run(there, std::move(task));
    }).join();
  };
  EXPECT_DEATH(on_another_thread([&]() -> Task<> { co_await co::write(*stream, "a"); }),
               "co::write\\(\\) on a Writable was called on another thread");
  EXPECT_DEATH(on_another_thread([&]() -> Task<> { co_await co::ready(*stream); }),
               "co::ready\\(\\) on a Writable was called on another thread");
}
#endif

}  // namespace
}  // namespace weir
