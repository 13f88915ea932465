#include <weir/stream/consumers.h>

#include "support/event_log.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/readable.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ConsumersTest : public testing::Test {
 protected:
  Ref<Readable> chunks(std::vector<std::string> all, Error failure = {}) {
    return Readable::make(
        ticks, {.read = [all = std::move(all), failure = std::move(failure), next = std::size_t{0}](
                            Readable& stream, std::size_t) mutable {
          if (next < all.size()) return void(stream.push(all[next++]));
          if (failure) throw failure;
          stream.push(nullptr);
        }});
  }
  auto text_result() {
    return [this](const Error& error, std::string text) { log.add("'" + text + "'", error); };
  }
  std::string after_ticks() {
    ticks.drain();
    return log.take();
  }

  test::EventLog log;
  TickQueue ticks;
};

TEST_F(ConsumersTest, TextJoinsACharacterThatIsSplit) {
  text(chunks({"caf\xC3", "\xA9 au ", "lait"}), text_result());
  EXPECT_EQ(log.take(), "") << "not before the next tick";
  EXPECT_EQ(after_ticks(), "'café au lait'");
}

TEST_F(ConsumersTest, TextReplacesInvalidCharacters) {
  text(chunks({"a\xC3"}), text_result());
  EXPECT_EQ(after_ticks(), "'a\uFFFD'");
}

TEST_F(ConsumersTest, TextLeavesAByteOrderMarkOut) {
  text(chunks({"\xEF\xBB", "\xBF", "a\uFEFF"}), text_result());
  EXPECT_EQ(after_ticks(), "'a\uFEFF'");
}

TEST_F(ConsumersTest, TextTakesChunksThatAreTextAsTheyAre) {
  const auto stream = chunks({"aé"});
  stream->set_encoding("hex");
  text(stream, text_result());
  EXPECT_EQ(after_ticks(), "'61c3a9'");
}

TEST_F(ConsumersTest, TextOfNothingIsEmpty) {
  text(chunks({}), text_result());
  EXPECT_EQ(after_ticks(), "''");
}

TEST_F(ConsumersTest, AnErrorComesWithThePartialResult) {
  text(chunks({"one ", "two "}, Error("broken")), text_result());
  EXPECT_EQ(after_ticks(), "'one two '(broken)");
}

TEST_F(ConsumersTest, BufferJoinsTheBytes) {
  buffer(chunks({"one ", "\xFF", " two"}),
         [this](const Error& error, const Buffer& bytes) { log.add(bytes.text(), error); });
  EXPECT_EQ(after_ticks(), "one \xFF two");
}

TEST_F(ConsumersTest, BufferDoesNotCopyASingleChunk) {
  const Buffer chunk = Buffer::copy("all there is");
  buffer(Readable::from(ticks, chunk), [&](const Error&, const Buffer& bytes) {
    log.add(bytes.data() == chunk.data() ? "shared" : "copied");
  });
  EXPECT_EQ(after_ticks(), "shared");
}

TEST_F(ConsumersTest, AStopEndsTheReading) {
  std::stop_source stop;
  const auto stream = Readable::make(ticks, {.read = [](Readable&, std::size_t) {}});
  text(stream, text_result(), stop.get_token());
  ticks.drain();
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "''(ABORT_ERR)");
  EXPECT_TRUE(stream->destroyed());
}

}  // namespace
}  // namespace weir
