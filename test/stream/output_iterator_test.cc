#include <weir/stream/output_iterator.h>

#include "support/stream_test.h"
#include <weir/stream/object_writable.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace weir {
namespace {

static_assert(std::output_iterator<OutputIterator<Writable>, char>);
static_assert(std::output_iterator<OutputIterator<Writable>, std::byte>);
static_assert(std::output_iterator<OutputIterator<Writable>, std::string_view>);
static_assert(std::output_iterator<OutputIterator<ObjectWritable<int>>, int>);
static_assert(!std::output_iterator<OutputIterator<Writable>, std::vector<int>>);

class OutputIteratorTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kMerging = {
      .writev = true, .delivery = Delivery::until_tick, .merges = true};
};

TEST_F(OutputIteratorTest, TakesBytesOfAFormatterAndAnAlgorithm) {
  auto stream = make(kMerging);
  fmt::format_to(output_iterator(*stream), "Line {}\n", 1);
  std::ranges::copy(std::string_view("abc"), output_iterator(*stream));
  std::ranges::fill_n(output_iterator(*stream), 3, std::byte{'x'});
  EXPECT_EQ(after_ticks(), "_writev(Line 1\nabcxxx)");
}

TEST_F(OutputIteratorTest, TakesWhatTheStreamsWriteTakes) {
  auto stream = make(kMerging);
  const std::vector<std::string> lines = {"one ", "two "};
  std::ranges::copy(lines, output_iterator(*stream));
  *output_iterator(*stream)++ = Buffer::copy("three");
  EXPECT_EQ(after_ticks(), "_writev(one two three)");
}

TEST_F(OutputIteratorTest, TakesValues) {
  std::vector<int> got;
  auto stream = ObjectWritable<int>::make(ticks, {.write = [&](int value, Done done) {
                                            got.push_back(value);
                                            done();
                                          }});
  std::ranges::copy(std::vector{1, 2, 3}, output_iterator(*stream));
  ticks.drain();
  EXPECT_EQ(got, (std::vector{1, 2, 3}));
}

TEST_F(OutputIteratorTest, SaysWhenTheStreamIsFullOrOver) {
  auto stream = make(kMerging, {.high_water_mark = 3});
  auto out = output_iterator(*stream);
  EXPECT_TRUE(out.has_room());
  out = std::ranges::copy(std::string_view("ab"), out).out;
  EXPECT_TRUE(out.has_room());
  *out++ = 'c';
  EXPECT_FALSE(out.has_room());
  sink.complete();
  EXPECT_TRUE(out.has_room());
  stream->destroy();
  EXPECT_FALSE(out.has_room());
  *out++ = 'd';  // refused
  EXPECT_EQ(after_ticks(), "_writev(abc) drain close");
}

}  // namespace
}  // namespace weir
