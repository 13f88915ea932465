// Calls of a stream's functions on a thread that is not its loop's: in builds with assertions they
// end the process with a sentence that names the call and the stream.

#include <weir/event/thread_check.h>

#include <weir/loop/loop.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/pass_through.h>

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#ifndef NDEBUG
namespace weir {
namespace {

class StreamThreadDeathTest : public testing::Test {
 protected:
  StreamThreadDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  static void elsewhere(const std::function<void()>& call) { std::thread(call).join(); }
  using Calls = std::vector<std::pair<std::string, std::function<void()>>>;
  static void expect_noticed(const Calls& calls, const std::string& name) {
    for (const auto& [call, use] : calls)
      EXPECT_DEATH(elsewhere(use), "weir: " + call + ".*\\(\\) on " + name +
                                       " was called on another thread than its loop's: use "
                                       "Loop::post to call it there");
  }

  Loop loop;
};

TEST_F(StreamThreadDeathTest, NoticesEveryEntryOfAWritable) {
  auto s = Writable::make(loop, {.write = [](Chunk, Done done) { done(); }});
  const auto digits = [](char* begin) { return std::to_chars(begin, begin + 8, 1).ptr; };
  expect_noticed({{"write", [&] { s->write("x"); }},
                  {"write", [&] { s->write(Buffer::literal("x")); }},
                  {"write", [&, b = Buffer::literal("x")] { s->write(b); }},
                  {"write", [&] { s->write(std::as_bytes(std::span("x"))); }},
                  {"write", [&] { s->write("x", "latin1"); }},
                  {"write_with", [&] { s->write_with(8, digits); }},
                  {"print", [&] { s->print("{}", 1); }},
                  {"vprint", [&] { s->vprint("x", {}); }},
                  {"cork", [&] { s->cork(); }},
                  {"uncork", [&] { s->uncork(); }},
                  {"end", [&] { s->end(); }},
                  {"end", [&] { s->end("x"); }},
                  {"end", [&] { s->end("x", "latin1"); }},
                  {"end", [&] { s->end(Buffer::literal("x")); }},
                  {"destroy", [&] { s->destroy(); }},
                  {"on", [&] { s->on<Drain>([] {}); }},
                  {"off", [&] { s->off(ListenerId::none); }},
                  {"remove_all_listeners", [&] { s->remove_all_listeners<Drain>(); }},
                  {"~Ref", [&] { s = nullptr; }}},
                 "a Writable");
}

TEST_F(StreamThreadDeathTest, NoticesEveryEntryOfAReadable) {
  auto s = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  auto to = Writable::make(loop, {.write = [](Chunk, Done done) { done(); }});
  expect_noticed({{"push", [&] { s->push("x"); }},
                  {"push", [&] { s->push(nullptr); }},
                  {"push", [&] { s->push(Buffer::literal("x")); }},
                  {"unshift", [&] { s->unshift("x"); }},
                  {"unshift", [&] { s->unshift(Buffer::literal("x")); }},
                  {"read", [&] { s->read(); }},
                  {"read", [&] { s->read(1); }},
                  {"resume", [&] { s->resume(); }},
                  {"pause", [&] { s->pause(); }},
                  {"stop_flowing", [&] { s->stop_flowing(); }},
                  {"set_encoding", [&] { s->set_encoding("utf8"); }},
                  {"unpipe", [&] { s->unpipe(); }},
                  {"unpipe", [&] { s->unpipe(*to); }},
                  {"pipe", [&] { s->pipe(to); }},
                  {"destroy", [&] { s->destroy(); }},
                  {"on", [&] { s->on<Data>([] {}); }}},
                 "a Readable");
}

TEST_F(StreamThreadDeathTest, NoticesEveryEntryOfStreamsOfValues) {
  auto to = ObjectWritable<int>::make(loop, {.write = [](int, Done done) { done(); }});
  expect_noticed({{"write", [&] { to->write(1); }}, {"end", [&] { to->end(1); }}}, "a Writable");
  auto from = ObjectReadable<int>::make(loop, {.read = [](ObjectReadable<int>&, std::size_t) {}});
  expect_noticed({{"push", [&] { from->push(1); }},
                  {"push", [&] { from->push(nullptr); }},
                  {"unshift", [&] { from->unshift(1); }},
                  {"read", [&] { from->read(); }}},
                 "a Readable");
}

// A sink that works on a thread of its own, the usual slip.
TEST_F(StreamThreadDeathTest, NoticesADoneThatIsCalledOrDroppedOnAnotherThread) {
  std::optional<Done> under_way;
  auto s = Duplex::make(loop, {.write = [&](Chunk, Done done) { under_way = std::move(done); }});
  s->write("x");
  expect_noticed({{"Done::operator", [&] { (*under_way)(); }},
                  {"Done::operator", [&] { (*under_way)(Error("x")); }},
                  {"Done::operator", [&] { (*std::move(under_way))(); }},
                  {"~Done", [&] { under_way.reset(); }}},
                 "a Duplex");
}

TEST_F(StreamThreadDeathTest, NoticesAStreamThatIsMadeOnAnotherThread) {
  EXPECT_DEATH(elsewhere([&] { PassThrough::make(loop); }),
               "weir: make\\(\\) on a Loop was called on another thread");
}

}  // namespace
}  // namespace weir
#endif
