#include <weir/stream/transform.h>

#include "support/stream_test.h"
#include <weir/stream/pass_through.h>

#include <cctype>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(c));
  return result;
}

class TransformTest : public test::StreamTest {
 protected:
  Ref<Transform> transform(Transform::Functions functions, const DuplexOptions& options = {}) {
    auto stream = Transform::make(ticks, std::move(functions), options);
    log.listen(*stream);
    return stream;
  }
  // Completes when the test does.
  Ref<Transform> slow(const DuplexOptions& options = {}) {
    return transform({.transform =
                          [this](Transform&, Chunk chunk, Done done) {
                            log.add("_t(" + test::shown(chunk) + ")");
                            pending.emplace(std::move(done));
                          }},
                     options);
  }
  void complete(Error error = {}) { (*std::exchange(pending, std::nullopt))(std::move(error)); }

  std::optional<Done> pending;
};

// --- Order ---

TEST_F(TransformTest, PushesItsOutputAtOnce) {
  const auto t = transform({.transform =
                                [&](Transform& stream, Chunk chunk, Done done) {
                                  log.add("_t(" + test::shown(chunk) + ")");
                                  stream.push(upper(chunk.text()));
                                  done();
                                },
                            .flush =
                                [&](Transform& stream, Done done) {
                                  log.add("_flush");
                                  stream.push("!");
                                  done();
                                }});
  log.listen_to_data(*t);
  t->write("a", cb("wcb"));
  t->end("b", cb("endcb"));
  EXPECT_EQ(now(), "_t(a) data(A) _t(b) data(B) _flush data(!) prefinish");
  EXPECT_EQ(after_ticks(), "resume wcb end endcb finish close");
}

TEST_F(TransformTest, TakesTheNextChunkWhenItIsDoneWithOne) {
  std::optional<Done> flushing;
  Transform* self = nullptr;
  const auto t = transform({.transform =
                                [&](Transform&, Chunk chunk, Done done) {
                                  log.add("_t(" + test::shown(chunk) + ")");
                                  pending.emplace(std::move(done));
                                },
                            .flush =
                                [&](Transform&, Done done) {
                                  log.add("_flush");
                                  flushing.emplace(std::move(done));
                                }});
  self = t.get();
  log.listen_to_data(*t);
  t->write("a");
  t->end("b", cb("endcb"));
  EXPECT_EQ(after_ticks(), "_t(a) resume");
  self->push("A");
  complete();
  EXPECT_EQ(after_ticks(), "data(A) _t(b)");
  self->push("B");
  complete();
  EXPECT_EQ(after_ticks(), "data(B) _flush");
  self->push("tail");
  (*std::exchange(flushing, std::nullopt))();
  EXPECT_EQ(now(), "data(tail) prefinish");
  EXPECT_EQ(after_ticks(), "end endcb finish close");
}

