#include <weir/coro/read.h>

#include "support/coro_test.h"
#include <weir/coro/try.h>
#include <weir/coro/when.h>
#include <weir/coro/write.h>
#include <weir/stream/duplex_pair.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/pass_through.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;

class CoroReadTest : public test::CoroTest {
 protected:
  Ref<Readable> source() {
    return Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  }
  std::string lines_of(std::vector<std::string> chunks) {
    auto stream = Readable::from(loop, std::move(chunks));
    std::string all;
    co::run(loop, [&]() -> Task<> {
      auto lines = co::lines(*stream);
      while (const auto line = co_await lines.next()) all += "[" + *line + "]";
    });
    return all;
  }
};

TEST_F(CoroReadTest, ReadsWhatIsThereAtOnce) {
  auto stream = source();
  stream->push("a");
  spawn([&]() -> Task<> {
    const auto chunk = co_await co::read(*stream);
    log.add(chunk->text());
  });
  EXPECT_EQ(log.take(), "a");
}

TEST_F(CoroReadTest, WaitsForDataAndForTheEnd) {
  auto stream = source();
  spawn([&]() -> Task<> {
    while (const auto chunk = co_await co::read(*stream)) log.add(chunk->text());
    log.add("end");
    EXPECT_FALSE(co_await co::read(*stream));
  });
  loop.run();
  stream->push("a");
  EXPECT_EQ(after_run(), "a");
  stream->push("b");
  stream->push(nullptr);
  EXPECT_EQ(after_run(), "b end");
}

TEST_F(CoroReadTest, ReadsAnExactSizeAndTheRest) {
  auto stream = source();
  spawn([&]() -> Task<> {
    while (const auto chunk = co_await co::read(*stream, 3)) log.add(chunk->text());
    log.add("end");
  });
  stream->push("ab");
  loop.run();
  EXPECT_EQ(log.take(), "");
  stream->push("cdefg");
  EXPECT_EQ(after_run(), "abc def");
  stream->push(nullptr);
  EXPECT_EQ(after_run(), "g end");
}

TEST_F(CoroReadTest, AnErrorIsThrownAfterTheDataAndNotUncaught) {
  auto stream = source();
  spawn([&]() -> Task<> {
    while (const auto chunk = co_await co::read(*stream)) log.add(chunk->text());
  });
  loop.run();
  stream->push("a");
  loop.run();
  stream->destroy(Error::system(EIO, "read"));
  EXPECT_EQ(after_run(), "a !EIO");
}

TEST_F(CoroReadTest, AnErrorWhileTheCoroutineIsElsewhereIsThrownByTheNextRead) {
  auto stream = source();
  stream->push("a");
  spawn([&]() -> Task<> {
    log.add((co_await co::read(*stream))->text());
    co_await co::sleep(loop, 2ms);
    log.add("slept");
    co_await co::read(*stream);
  });
  stream->destroy(Error::system(EIO, "read"));
  EXPECT_EQ(after_run(), "a slept !EIO");
}

