#include <weir/stream/sink.h>

#include "support/stream_test.h"
#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>

#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

// --- Detection of a sink's overrides ---

struct OnlyWrite : Sink {
  void write(Chunk, Done done) override { done(); }
};
struct OnlyWritev : Sink {
  void writev(Batch, Done done) override { done(); }
};
struct Whole : Sink {
  void construct(Done done) override { done(); }
  void write(Chunk, Done done) override { done(); }
  void writev(Batch, Done done) override { done(); }
  void final(Done done) override { done(); }
  void destroy(Error error, Done done) override { done(std::move(error)); }
};
struct Heir : OnlyWrite {};
struct Overloaded : Sink {
  void write(Chunk, Done done) override { done(); }
  void write(int) {}
};

constexpr bool same(SinkTraits a, SinkTraits b) {
  return a.construct == b.construct && a.write == b.write && a.writev == b.writev &&
         a.final == b.final && a.delivery == b.delivery && a.merges == b.merges;
}
template <class S>
constexpr bool overrides(SinkTraits traits) {
  return same(internal::sink_traits<Chunk, S>(), traits);
}
static_assert(overrides<OnlyWrite>({.write = true}));
static_assert(overrides<OnlyWritev>({.writev = true}));
static_assert(overrides<Whole>({.construct = true, .write = true, .writev = true, .final = true}));
static_assert(overrides<Heir>({.write = true}));
static_assert(overrides<Overloaded>({.write = true}));

class SinkTest : public test::StreamTest {};

TEST_F(SinkTest, AClassOverridesOnlyTheFunctionsItNeeds) {
  struct Upper : Sink {
    explicit Upper(std::string& out) : text(out) {}
    void write(Chunk chunk, Done done) override {
      for (const char c : chunk.text()) text += static_cast<char>(std::toupper(c));
      done();
    }
    std::string& text;
  };
  std::string text;
  const auto stream = Writable::make(ticks, std::make_unique<Upper>(text));
  log.listen(*stream);
  stream->write("hello ");
  stream->end("world");
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  EXPECT_EQ(text, "HELLO WORLD");
}

TEST_F(SinkTest, FunctionsTakeThePlaceOfAClass) {
  const auto note = [this](const char* name) {
    return [this, name](Done done) {
      log.add(name);
      done();
    };
  };
  const auto stream =
      Writable::make(ticks, {.construct = note("_construct"),
                             .write =
                                 [this](Chunk chunk, Done done) {
                                   log.add(chunk.text());
                                   done();
                                 },
                             .writev =
                                 [this](Batch batch, Done done) {
                                   log.add(fmt::format("batch of {}", batch.chunks.size()));
                                   done();
                                 },
                             .final = note("_final"),
                             .destroy =
                                 [this](Error error, Done done) {
                                   log.add("_destroy", error);
                                   done(std::move(error));
                                 }});
  log.listen(*stream);
  stream->write("a");
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_construct batch of 2");
  stream->write("c");
  stream->end();
  EXPECT_EQ(after_ticks(), "c _final prefinish finish _destroy close");
}

TEST_F(SinkTest, FunctionsThatAreLeftOutAreNotImplemented) {
  const auto stream = Writable::make(ticks, SinkFunctions<Chunk>{});
  EXPECT_EQ(test::thrown_by([&] { stream->write("a"); }).code(), Errc::method_not_implemented);
  const auto batches = Writable::make(ticks, {.writev = [this](Batch batch, Done done) {
                                        log.add(fmt::format("batch of {}", batch.chunks.size()));
                                        done();
                                      }});
  batches->write("a");
  EXPECT_EQ(now(), "batch of 1");
}

TEST_F(SinkTest, ObjectsMayHaveAClassOfTheirOwnToo) {
  struct Sum : ObjectSink<int> {
    explicit Sum(int& out) : total(out) {}
    void write(int value, Done done) override {
      total += value;
      done();
    }
    int& total;
  };
  int total = 0;
  const auto stream = ObjectWritable<int>::make(ticks, std::make_unique<Sum>(total));
  for (int i = 1; i <= 4; ++i) stream->write(i);
  EXPECT_EQ(total, 10);
}

TEST_F(SinkTest, IsDestroyedWithItsStream) {
  auto stream = make();
  stream->end();
  after_ticks();
  EXPECT_EQ(sink.devices(), 1u);
  stream = nullptr;
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(SinkTest, MayUseItsOwnStreamFromEveryFunction) {
  sink.automatic = true;
  sink.destroys = true;
  const auto stream = make({.construct = true, .write = true, .final = true});
  const auto look = [&] {
    stream->cork();
    stream->uncork();
    stream->destroyed();
  };
  sink.inside = look;
  EXPECT_EQ(after_ticks(), "_construct");
  sink.inside = look;
  stream->write("a");
  sink.inside = look;
  stream->end();
  sink.inside = look;
  EXPECT_EQ(after_ticks(), "_write(a) _final prefinish finish _destroy close");
}

}  // namespace
}  // namespace weir