TEST_F(TransformTest, MakesAnyNumberOfChunksOfOne) {
  const auto t = transform({.transform = [](Transform& stream, Chunk chunk, Done done) {
    for (const char c : chunk.text())
      if (c != ' ') stream.push(std::string(2, c));
    done();
  }});
  log.listen_to_data(*t);
  t->write("a b");
  t->end(" ");
  EXPECT_THAT(now(), testing::StartsWith("data(aa) data(bb)"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("end finish close"));
}

TEST_F(TransformTest, WithAFinalOfItsOwnFlushesAfterPrefinish) {
  const auto t = transform(
      {.transform = [](Transform& stream, Chunk chunk, Done done) { stream.push(chunk), done(); },
       .flush = [&](Transform&, Done done) { log.add("_flush"), done(); },
       .final = [&](Transform&, Done done) { log.add("_final"), done(); }});
  t->resume();
  t->end("a", cb("endcb"));
  EXPECT_EQ(now(), "_final _flush prefinish") << "the transform listens first";
  EXPECT_EQ(after_ticks(), "resume end endcb finish close");
}

// --- Backpressure ---

TEST_F(TransformTest, WaitsWithTheNextChunkWhileItsReadableSideIsFull) {
  const auto t = transform({.transform =
                                [&](Transform& stream, Chunk chunk, Done done) {
                                  log.add("_t(" + test::shown(chunk) + ")");
                                  stream.push(chunk);
                                  done();
                                }},
                           {.readable_high_water_mark = 2, .writable_high_water_mark = 2});
  std::string accepted;
  for (const char* chunk : {"a", "b", "c", "d", "e", "f"})
    accepted += t->write(chunk) ? "yes " : "no ";
  EXPECT_EQ(accepted, "yes yes no no no no ");
  EXPECT_EQ(now(), "_t(a) _t(b)");
  EXPECT_EQ(t->readable_length(), 2u);
  EXPECT_EQ(t->writable_length(), 5u);
  EXPECT_EQ(after_ticks(), "");
  t->resume();
  EXPECT_EQ(after_ticks(), "resume _t(c) _t(d) _t(e) _t(f) drain");
}

TEST_F(TransformTest, WithAReadableMarkOfZeroItsWritableMarkIsZeroToo) {
  const auto zero = slow({.readable_high_water_mark = 0});
  EXPECT_EQ(zero->readable_high_water_mark(), 0u);
  EXPECT_EQ(zero->writable_high_water_mark(), 0u);
  const auto given = slow({.readable_high_water_mark = 0, .writable_high_water_mark = 5});
  EXPECT_EQ(given->writable_high_water_mark(), 5u);
  const auto both = slow({.high_water_mark = 0});
  EXPECT_EQ(both->writable_high_water_mark(), 0u);
  const auto other = slow({.readable_high_water_mark = 1});
  EXPECT_EQ(other->writable_high_water_mark(), 16384u);
}

TEST_F(TransformTest, UnreadItFinishesButDoesNotEnd) {
  const auto t = PassThrough::make(ticks);
  log.listen(*t);
  t->end("a");
  EXPECT_EQ(after_ticks(), "prefinish finish");
  EXPECT_FALSE(t->destroyed());
  log.listen_to_data(*t);
  EXPECT_EQ(after_ticks(), "resume data(a) end close");
}

TEST_F(TransformTest, MayEndItsReadableSideEarly) {
  const auto t = transform({.transform = [](Transform& stream, Chunk, Done done) {
    stream.push(nullptr);
    done();
  }});
  t->resume();
  t->write("a", cb("wcb"));
  EXPECT_EQ(after_ticks(), "resume end wcb");
  EXPECT_FALSE(t->destroyed());
  EXPECT_TRUE(t->writable());
}

// --- Errors ---

TEST_F(TransformTest, AnErrorOfTransformFailsTheStream) {
  const auto t = transform({.transform = [](Transform&, Chunk, Done done) { done(Error("tx")); }});
  t->resume();
  t->write("a", cb("wcb"));
  t->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "resume wcb(tx) endcb(tx) error(tx) close");
}

TEST_F(TransformTest, AnErrorOfFlushFailsTheStream) {
  const auto t = transform({.transform = [](Transform&, Chunk, Done done) { done(); },
                            .flush = [](Transform&, Done done) { done(Error("fx")); }});
  t->resume();
  t->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "resume error(fx) close endcb(fx)");
}

TEST_F(TransformTest, AnErrorOfFlushAfterAFinalOfItsOwnFailsTheStream) {
  const auto t = transform({.transform = [](Transform&, Chunk, Done done) { done(); },
                            .flush = [](Transform&, Done done) { done(Error("fx")); },
                            .final = [](Transform&, Done done) { done(); }});
  t->end();
  EXPECT_THAT(after_ticks(), testing::HasSubstr("error(fx) close"));
}

TEST_F(TransformTest, WithoutATransformAWriteThrows) {
  const auto t = transform({});
  const Error error = test::thrown_by([&] { t->write("a"); });
  EXPECT_EQ(error.code(), Errc::method_not_implemented);
  EXPECT_EQ(error.message(), "The _transform() method is not implemented");
}