TEST_F(CoroReadTest, DestroyEndsTheWait) {
  auto stream = source();
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  loop.run();
  stream->destroy();
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  EXPECT_EQ(log.take(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroReadTest, AStreamThatIsDroppedEndsTheWait) {
  auto stream = source();
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  loop.run();
  stream = nullptr;
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroReadTest, RemovingAllListenersEndsTheWait) {
  auto stream = source();
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  loop.run();
  stream->remove_all_listeners();
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroReadTest, AStopLeavesTheDataInTheStream) {
  auto stream = source();
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  loop.run();
  stop.request_stop();
  stream->push("a");
  EXPECT_EQ(after_run(), "!ABORT_ERR");
  EXPECT_EQ(stream->read()->text(), "a");
}

TEST_F(CoroReadTest, TwoCoroutinesEachGetAPart) {
  auto stream = source();
  for (const char* name : {"1:", "2:"})
    co::spawn(loop, [&, name]() -> Task<> {
      while (const auto chunk = co_await co::read(*stream))
        log.add(name + std::string(chunk->text()));
      log.add(name + std::string("end"));
    });
  loop.run();
  for (const char* text : {"a", "b", "c", "d"}) {
    stream->push(text);
    loop.run();
  }
  stream->push(nullptr);
  EXPECT_EQ(after_run(), "1:a 2:b 1:c 2:d 1:end 2:end");
}

TEST_F(CoroReadTest, AReaderThatIsDestroyedLeavesTheDataToTheNext) {
  auto stream = source();
  loop.next_tick([] { throw Error("ends run"); });
  EXPECT_THROW(co::run(loop, [&]() -> Task<> { co_await co::read(*stream); }), Error);
  spawn([&]() -> Task<> { log.add((co_await co::read(*stream))->text()); });
  loop.run();
  stream->push("a");
  EXPECT_EQ(after_run(), "a");
}

TEST_F(CoroReadTest, AStreamCanBePipedAfterItsHeadWasRead) {
  auto stream = source();
  auto destination = PassThrough::make(loop);
  co::spawn(loop, [&]() -> Task<> {
    log.add((co_await co::read(*stream, 4))->text());
    stream->pipe(destination);
  });
  loop.run();
  stream->push("headbody");
  loop.run();
  stream->push(" more");
  stream->push(nullptr);
  EXPECT_EQ(after_run(), "head");
  std::string piped;
  while (const auto chunk = destination->read()) piped += chunk->text();
  EXPECT_EQ(piped, "body more");
}

TEST_F(CoroReadTest, TheLoopsEndResumesAReader) {
  std::optional<Loop> other(std::in_place);
  auto stream = Readable::make(*other, {.read = [](Readable&, std::size_t) {}});
  co::spawn(*other, logging([&]() -> Task<> { co_await co::read(*stream); }));
  co::spawn(*other, logging([&]() -> Task<> {
    auto chunks = co::chunks(*stream);
    co_await chunks.next();
  }));
  other->poll();
  other.reset();
  EXPECT_EQ(log.take(), "!ABORT_ERR !ABORT_ERR");
  spawn([&]() -> Task<> { co_await co::read(*stream); });
  EXPECT_EQ(log.take(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroReadTest, ChunksEndWithTheStream) {
  auto stream = Readable::from(loop, std::vector<std::string>{"a", "b"});
  co::run(loop, [&]() -> Task<> {
    auto chunks = co::chunks(*stream);
    while (const auto chunk = co_await chunks.next()) log.add(chunk->text());
    EXPECT_FALSE(co_await chunks.next());
  });
  EXPECT_EQ(log.take(), "a b");
}

TEST_F(CoroReadTest, ASequenceThatIsLeftDestroysItsStream) {
  auto stream = Readable::from(loop, std::vector<std::string>{"a", "b"});
  co::run(loop, [&]() -> Task<> {
    auto chunks = co::chunks(*stream);
    log.add((co_await chunks.next())->text());
  });
  EXPECT_TRUE(stream->destroyed());
  EXPECT_EQ(after_run(), "a");
}

TEST_F(CoroReadTest, ASequenceCanLeaveItsStreamOpen) {
  auto stream = Readable::from(loop, std::vector<std::string>{"a", "b"});
  co::run(loop, [&]() -> Task<> {
    {
      auto chunks = co::chunks(*stream, {.destroy_stream = false});
      log.add((co_await chunks.next())->text());
    }
    log.add((co_await co::read(*stream))->text());
  });
  EXPECT_EQ(after_run(), "a b");
}

TEST_F(CoroReadTest, ValuesOfAnObjectStream) {
  auto numbers = ObjectReadable<int>::from(loop, std::vector{1, 2, 3});
  const int sum = co::run(loop, [&]() -> Task<int> {
    auto values = co::values(*numbers);
    int total = 0;
    while (const auto value = co_await values.next()) total += *value;
    co_return total;
  });
  EXPECT_EQ(sum, 6);
}

TEST_F(CoroReadTest, ValuesThatCanOnlyBeMoved) {
  auto stream = ObjectReadable<std::unique_ptr<int>>::make(
      loop, {.read = [i = 0](ObjectReadable<std::unique_ptr<int>>& to, std::size_t) mutable {
        if (++i < 4)
          to.push(std::make_unique<int>(i));
        else
          to.push(nullptr);
      }});
  const int sum = co::run(loop, [&]() -> Task<int> {
    int total = 0;
    while (const auto value = co_await co::read(*stream)) total += **value;
    co_return total;
  });
  EXPECT_EQ(sum, 6);
}

TEST_F(CoroReadTest, LinesEndAsThoseOfReadLines) {
  EXPECT_EQ(lines_of({"a\nb\r\nc\rd"}), "[a][b][c][d]");
  EXPECT_EQ(lines_of({"a\r", "\nb", "c", "d\n", "\n"}), "[a][bcd][]");
  EXPECT_EQ(lines_of({"a\r", "b\r", "\r\n"}), "[a][b][]");
  EXPECT_EQ(lines_of({"\n\n"}), "[][]");
  EXPECT_EQ(lines_of({""}), "");
  EXPECT_EQ(lines_of({"no end"}), "[no end]");
}

TEST_F(CoroReadTest, LinesSplitAnywhereAreTheSame) {
  const std::string text = "one\r\ntwo\n\rthree\r\r\nfour";
  const std::string expected = lines_of({text});
  for (std::size_t i = 1; i < text.size(); ++i)
    for (std::size_t j = i; j < text.size(); ++j)
      EXPECT_EQ(lines_of({text.substr(0, i), text.substr(i, j - i), text.substr(j)}), expected);
}

TEST_F(CoroReadTest, ALineThatIsTooLongThrows) {
  auto stream = Readable::from(loop, std::vector<std::string>{"abc\nabc", "d\n"});
  spawn([&]() -> Task<> {
    auto lines = co::lines(*stream, {.max_length = 3});
    while (const auto line = co_await lines.next()) log.add(*line);
  });
  EXPECT_EQ(after_run(), "abc !ERR_LINE_TOO_LONG");
}

TEST_F(CoroReadTest, LinesPutBackWhatTheyHaveNotTaken) {
  auto stream = source();
  stream->push("a\nb");
  stream->push("ody");
  co::run(loop, [&]() -> Task<> {
    auto lines = co::lines(*stream, {.destroy_stream = false});
    log.add(*co_await lines.next());
  });
  EXPECT_EQ(stream->read(4)->text(), "body");
  EXPECT_EQ(log.take(), "a");
}

TEST_F(CoroReadTest, AnEchoOverAPair) {
  const auto pair = duplex_pair(loop);
  const Ref<Duplex> left = pair.first;
  const Ref<Duplex> right = pair.second;
  co::spawn(loop, [right]() -> Task<> {
    while (auto chunk = co_await co::read(*right)) co_await co::write(*right, *std::move(chunk));
    co_await co::end(*right);
  });
  co::run(loop, [&, left]() -> Task<> {
    for (int i = 0; i < 1000; ++i) {
      const std::string ping = std::to_string(i);
      co_await co::write(*left, ping);
      const auto pong = co_await co::read(*left, ping.size());
      EXPECT_EQ(pong->text(), ping);
    }
    co_await co::end(*left);
    EXPECT_FALSE(co_await co::read(*left));
  });
}

}  // namespace
}  // namespace weir
