// How a readable comes to its end, and is destroyed before it.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ReadEndTest : public test::ReadTest {};

TEST_F(ReadEndTest, AnEmptyStreamWaitsForItsReader) {
  const auto stream = readable();
  EXPECT_FALSE(stream->push(nullptr));
  EXPECT_EQ(after_ticks(), "");
  EXPECT_FALSE(stream->readable_ended());
  EXPECT_TRUE(stream->readable());
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end close");
}

TEST_F(ReadEndTest, EndComesWhenTheBufferIsRead) {
  const auto stream = readable();
  stream->push("a");
  stream->push(nullptr);
  stream->pause();
  EXPECT_EQ(after_ticks(), "pause");
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end close");
}

TEST_F(ReadEndTest, ASecondEndHasNoEffect) {
  const auto stream = readable();
  stream->push(nullptr);
  stream->push(nullptr);
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end close");
  EXPECT_FALSE(stream->push(nullptr));
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(ReadEndTest, WithoutAutoDestroyItStaysOpenAfterEnd) {
  const auto stream = readable_of({}, {.auto_destroy = false});
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume end");
  EXPECT_FALSE(stream->destroyed());
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(ReadEndTest, WithoutEmitCloseItClosesUnheard) {
  const auto stream = readable_of({}, {.emit_close = false});
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume end");
  EXPECT_TRUE(stream->closed());
}

// --- Destroyed ---

TEST_F(ReadEndTest, DestroyedItClosesWithoutAnEnd) {
  const auto stream = readable();
  stream->push("a");
  stream->destroy();
  stream->resume();
  EXPECT_EQ(after_ticks(), "close") << "and neither data nor end";
}

TEST_F(ReadEndTest, DestroyedByAListenerOfDataItDeliversItsBuffer) {
  const auto stream = readable_of({"a", "b", "c"});
  log.listen_to_data(*stream);
  stream->once<Data>([&] { stream->destroy(); });
  EXPECT_EQ(after_ticks(), "_read resume _read data(a) data(b) close");
}

TEST_F(ReadEndTest, DestroyedWithAnErrorByAListenerOfDataItEmitsThatAfterIt) {
  const auto stream = readable_of({"a", "b", "c"});
  log.listen_to_data(*stream);
  stream->once<Data>([&] { stream->destroy(Error("x")); });
  EXPECT_EQ(after_ticks(), "_read resume _read data(a) data(b) error(x) close");
}

TEST_F(ReadEndTest, DestroyedByAListenerOfEndItClosesOnce) {
  const auto stream = readable_of({"a"});
  stream->on<End>([&] { stream->destroy(); });
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume _read end close");
}

TEST_F(ReadEndTest, DestroyedWithAnErrorByAListenerOfEndItEmitsThatToo) {
  const auto stream = readable_of({"a"});
  stream->on<End>([&] { stream->destroy(Error("late")); });
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume _read end error(late) close");
}

TEST_F(ReadEndTest, DestroyedBeforeTheTickOfItsEndItEmitsThatUnlessAnErrorDoesIt) {
  for (const bool has_error : {false, true}) {
    const auto stream = readable_of({});
    stream->resume();
    ticks.next_tick([&] {
      stream->destroy(has_error ? Error("x") : Error());
      log.add("destroyed");
    });
    EXPECT_EQ(after_ticks(), has_error ? "_read resume destroyed error(x) close"
                                       : "_read resume destroyed end close");
  }
}

TEST_F(ReadEndTest, DestroyedTwiceItCallsBackBoth) {
  const auto stream = readable();
  stream->destroy({}, cb("first"));
  stream->destroy(Error("too late"), cb("second"));
  EXPECT_EQ(now(), "first second");
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_FALSE(stream->errored());
}

}  // namespace
}  // namespace weir