TEST_F(TransformTest, AnExceptionOfTransformLeavesTheWrite) {
  const auto t =
      transform({.transform = [](Transform&, Chunk, Done) { throw std::runtime_error("thrown"); }});
  EXPECT_EQ(test::thrown_by([&] { t->write("a"); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(TransformTest, ADoneThatIsCalledTwiceFailsTheStream) {
  const auto t = transform({.transform = [](Transform&, Chunk, Done done) {
    done();
    done();
  }});
  t->resume();
  t->write("a");
  EXPECT_EQ(after_ticks(), "resume error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(TransformTest, ADoneThatIsDroppedFailsTheStream) {
  const auto t = slow();
  t->write("a", cb("wcb"));
  pending.reset();
  EXPECT_EQ(after_ticks(), "_t(a) wcb(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(TransformTest, DestroyedWhileItIsAtAChunkItClosesFirst) {
  const auto t = slow();
  t->resume();
  t->write("a", cb("a"));
  t->write("b", cb("b"));
  t->destroy();
  EXPECT_EQ(after_ticks(), "_t(a) resume close");
  complete();
  EXPECT_EQ(after_ticks(), "a b(ERR_STREAM_DESTROYED)");
}

// --- Made in other ways ---

struct Lines final : Transformer {
  void transform(Transform& stream, Chunk chunk, Done done) override {
    rest += chunk.text();
    for (std::size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
      stream.push(rest.substr(0, end));
    done();
  }
  void flush(Transform& stream, Done done) override {
    stream.push(rest);
    done();
  }
  std::string rest;
};

TEST_F(TransformTest, IsMadeOfATransformerOfTheProgramsOwn) {
  const auto t = Transform::make(ticks, std::make_unique<Lines>());
  log.listen_to_data(*t);
  t->write("one\ntw");
  t->end("o\nthree");
  EXPECT_EQ(after_ticks(), "data(one) data(two) data(three)");
}

TEST_F(TransformTest, IsConstructedFirst) {
  std::optional<Done> constructed;
  const auto t =
      transform({.construct = [&](Done done) { constructed.emplace(std::move(done)); },
                 .transform = [](Transform& s, Chunk chunk, Done done) { s.push(chunk), done(); },
                 .destroy =
                     [&](Error error, Done done) {
                       log.add("_destroy");
                       done(std::move(error));
                     }});
  log.listen_to_data(*t);
  t->end("a");
  EXPECT_EQ(after_ticks(), "resume");
  (*std::exchange(constructed, std::nullopt))();
  EXPECT_EQ(after_ticks(), "data(a) prefinish end finish _destroy close");
}

// --- Types ---

TEST_F(TransformTest, MakesValuesOfBytes) {
  using Parse = ObjectTransform<Chunk, int>;
  const auto t = Parse::make(ticks, {.transform = [](Parse& stream, Chunk chunk, Done done) {
                               stream.push(std::stoi(std::string(chunk.text())));
                               done();
                             }});
  EXPECT_EQ(t->readable_high_water_mark(), 16u);
  EXPECT_EQ(t->writable_high_water_mark(), 16384u);
  log.listen_to_data(*t);
  t->write("12");
  t->end("7");
  EXPECT_EQ(after_ticks(), "data(12) data(7)");
}

TEST_F(TransformTest, MakesBytesOfValues) {
  using Print = ObjectTransform<int, Chunk>;
  const auto t = Print::make(ticks, {.transform = [](Print& stream, int value, Done done) {
                               stream.push(std::to_string(value) + "\n");
                               done();
                             }});
  t->write(12);
  t->end(7);
  EXPECT_EQ(t->read()->text(), "12\n");
  EXPECT_EQ(t->read()->text(), "7\n");
}

TEST_F(TransformTest, MakesValuesOfValuesThatCanOnlyMove) {
  using Owned = std::unique_ptr<int>;
  using Double = ObjectTransform<Owned, Owned>;
  const auto t = Double::make(ticks, {.transform = [](Double& stream, Owned value, Done done) {
                                *value *= 2;
                                stream.push(std::move(value));
                                done();
                              }});
  t->write(std::make_unique<int>(21));
  EXPECT_EQ(**t->read(), 42);
}

TEST_F(TransformTest, PassThroughChangesNothing) {
  const auto t = PassThrough::make(ticks);
  const Buffer written = Buffer::copy("abc");
  t->write(written);
  EXPECT_EQ(t->read()->data(), written.data());
  const auto values = ObjectPassThrough<std::string>::make(ticks);
  values->write("value");
  EXPECT_EQ(values->read(), "value");
}

// --- Lifetime ---

TEST_F(TransformTest, DroppedUnusedItCloses) {
  slow();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(TransformTest, DroppedWhileItIsAtAChunkItFinishesThat) {
  const auto witness = std::make_shared<int>();
  {
    const auto t = slow();
    t->on<Close>([witness] {});
    t->write("a", cb("wcb"));
  }
  EXPECT_EQ(after_ticks(), "_t(a)");
  complete();
  EXPECT_EQ(after_ticks(), "wcb close");
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(TransformTest, DroppedUnreadItCloses) {
  const auto witness = std::make_shared<int>();
  {
    const auto t = PassThrough::make(ticks, {.high_water_mark = 1});
    t->on<Close>([witness] {});
    t->write("a");
  }
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(TransformTest, WithAFinalOfItsOwnAListenerThatOwnsItsStreamIsFreed) {
  const auto witness = std::make_shared<int>();
  {
    const auto t = transform({.transform = [](Transform&, Chunk, Done done) { done(); },
                              .final = [](Transform&, Done done) { done(); }});
    t->on<Finish>([t, witness] {});
    t->resume();
    t->end();
  }
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace weir
