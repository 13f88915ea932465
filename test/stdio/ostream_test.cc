#include <weir/stdio/ostream.h>

#include "support/event_log.h"
#include "support/loop_test.h"
#include "support/temporary_folder.h"
#include <weir/fs/write_stream.h>
#include <weir/loop/uv.h>

#include <fstream>
#include <iomanip>
#include <ios>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::operator""ms;

// Code for a std::ostream.
void print_table(std::ostream& out, int lines) {
  for (int i = 0; i < lines; ++i)
    out << std::setw(6) << i << ' ' << std::boolalpha << (i % 2 == 0) << '\n';
}
std::string table(int lines) {
  std::ostringstream out;
  print_table(out, lines);
  return out.str();
}

class OstreamTest : public test::LoopTest {
 protected:
  // A stream whose sink completes each write in a later turn.
  Ref<Writable> slow(std::size_t mark = 16) {
    return Writable::make(
        loop,
        {.write =
             [this](Chunk chunk, Done done) {
               got += chunk.text();
               largest = std::max(largest, chunk.size());
               loop.set_immediate([done = std::make_shared<Done>(std::move(done))] { (*done)(); });
             }},
        {.high_water_mark = static_cast<std::int64_t>(mark)});
  }
  // A stream whose sink never completes.
  Ref<Writable> stuck(std::size_t mark = 16) {
    return Writable::make(loop,
                          {.write =
                               [this](Chunk chunk, Done done) {
                                 got += chunk.text();
                                 held.push_back(std::move(done));
                               }},
                          {.high_water_mark = static_cast<std::int64_t>(mark)});
  }
  void TearDown() override {
    for (Done& done : held) done();
  }

  std::string got;
  std::size_t largest = 0;
  std::vector<Done> held;
};

TEST_F(OstreamTest, TakesWhatAStdOstreamTakes) {
  auto stream = slow(1 << 20);
  auto out = ostream(*stream);
  print_table(out, 1000);
  EXPECT_TRUE(out.good());
  out.flush();
  loop.run();
  EXPECT_EQ(got, table(1000));
}

TEST_F(OstreamTest, WritesOnFlushAndAtItsEnd) {
  auto stream = slow(1 << 20);
  {
    auto out = ostream(*stream);
    out << "a" << 1;
    EXPECT_EQ(stream->writable_length(), 0u);
    out << std::flush;
    EXPECT_EQ(stream->writable_length(), 2u);
    out << "b" << std::endl << "c";
    EXPECT_EQ(stream->writable_length(), 4u);
  }
  EXPECT_EQ(stream->writable_length(), 5u);
  EXPECT_TRUE(stream->writable());
  loop.run();
  EXPECT_EQ(got, "a1b\nc");
}

TEST_F(OstreamTest, IsAnOutputIteratorThatCollects) {
  auto stream = slow(1 << 20);
  auto out = ostream(*stream);
  std::ranges::copy(std::string_view("abc"), std::ostreambuf_iterator<char>(out));
  out.flush();
  EXPECT_EQ(stream->writable_length(), 3u);
  loop.run();
  EXPECT_EQ(largest, 3u);
}

TEST_F(OstreamTest, WithALoopWaitsForRoomByRunningIt) {
  auto stream = slow(64);
  auto out = ostream(loop, *stream);
  std::size_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    print_table(out, 10);
    most = std::max(most, stream->writable_length());
  }
  EXPECT_TRUE(out.good());
  EXPECT_LT(most, 64u + 1024);
  out.flush();
  loop.run();
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += table(10);
  EXPECT_EQ(got, expected);
}

