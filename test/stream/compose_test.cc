#include <weir/stream/compose.h>

#include "support/read_test.h"
#include <weir/stream/object_readable.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/transform.h>

#include <cctype>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

class ComposeTest : public test::ReadTest {
 protected:
  ComposeTest() { logs_reads = false; }

  Ref<Transform> pass_through(const std::string& name) {
    auto stream = PassThrough::make(ticks);
    log.listen(*stream, name + ".");
    return stream;
  }
  Ref<Transform> failing(const std::string& name) {
    auto stream = Transform::make(
        ticks, {.transform = [name](Transform&, Chunk, Done done) { done(Error(name)); }});
    log.listen(*stream, name + ".");
    return stream;
  }
  Ref<Transform> upper() {
    return Transform::make(ticks, {.transform = [](Transform& stream, Chunk chunk, Done done) {
                             std::string text(chunk.text());
                             for (char& letter : text)
                               letter = static_cast<char>(std::toupper(letter));
                             stream.push(text);
                             done();
                           }});
  }
  Ref<ObjectTransform<Chunk, int>> lengths() {
    return ObjectTransform<Chunk, int>::make(
        ticks, {.transform = [](ObjectTransform<Chunk, int>& stream, Chunk chunk, Done done) {
          stream.push(static_cast<int>(chunk.size()));
          done();
        }});
  }
};

TEST_F(ComposeTest, IsWrittenToAtTheOneEndAndReadFromAtTheOther) {
  const auto whole = compose(upper(), PassThrough::make(ticks));
  static_assert(std::is_same_v<decltype(whole), const Ref<Duplex>>);
  log.listen(*whole);
  log.listen_to_data(*whole);
  whole->write("x", cb("wcb"));
  EXPECT_EQ(after_ticks(), "resume data(X) wcb");
  whole->end("y", cb("endcb"));
  EXPECT_EQ(after_ticks(), "data(Y) end prefinish endcb finish close");
}

// Node 26's order: the last stream flows into the whole, where Node 20's was read from.
TEST_F(ComposeTest, ItsLastStreamFlows) {
  const auto whole = compose(pass_through("a"), pass_through("b"));
  log.listen(*whole, "d.");
  log.listen_to_data(*whole, "d.");
  whole->write("x", cb("wcb"));
  EXPECT_EQ(after_ticks(), "b.pipe a.resume b.resume d.resume d.data(x) wcb");
  whole->end("y", cb("endcb"));
  EXPECT_EQ(after_ticks(),
            "d.data(y) a.prefinish a.end a.pause b.unpipe b.prefinish a.finish b.end b.finish "
            "a.close d.end b.close d.prefinish endcb d.finish d.close");
}

TEST_F(ComposeTest, HandsOnEachChunkAsItIs) {
  const auto whole = compose(PassThrough::make(ticks), PassThrough::make(ticks));
  log.listen_to_data(*whole);
  for (const char* const text : {"x", "y", "z"}) whole->write(text, cb("wcb"));
  whole->end();
  EXPECT_EQ(after_ticks(), "data(x) data(y) data(z) wcb wcb wcb");
}

TEST_F(ComposeTest, HandsOnEachChunkOfASourceAsItIs) {
  const auto whole = compose(readable_of({"c1", "c2", "c3"}, {}, "r."), PassThrough::make(ticks));
  log.listen_to_data(*whole);
  EXPECT_EQ(after_ticks(), "r.resume data(c1) data(c2) data(c3) r.end r.pause r.close");
}

TEST_F(ComposeTest, HandsOnValuesThatOnlyMove) {
  using Owned = std::unique_ptr<int>;
  const auto make = [this] { return ObjectPassThrough<Owned>::make(ticks); };
  const auto whole = compose(make(), make());
  int seen = 0;
  whole->on<DataOf<Owned>>([&](const DataOf<Owned>& data) { seen += *data.chunk; });
  whole->write(std::make_unique<int>(1));
  whole->end(std::make_unique<int>(20));
  after_ticks();
  EXPECT_EQ(seen, 21);
  EXPECT_TRUE(whole->closed());
}

TEST_F(ComposeTest, PausesItsLastStreamWhileItIsFull) {
  const auto make = [this](const std::string& name) {
    auto stream = ObjectPassThrough<int>::make(ticks, {.high_water_mark = 1});
    log.listen(*stream, name);
    return stream;
  };
  const auto whole = compose(make("a."), make("b."));
  int written = 0;
  const std::function<void()> write = [&] {
    while (written < 60)
      if (!whole->write(written++)) return void(whole->once<Drain>(write));
    whole->end();
  };
  write();
  EXPECT_EQ(after_ticks(), "b.pipe b.pause a.pause a.resume b.resume");
  EXPECT_EQ(written, 33) << "16 are in either side of it, and one on the way";
  int seen = 0;
  whole->on<DataOf<int>>([&](const DataOf<int>& data) { EXPECT_EQ(data.chunk, seen++); });
  after_ticks();
  EXPECT_EQ(seen, 60);
  EXPECT_TRUE(whole->closed());
}

TEST_F(ComposeTest, ContinuesAfterAListenerThatThrew) {
  const auto whole = compose(PassThrough::make(ticks), PassThrough::make(ticks));
  int seen = 0;
  whole->on<Data>([&] {
    if (++seen == 1) throw std::runtime_error("of a listener");
  });
  whole->write("x");
  whole->write("y");
  EXPECT_THROW(ticks.drain(), std::runtime_error);
  whole->end("z");
  after_ticks();
  EXPECT_EQ(seen, 3);
  EXPECT_TRUE(whole->closed());
}

