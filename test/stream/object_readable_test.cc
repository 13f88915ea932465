#include <weir/stream/object_readable.h>

#include "support/stream_test.h"
#include <weir/stream/object_writable.h>

#include <forward_list>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

struct Row {
  int id;
  std::string name;
};

class ObjectReadableTest : public test::StreamTest {
 protected:
  template <class T>
  Ref<ObjectReadable<T>> silent(const ReadableOptions& options = {}) {
    return ObjectReadable<T>::make(ticks, {.read = [](ObjectReadable<T>&, std::size_t) {}},
                                   options);
  }
};

TEST_F(ObjectReadableTest, CountsItsValuesAgainstAMarkOfSixteen) {
  const auto stream = silent<Row>();
  EXPECT_EQ(stream->readable_high_water_mark(), 16u);
  EXPECT_TRUE(stream->readable_object_mode());
  for (int i = 1; i < 16; ++i) EXPECT_TRUE(stream->push({i, "row"}));
  EXPECT_FALSE(stream->push({16, "row"}));
  EXPECT_EQ(stream->readable_length(), 16u);
}

TEST_F(ObjectReadableTest, ReadReturnsOneValueForAnySize) {
  const auto stream = silent<Row>();
  stream->push({1, "one"});
  stream->push({0, ""});
  stream->push({3, "three"});
  EXPECT_EQ(stream->read(5)->name, "one");
  EXPECT_EQ(stream->read()->id, 0) << "a value that looks like nothing is one";
  EXPECT_FALSE(stream->read(0));
  EXPECT_EQ(stream->read(1)->name, "three");
  EXPECT_FALSE(stream->read());
}

TEST_F(ObjectReadableTest, EmptyTextIsAValue) {
  const auto stream = silent<std::string>();
  stream->push(std::string());
  stream->unshift(std::string());
  EXPECT_EQ(stream->readable_length(), 2u);
  EXPECT_EQ(stream->read(), "");
}

TEST_F(ObjectReadableTest, UnshiftedValuesComeFirst) {
  const auto stream = silent<int>();
  stream->push(2);
  stream->unshift(1);
  EXPECT_EQ(stream->read(), 1);
  EXPECT_EQ(stream->read(), 2);
}

TEST_F(ObjectReadableTest, NullptrIsTheEnd) {
  const auto stream = silent<int>();
  log.listen(*stream);
  log.listen_to_data(*stream);
  stream->push(1);
  EXPECT_FALSE(stream->push(nullptr));
  EXPECT_FALSE(stream->push(2));
  EXPECT_EQ(after_ticks(), "resume data(1) error(ERR_STREAM_PUSH_AFTER_EOF) close");
}

struct NumberSource final : ObjectSource<int> {
  void read(ObjectReadable<int>& stream, std::size_t) override {
    if (next > 3)
      stream.push(nullptr);
    else
      stream.push(next++);
  }
  int next = 1;
};

TEST_F(ObjectReadableTest, IsMadeOfASourceOfTheProgramsOwn) {
  const auto stream = ObjectReadable<int>::make(ticks, std::make_unique<NumberSource>());
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(1) data(2) data(3) end close");
}

// --- Values that can only move ---

using OwnedInt = std::unique_ptr<int>;

TEST_F(ObjectReadableTest, ReadGivesAwayAValueThatCanOnlyMove) {
  const auto stream = silent<OwnedInt>();
  stream->push(std::make_unique<int>(7));
  const std::optional<OwnedInt> value = stream->read();
  ASSERT_TRUE(value);
  EXPECT_EQ(**value, 7);
}

TEST_F(ObjectReadableTest, ItsListenerMayTakeAValueThatCanOnlyMove) {
  const auto stream = silent<OwnedInt>();
  std::vector<OwnedInt> taken;
  stream->on<DataOf<OwnedInt>>(
      [&](const DataOf<OwnedInt>& data) { taken.push_back(std::move(data.chunk)); });
  ticks.drain();
  stream->push(std::make_unique<int>(7));
  stream->push(std::make_unique<int>(8));
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(*taken[0], 7);
  EXPECT_EQ(*taken[1], 8);
}

TEST_F(ObjectReadableTest, PipesValuesThatCanOnlyMove) {
  std::vector<int> seen;
  const auto w = ObjectWritable<OwnedInt>::make(
      ticks, {.write = [&](OwnedInt value, Done done) { seen.push_back(*value), done(); }});
  const auto r = silent<OwnedInt>();
  r->push(std::make_unique<int>(1));
  r->push(std::make_unique<int>(2));
  r->push(nullptr);
  r->pipe(w);
  ticks.drain();
  EXPECT_EQ(seen, (std::vector{1, 2}));
  EXPECT_TRUE(w->writable_finished());
}