TEST_F(OstreamTest, WithALoopWaitsAfterALongText) {
  auto stream = slow(64);
  auto out = ostream(loop, *stream);
  out << std::string(100'000, 'x') << std::string(50'000, 'y');
  EXPECT_EQ(stream->writable_length(), 0u);
  EXPECT_EQ(got.size(), 150'000u);
}

TEST_F(OstreamTest, WithoutALoopBuffersBeyondTheMark) {
  auto stream = slow(64);
  auto out = ostream(*stream);
  print_table(out, 1000);
  out.flush();
  EXPECT_EQ(stream->writable_length(), table(1000).size());
  EXPECT_TRUE(stream->writable_need_drain());
  loop.run();
  EXPECT_EQ(got, table(1000));
}

TEST_F(OstreamTest, InACallbackOfTheLoopDoesNotWait) {
  auto stream = slow(64);
  loop.set_immediate([&] {
    auto out = ostream(loop, *stream);
    print_table(out, 1000);
    out.flush();
    EXPECT_TRUE(out.good());
    EXPECT_GT(stream->writable_length(), 1000u);
  });
  loop.run();
  EXPECT_EQ(got, table(1000));
}

TEST_F(OstreamTest, OtherCallbacksRunWhileItWaitsAndMayPrintToo) {
  auto stream = slow(64);
  auto out = ostream(loop, *stream);
  const auto interval = loop.set_interval(1ms, [&] {
    auto inner = ostream(loop, *stream);
    inner << "[inner]";
  });
  while (got.find("[inner]") == std::string::npos) out << std::string(100, 'x') << std::flush;
  interval->clear();
  EXPECT_TRUE(out.good());
}

TEST_F(OstreamTest, AnExceptionOfACallbackThatRunsMeanwhileLeavesTheNextRun) {
  auto stream = slow(64);
  loop.set_immediate([] { throw std::runtime_error("of a callback"); });
  loop.set_immediate([] { throw std::runtime_error("of another"); });
  auto out = ostream(loop, *stream);
  print_table(out, 1000);
  EXPECT_TRUE(out.good());
  EXPECT_THAT([&] { loop.run(); }, testing::ThrowsMessage<std::runtime_error>("of a callback"));
  EXPECT_THAT([&] { loop.run(); }, testing::ThrowsMessage<std::runtime_error>("of another"));
  out.flush();
  loop.run();
  EXPECT_EQ(got, table(1000));
}

TEST_F(OstreamTest, DoesNotWaitForALoopWithoutWorkOrForAStoppedOne) {
  auto stream = stuck();
  auto out = ostream(loop, *stream);
  out << std::string(100, 'x') << std::flush;  // the loop has nothing that could complete it
  EXPECT_TRUE(out.good());
  const auto stops = loop.set_interval(1ms, [&] { loop.stop(); });
  out << "y" << std::flush;  // the first stop ends each wait
  EXPECT_TRUE(out.good());
  stops->clear();
}

// The waiter that is left must not stop a later run.
TEST_F(OstreamTest, AWaitThatWasGivenUpDoesNotStopALaterRun) {
  auto stream = stuck();
  auto out = ostream(loop, *stream);
  out << std::string(100, 'x') << std::flush;
  loop.set_immediate([&] {
    held.back()();
    held.pop_back();
    loop.set_timeout(1ms, says("later"));
  });
  EXPECT_EQ(after_run(), "later");
}

TEST_F(OstreamTest, IsBadOnceTheStreamIsDestroyed) {
  auto stream = slow();
  auto out = ostream(loop, *stream);
  out << "before" << std::flush;
  stream->destroy();
  out << "after";
  EXPECT_FALSE(out.flush().good());
  EXPECT_TRUE(out.bad());
  out << "nothing";
  loop.run();
  EXPECT_EQ(got, "before");
  out.clear();
  out << std::string(5000, 'x');
  EXPECT_TRUE(out.bad());
}

TEST_F(OstreamTest, IsBadAfterTheEndWithoutAnErrorOfTheStream) {
  auto stream = slow();
  auto out = ostream(loop, *stream);
  stream->end("end");
  out << "after" << std::flush;
  EXPECT_TRUE(out.bad());
  EXPECT_NO_THROW(loop.run());
  EXPECT_EQ(got, "end");
}

TEST_F(OstreamTest, IsBadIfTheStreamFailsWhileItWaits) {
  auto stream = slow(16);
  stream->on<Error>([this](const Error& error) { log.add("error", error); });
  auto out = ostream(loop, *stream);
  loop.set_timeout(1ms, [&] { stream->destroy(Error("broken")); });
  while (out << "some more text" << std::flush) {
  }
  EXPECT_TRUE(out.bad());
  EXPECT_EQ(after_run(), "error(broken)");
}

TEST_F(OstreamTest, AnErrorWithoutAListenerIsNotSilenced) {
  auto stream = slow(16);
  auto out = ostream(loop, *stream);
  loop.set_timeout(1ms, [&] { stream->destroy(Error("unheard")); });
  while (out << "some more text" << std::flush) {
  }
  EXPECT_THAT([&] { loop.run(); }, testing::ThrowsMessage<Error>("unheard"));
}

TEST_F(OstreamTest, ThrowsIfItsExceptionsAreOn) {
  auto stream = slow();
  stream->destroy();
  auto out = ostream(*stream);
  out.exceptions(std::ios::badbit);
  EXPECT_THROW(out << "text" << std::flush, std::ios::failure);
}

TEST_F(OstreamTest, ThatOutlivesItsLoopIsBad) {
  std::optional<Loop> other(std::in_place);
  auto stream = Writable::make(*other, {.write = [](Chunk, Done done) { done(); }});
  auto out = ostream(*other, *stream);
  out << "a" << std::flush << "b";
  other.reset();
  out << std::flush;
  EXPECT_TRUE(out.bad());
}

TEST_F(OstreamTest, KeepsTheStreamAlive) {
  auto stream = slow(1 << 20);
  auto out = ostream(*stream);
  stream = nullptr;
  out << "text" << std::flush;
  loop.run();
  EXPECT_EQ(got, "text");
}

TEST_F(OstreamTest, OtherWritesAreInTheOrderOfItsFlushes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("file");
  auto stream = fs::create_write_stream(loop, path);
  auto out = ostream(loop, *stream);
  out << "2";
  stream->write("1");
  out << "3" << std::flush;
  stream->write("4");
  out << "5" << std::flush;
  stream->end("6");
  loop.run();
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "123456");
}

TEST_F(OstreamTest, OfAFileHoldsItsBackpressure) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("file");
  auto stream = fs::create_write_stream(loop, path, {.high_water_mark = 4096});
  {
    auto out = ostream(loop, *stream);
    for (int i = 0; i < 2000; ++i) {
      print_table(out, 10);
      ASSERT_LT(stream->writable_length(), 4096u + 1024);
    }
  }
  stream->end();
  loop.run();
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += table(10);
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), expected);
}

// The Loop cannot know if the application runs it.
TEST(AdoptedOstream, DoesNotWait) {
  uv_loop_t uv;
  ASSERT_EQ(uv_loop_init(&uv), 0);
  {
    Loop loop(&uv);
    auto stream =
        Writable::make(loop, {.write = [](Chunk, Done done) { done(); }}, {.high_water_mark = 4});
    stream->cork();
    auto out = ostream(loop, *stream);
    out << "more than four" << std::flush;
    EXPECT_TRUE(out.good());
    EXPECT_TRUE(stream->writable_need_drain());
    stream->uncork();
    uv_run(&uv, UV_RUN_DEFAULT);
    EXPECT_FALSE(stream->writable_need_drain());
  }
  uv_run(&uv, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&uv), 0);
}

}  // namespace
}  // namespace weir