TEST_F(ComposeTest, HasTheTypesOfItsEnds) {
  const auto whole = compose(upper(), PassThrough::make(ticks), lengths());
  static_assert(std::is_same_v<decltype(whole), const Ref<ObjectDuplex<Chunk, int>>>);
  std::vector<int> seen;
  whole->on<DataOf<int>>([&](const DataOf<int>& data) { seen.push_back(data.chunk); });
  whole->write("abc");
  whole->end("de");
  after_ticks();
  EXPECT_EQ(seen, (std::vector{3, 2}));
}

TEST_F(ComposeTest, WaitsForItsReader) {
  const auto numbers = ObjectTransform<int, int>::make(
      ticks, {.transform = [](ObjectTransform<int, int>& stream, int n, Done done) {
        stream.push(n);
        done();
      }});
  const auto more = ObjectPassThrough<int>::make(ticks);
  const auto whole = compose(numbers, more);
  int written = 0;
  bool room = true;
  while (room && written < 1000) {
    room = whole->write(written++);
    after_ticks();
  }
  EXPECT_LT(written, 200) << "the writer was never held back";
  int seen = 0;
  whole->on<DataOf<int>>([&](const DataOf<int>&) { ++seen; });
  whole->end();
  after_ticks();
  EXPECT_EQ(seen, written);
  EXPECT_TRUE(whole->closed());
}

TEST_F(ComposeTest, OfASourceIsReadFromAlone) {
  const auto source = readable_of({"ab", "c"}, {}, "r.");
  const auto whole = compose(source, lengths());
  static_assert(std::is_same_v<decltype(whole), const Ref<ObjectReadable<int>>>);
  std::vector<int> seen;
  whole->on<DataOf<int>>([&](const DataOf<int>& data) { seen.push_back(data.chunk); });
  after_ticks();
  EXPECT_EQ(seen, (std::vector{2, 1}));
  EXPECT_TRUE(whole->closed());
}

TEST_F(ComposeTest, WithASinkIsWrittenToAlone) {
  const auto whole = compose(upper(), destination("w"));
  static_assert(std::is_same_v<decltype(whole), const Ref<Writable>>);
  log.listen(*whole);
  whole->end("p", cb("endcb"));
  EXPECT_EQ(
      after_ticks(),
      "w.pipe w._write(P) w.unpipe w.prefinish w.finish w.close prefinish endcb finish close");
}

// --- Failures ---

TEST_F(ComposeTest, AFailureOfTheFirstDestroysAll) {
  const auto whole = compose(failing("a"), pass_through("b"));
  log.listen(*whole, "d.");
  whole->resume();
  whole->write("x");
  const std::string events = after_ticks();
  EXPECT_TRUE(events.ends_with("b.error(a) b.close d.error(a) d.close")) << events;
}

TEST_F(ComposeTest, AFailureOfTheLastDestroysAll) {
  const auto whole = compose(pass_through("a"), failing("b"));
  log.listen(*whole, "d.");
  whole->resume();
  whole->write("x");
  const std::string events = after_ticks();
  EXPECT_TRUE(events.ends_with("b.error(b) b.close a.error(b) a.close d.error(b) d.close"))
      << events;
}

TEST_F(ComposeTest, ADestroyAbortsAll) {
  const auto whole = compose(pass_through("a"), pass_through("b"));
  log.listen(*whole, "d.");
  after_ticks();
  whole->destroy();
  const std::string events = after_ticks();
  EXPECT_TRUE(
      events.ends_with("b.error(ABORT_ERR) b.close a.error(ABORT_ERR) a.close "
                       "d.error(ABORT_ERR) d.close"))
      << events;
}

TEST_F(ComposeTest, AnErrorGivenToItDestroysAll) {
  const auto whole = compose(pass_through("a"), pass_through("b"));
  log.listen(*whole, "d.");
  after_ticks();
  whole->destroy(Error("dd"));
  const std::string events = after_ticks();
  EXPECT_TRUE(events.ends_with("b.error(dd) b.close a.error(dd) a.close d.error(dd) d.close"))
      << events;
}

TEST_F(ComposeTest, RefusesAStreamThatIsOver) {
  const auto over = PassThrough::make(ticks);
  over->destroy();
  EXPECT_EQ(thrown_by([&] { compose(over, PassThrough::make(ticks)); }), Errc::invalid_arg_value);
  EXPECT_EQ(thrown_by([&] { compose(PassThrough::make(ticks), over); }), Errc::invalid_arg_value);
}

// --- Lifetime ---

TEST_F(ComposeTest, ThatIsDroppedFreesEverything) {
  auto whole = compose(upper(), destination("w"));
  whole->write("x");
  after_ticks();
  whole = nullptr;
  after_ticks();
}

TEST_F(ComposeTest, IsKeptByASourceThatIsPipedIntoIt) {
  auto source = readable({}, "r.");
  source->pipe(compose(PassThrough::make(ticks), upper()))->pipe(destination("w"));
  after_ticks();
  source->push("kept");
  source->push(nullptr);
  source = nullptr;
  const std::string events = after_ticks();
  EXPECT_NE(events.find("w._write(KEPT)"), std::string::npos) << events;
  EXPECT_NE(events.find("w.finish"), std::string::npos) << events;
}

}  // namespace
}  // namespace weir