TEST_F(ObjectReadableTest, DestroysUnreadValues) {
  const auto witness = std::make_shared<int>();
  {
    const auto stream = silent<std::shared_ptr<int>>();
    for (int i = 0; i < 5; ++i) stream->push(witness);
    EXPECT_EQ(witness.use_count(), 6);
  }
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(ObjectReadableTest, PipesACopyToEachOfSeveralDestinations) {
  std::vector<std::string> seen;
  const auto make_sink = [&] {
    return ObjectWritable<std::string>::make(ticks, {.write = [&](std::string value, Done done) {
                                               seen.push_back(std::move(value));
                                               done();
                                             }});
  };
  const auto r = ObjectReadable<std::string>::from(ticks, std::vector<std::string>{"a", "b"});
  r->pipe(make_sink());
  r->pipe(make_sink());
  ticks.drain();
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "a", "b", "b"}));
}

// --- from ---

TEST_F(ObjectReadableTest, FromARangeOfItsOwnGivesItsValues) {
  const auto stream = ObjectReadable<int>::from(ticks, std::vector{1, 2, 3});
  EXPECT_EQ(stream->readable_high_water_mark(), 1u);
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(1) data(2) data(3) end close");
}

TEST_F(ObjectReadableTest, FromARangeThatOthersHaveCopiesItsValues) {
  const std::vector<Row> table{{1, "one"}, {2, "two"}};
  const auto stream = ObjectReadable<Row>::from(ticks, table);
  std::string names;
  stream->on<DataOf<Row>>([&](const DataOf<Row>& data) { names += data.chunk.name + " "; });
  ticks.drain();
  EXPECT_EQ(names, "one two ");
  EXPECT_EQ(table[0].name, "one");
}

TEST_F(ObjectReadableTest, FromAnEmptyRangeEndsAtOnce) {
  const auto stream = ObjectReadable<int>::from(ticks, std::vector<int>{});
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume end close");
}

TEST_F(ObjectReadableTest, FromAViewMakesEachValueWhenItIsWanted) {
  int made = 0;
  const auto stream = ObjectReadable<int>::from(
      ticks, std::views::iota(0) | std::views::transform([&](int i) { return ++made, i * i; }));
  EXPECT_EQ(made, 0);
  EXPECT_EQ(stream->read(), 0);
  ticks.drain();
  EXPECT_LE(made, 3);
  EXPECT_EQ(stream->read(), 1);
  EXPECT_EQ(stream->read(), 4);
  stream->destroy();
}

TEST_F(ObjectReadableTest, FromARangeReadsAheadUpToItsMark) {
  const auto stream =
      ObjectReadable<int>::from(ticks, std::vector{1, 2, 3, 4, 5}, {.high_water_mark = 3});
  stream->read(0);
  ticks.drain();
  EXPECT_EQ(stream->readable_length(), 3u);
}

TEST_F(ObjectReadableTest, FromAForwardRangeConvertsItsValues) {
  const auto stream =
      ObjectReadable<std::string>::from(ticks, std::forward_list<const char*>{"a", "b"});
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "data(a) data(b)");
}

TEST_F(ObjectReadableTest, FromARangeThatThrowsFails) {
  const auto stream =
      ObjectReadable<int>::from(ticks, std::views::iota(0) | std::views::transform([](int i) {
                                         if (i == 1) throw std::runtime_error("gx");
                                         return i;
                                       }));
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(0) error(gx) close");
}

TEST_F(ObjectReadableTest, FromARangeOfItsOwnFreesThatWithTheStream) {
  const auto witness = std::make_shared<int>();
  {
    std::vector<std::shared_ptr<int>> range(3, witness);
    const auto stream = ObjectReadable<std::shared_ptr<int>>::from(ticks, std::move(range));
    EXPECT_EQ(witness.use_count(), 4);
    stream->read();
    EXPECT_EQ(witness.use_count(), 3) << "a value that was read is with its reader";
  }
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

// A range of values that can only move gives them away where it is the stream's own.
TEST_F(ObjectReadableTest, FromAnOwnedRangeMovesMoveOnlyValues) {
  std::vector<OwnedInt> range;
  range.push_back(std::make_unique<int>(1));
  range.push_back(std::make_unique<int>(2));
  const auto stream = ObjectReadable<OwnedInt>::from(ticks, std::move(range));
  EXPECT_EQ(**stream->read(), 1);
  EXPECT_EQ(**stream->read(), 2);
}

// std::filesystem::directory_iterator is such a range.
namespace of_free_functions {
struct Countdown {
  int from;
};
struct Step {
  using difference_type = std::ptrdiff_t;
  using value_type = int;
  int n = 0;
  int operator*() const { return n; }
  Step& operator++() {
    --n;
    return *this;
  }
  void operator++(int) { --n; }
  bool operator==(const Step& other) const { return n == other.n; }
};
Step begin(const Countdown& countdown) { return {countdown.from}; }
Step end(const Countdown&) { return {0}; }
}  // namespace of_free_functions

TEST_F(ObjectReadableTest, ComesFromARangeWhoseBeginAndEndAreFreeFunctions) {
  std::vector<int> numbers;
  const auto stream = ObjectReadable<int>::from(ticks, of_free_functions::Countdown{3});
  stream->on<DataOf<int>>([&](const DataOf<int>& data) { numbers.push_back(data.chunk); });
  ticks.drain();
  EXPECT_EQ(numbers, (std::vector{3, 2, 1}));
}

}  // namespace
}  // namespace weir
