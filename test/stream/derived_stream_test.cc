#include <weir/stream/derived_stream.h>

#include "support/read_test.h"
#include <weir/stream/abort.h>
#include <weir/stream/duplex.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/pass_through.h>

#include <concepts>
#include <stop_token>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Line {
  int number;
  std::string name;
};

// Calls of it compile only where each returns the stream as an S.
template <class S>
bool is_same(S& stream, std::same_as<S&> auto&& returned) {
  return &stream == &returned;
}

class DerivedStreamTest : public test::ReadTest {};

TEST_F(DerivedStreamTest, AWritableReturnsItselfWhereNodeDoes) {
  const auto w = make();
  EXPECT_TRUE(is_same(*w, w->set_default_encoding("hex")));
  EXPECT_TRUE(is_same(*w, w->set_max_listeners(20)));
  EXPECT_TRUE(is_same(*w, w->end("61", cb("end"))));
  EXPECT_TRUE(is_same(*w, w->end()));
  EXPECT_TRUE(is_same(*w, w->end(Buffer::copy("b"))));
  EXPECT_TRUE(is_same(*w, w->end("b", "utf8")));
  EXPECT_TRUE(is_same(*w, w->destroy()));
  EXPECT_TRUE(is_same(*w, w->remove_all_listeners<Error>()));
}

TEST_F(DerivedStreamTest, AReadableReturnsItselfWhereNodeDoes) {
  const auto r = readable();
  const auto w = destination("w");
  EXPECT_TRUE(is_same(*r, r->resume()));
  EXPECT_TRUE(is_same(*r, r->pause()));
  EXPECT_TRUE(is_same(*r, r->unpipe()));
  EXPECT_TRUE(is_same(*r, r->unpipe(*w)));
  EXPECT_TRUE(is_same(*r, r->set_encoding("utf8")));
  EXPECT_TRUE(is_same(*r, r->set_max_listeners(20)));
  EXPECT_TRUE(is_same(*r, r->destroy()));
}

TEST_F(DerivedStreamTest, ADuplexReturnsItselfFromTheFunctionsOfBothSides) {
  const auto d = Duplex::make(ticks, {});
  EXPECT_TRUE(is_same(*d, d->pause()));
  EXPECT_TRUE(is_same(*d, d->unpipe()));
  EXPECT_TRUE(is_same(*d, d->set_encoding("utf8")));
  EXPECT_TRUE(is_same(*d, d->set_default_encoding("hex")));
  EXPECT_TRUE(is_same(*d, d->set_max_listeners(20)));
  EXPECT_TRUE(is_same(*d, d->end()));
  EXPECT_TRUE(is_same(*d, d->end([] {})));
  EXPECT_TRUE(is_same(*d, d->resume()));
  EXPECT_TRUE(is_same(*d, d->destroy()));
}

TEST_F(DerivedStreamTest, ChunksThatAreValuesEndAStreamAsWell) {
  const auto rows = ObjectWritable<Line>::make(ticks, {.write = [](Line, Done done) { done(); }});
  EXPECT_TRUE(is_same(*rows, rows->end({1, "one"})));
  using Names = ObjectTransform<Line, Chunk>;
  const auto names = Names::make(ticks, {.transform = [](Names& stream, Line row, Done done) {
                                   stream.push(row.name);
                                   done();
                                 }});
  names->on<Data>([this](const Data& data) { log.add(std::string(data.chunk.text())); });
  EXPECT_TRUE(is_same(*names, names->set_encoding("hex").end({2, "two"}, cb("end"))));
  EXPECT_EQ(after_ticks(), "74776f end");
}

TEST_F(DerivedStreamTest, CallsAreChainedAcrossTheSides) {
  std::string heard;
  auto d = PassThrough::make(ticks);
  d->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
  d->set_default_encoding("hex").pause().set_encoding("base64").end("616263").resume();
  ticks.drain();
  EXPECT_EQ(heard, "YWJj");
}

TEST_F(DerivedStreamTest, AddAbortSignalReturnsTheStreamAsItIs) {
  std::stop_source stop;
  const auto w = make();
  EXPECT_TRUE(is_same(*w, add_abort_signal(stop.get_token(), *w)));
  const Ref<Writable> same = add_abort_signal(stop.get_token(), w);
  EXPECT_EQ(same, w);
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "error(ABORT_ERR) close");
}

}  // namespace
}  // namespace weir
