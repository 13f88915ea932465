// A callback that is required is refused where it is empty; one that is optional may be.
#include "support/read_test.h"
#include <weir/stream/consumers.h>
#include <weir/stream/finished.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/pipeline.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class EmptyFunctionsTest : public test::ReadTest {
 protected:
  template <class F>
  static bool refuses(F call) {
    return test::name_of(test::thrown_by(std::move(call))) == "ERR_INVALID_ARG_TYPE";
  }

  template <class... Args>
  using Result = std::function<void(const Error&, Args...)>;
};

TEST_F(EmptyFunctionsTest, EachConsumerOfAStreamRefusesThem) {
  const auto numbers = ObjectReadable<int>::from(ticks, std::vector{1, 2});
  const auto twice = [](int value) { return 2 * value; };
  const auto odd = [](int value) { return value % 2 == 1; };
  const std::function<int(int)> no_function;
  const std::function<bool(int)> no_predicate;
  EXPECT_TRUE(refuses([&] { static_cast<void>(numbers->map(no_function)); }));
  EXPECT_TRUE(refuses([&] { static_cast<void>(numbers->filter(no_predicate)); }));
  EXPECT_TRUE(refuses(
      [&] { static_cast<void>(numbers->flat_map(std::function<std::vector<int>(int)>())); }));
  EXPECT_TRUE(refuses([&] { numbers->for_each(no_function, [] {}); }));
  EXPECT_TRUE(refuses([&] { numbers->for_each(twice, nullptr); }));
  EXPECT_TRUE(refuses([&] { numbers->to_vector(Result<std::vector<int>>()); }));
  EXPECT_TRUE(refuses(
      [&] { numbers->reduce(0, std::function<int(int, int)>(), [](const Error&, int) {}); }));
  EXPECT_TRUE(refuses([&] { numbers->reduce(0, std::plus<int>(), Result<int>()); }));
  EXPECT_TRUE(refuses([&] { numbers->some(no_predicate, [](const Error&, bool) {}); }));
  EXPECT_TRUE(refuses([&] { numbers->some(odd, Result<bool>()); }));
  EXPECT_TRUE(refuses([&] { numbers->every(no_predicate, [](const Error&, bool) {}); }));
  EXPECT_TRUE(refuses([&] { numbers->every(odd, Result<bool>()); }));
  EXPECT_TRUE(refuses(
      [&] { numbers->find(no_predicate, [](const Error&, const std::optional<int>&) {}); }));
  EXPECT_TRUE(refuses([&] { numbers->find(odd, Result<std::optional<int>>()); }));
  EXPECT_FALSE(numbers->readable_disturbed());

  const auto bytes = readable_silent();
  EXPECT_TRUE(refuses([&] { text(bytes, Result<std::string>()); }));
  EXPECT_TRUE(refuses([&] { buffer(bytes, {}); }));
  EXPECT_EQ(after_ticks(), "") << "nothing was read";
}

TEST_F(EmptyFunctionsTest, FinishedAndPipelineRefuseThemBeforeTheyDoAnything) {
  const auto source = readable_silent();
  const auto target = destination_silent("w");
  EXPECT_TRUE(refuses([&] { static_cast<void>(finished(*target, nullptr)); }));
  EXPECT_TRUE(refuses([&] { static_cast<void>(finished(*target, {}, std::function<void()>())); }));
  EXPECT_TRUE(refuses([&] { pipeline(source, target, std::function<void()>()); }));
  EXPECT_TRUE(refuses([&] { pipeline(source, target, nullptr); }));
  EXPECT_TRUE(refuses([&] { pipeline(source, {}, target, {}); }));
  EXPECT_TRUE(source->event_names().empty());
  EXPECT_TRUE(target->event_names().empty());
}

TEST_F(EmptyFunctionsTest, OptionalCallbacksMayBeEmpty) {
  const std::function<void(const Error&)> none;
  const auto stream = make();
  sink.automatic = true;
  stream->write("a", none);
  stream->write(Buffer::copy("b"), static_cast<void (*)()>(nullptr));
  stream->end("c", Function<void()>());
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) _write(c) prefinish finish close");
  stream->destroy({}, none);
  stream->end(none);

  const auto failing = make();
  failing->write("a", none);
  failing->destroy(Error("failed"), none);
  EXPECT_EQ(after_ticks(), "_write(a) error(failed) close");
}

TEST_F(EmptyFunctionsTest, FunctionsOfASinkOrASourceThatAreEmptyAreLeftOut) {
  const std::function<void(Done)> none;
  const auto target = Writable::make(ticks, {.construct = none,
                                             .write = [](Chunk, Done done) { done(); },
                                             .final = none,
                                             .destroy = std::function<void(Error, Done)>()});
  log.listen(*target, "w.");
  target->end("a");
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.close");

  const auto source =
      Readable::make(ticks, {.read = std::function<void(Readable&, std::size_t)>()});
  log.listen(*source, "r.");
  source->resume();
  EXPECT_EQ(after_ticks(), "r.resume r.error(ERR_METHOD_NOT_IMPLEMENTED) r.close");
}

}  // namespace
}  // namespace weir
