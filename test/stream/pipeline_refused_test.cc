// A pipeline into a stream that has finished, ended or failed before: it must not call back success
// if a write was refused, or if its source was not read to its end.
#include "support/stream_test.h"
#include <weir/stream/duplex.h>
#include <weir/stream/events.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace weir {
namespace {

// The state of the source, and of the destination, when the pipeline begins.
enum class From { over, ended_with_data, ended, open_with_data, open, erred, destroyed };
enum class Into { fresh, finished, ended, ended_slow, failed, erred, destroyed };
constexpr std::string_view kFrom[] = {"over", "ended with data", "ended",    "open with data",
                                      "open", "erred",           "destroyed"};
constexpr std::string_view kInto[] = {"Fresh",  "Finished", "Ended",    "EndedSlow",
                                      "Failed", "Erred",    "Destroyed"};

struct Case {
  From from;
  Into into;
  bool has_duplex_source;
  bool has_middle;
  bool has_duplex_destination;
  bool auto_destroys;  // the destination
  bool ends;

  Case(From source, Into destination, unsigned bits)
      : from(source),
        into(destination),
        has_duplex_source((bits & 1) != 0),
        has_middle((bits & 2) != 0),
        has_duplex_destination((bits & 4) != 0),
        auto_destroys((bits & 8) != 0),
        ends((bits & 16) != 0) {}
  static constexpr unsigned kEnd = 32;

  bool has_data() const { return from == From::ended_with_data || from == From::open_with_data; }
  bool is_open() const { return from == From::open || from == From::open_with_data; }
  bool closes_when_finished() const { return auto_destroys && !has_duplex_destination; }
  std::string name() const {
    return fmt::format(
        "from {} that is {}, {}into {} ({}), {}", has_duplex_source ? "a Duplex" : "a Readable",
        kFrom[static_cast<std::size_t>(from)], has_middle ? "through another, " : "",
        has_duplex_destination ? "a Duplex" : "a Writable",
        auto_destroys ? "auto_destroy" : "no auto_destroy", ends ? "with end" : "without end");
  }
  // What a pipeline must report; in the two cases with a second result, it depends on the shape
  // whether a stream closes before the source has ended, or whether anything is refused at all.
  std::pair<std::string_view, std::string_view> outcomes() const;
};

std::pair<std::string_view, std::string_view> Case::outcomes() const {
  constexpr std::string_view kPremature = "ERR_STREAM_PREMATURE_CLOSE";
  const auto only = [](std::string_view outcome) { return std::pair(outcome, outcome); };
  const bool is_closed = into >= Into::erred || (into == Into::failed && auto_destroys) ||
                         (into == Into::finished && closes_when_finished());
  if (is_closed) return only("ERR_STREAM_UNABLE_TO_PIPE");
  if (from == From::erred) return only("rx");
  if (from == From::destroyed) return {kPremature, into == Into::failed ? "wx" : kPremature};
  if (into == Into::fresh) return only("ok");
  const bool has_nothing = from == From::over || from == From::ended;
  if (into == Into::failed) return {"wx", has_nothing && !ends ? "ok" : "wx"};
  if (into == Into::ended) return {kPremature, has_nothing ? "ok" : kPremature};
  if (has_nothing) return only("ok");
  if (into == Into::ended_slow && from == From::open) return only(kPremature);
  return only("ERR_STREAM_WRITE_AFTER_END");
}

class PipelineRefusedTest : public test::StreamTest, public testing::WithParamInterface<Into> {
 protected:
  struct Run {
    std::string outcome = "never";
    int calls = 0;
    std::string written;
    bool has_ended = false;
  };

  Run run(const Case& given);
  void set_up(Readable& source, From from);
  void set_up(Writable& destination, Into into);

  Ref<Readable> source(const Case& given) {
    if (!given.has_duplex_source) return Readable::make(ticks, {.read = [](auto&, auto) {}});
    return Duplex::make(ticks,
                        {.read = [](auto&, auto) {}, .write = [](Chunk, Done done) { done(); }});
  }
  Ref<Writable> destination(const Case& given, std::string& written) {
    const auto write = [this, &written](Chunk chunk, Done done) {
      if (fails_) return done(Error("wx"));
      if (holds_) return static_cast<void>(held_.emplace(std::move(done)));
      written += chunk.text();
      done();
    };
    if (!given.has_duplex_destination)
      return Writable::make(ticks, {.write = write}, {.auto_destroy = given.auto_destroys});
    return Duplex::make(ticks, {.read = [](auto&, auto) {}, .write = write},
                        {.auto_destroy = given.auto_destroys});
  }

  bool fails_ = false;
  bool holds_ = false;
  std::optional<Done> held_;
};

void PipelineRefusedTest::set_up(Readable& source, From from) {
  if (from == From::ended_with_data || from == From::open_with_data) source.push("a");
  if (from <= From::ended) source.push(nullptr);
  if (from == From::over) source.resume();
  if (from == From::over) ticks.drain();
  if (from == From::erred) source.destroy(Error("rx"));
  if (from == From::destroyed) source.destroy();
}

void PipelineRefusedTest::set_up(Writable& destination, Into into) {
  fails_ = into == Into::failed;
  holds_ = into == Into::ended_slow;
  if (fails_ || holds_) destination.write("first");
  if (into == Into::ended || into == Into::ended_slow || into == Into::finished) destination.end();
  if (into == Into::finished || into == Into::failed) ticks.drain();
  if (into == Into::erred) destination.destroy(Error("wx"));
  if (into == Into::destroyed) destination.destroy();
}

PipelineRefusedTest::Run PipelineRefusedTest::run(const Case& given) {
  Run run;
  const auto from = source(given);
  const auto into = destination(given, run.written);
  from->on<End>([&] { run.has_ended = true; });
  from->on<Error>([] {});
  into->on<Error>([] {});
  set_up(*from, given.from);
  set_up(*into, given.into);
  const auto report = [&](const Error& error) {
    ++run.calls;
    const bool is_of_test = error.message() == "wx" || error.message() == "rx";
    run.outcome = std::string(!error ? "ok" : is_of_test ? error.message() : error.name());
  };
  const PipelineOptions options{.end = given.ends};
  try {
    if (given.has_middle)
      pipeline(options, from, PassThrough::make(ticks), into, report);
    else
      pipeline(options, from, into, report);
  } catch (const Error& error) {
    report(error);
  }
  ticks.drain();
  if (held_) (*std::exchange(held_, std::nullopt))();
  ticks.drain();
  if (given.is_open()) {
    from->push("b");
    from->push(nullptr);
    ticks.drain();
  }
  into->destroy();
  from->destroy();
  ticks.drain();
  return run;
}

TEST_P(PipelineRefusedTest, SucceedsOnlyIfAllWasWritten) {
  for (const From from : {From::over, From::ended_with_data, From::ended, From::open_with_data,
                          From::open, From::erred, From::destroyed})
    for (unsigned bits = 0; bits < Case::kEnd; ++bits) {
      const Case given(from, GetParam(), bits);
      SCOPED_TRACE(given.name());
      const Run result = run(given);
      const auto [usual, other] = given.outcomes();
      EXPECT_THAT(result.outcome, testing::AnyOf(usual, other));
      EXPECT_EQ(result.calls, 1);
      if (result.outcome != "ok") continue;
      EXPECT_TRUE(result.has_ended);
      EXPECT_EQ(result.written,
                std::string(given.has_data() ? "a" : "") + (given.is_open() ? "b" : ""));
    }
}

INSTANTIATE_TEST_SUITE_P(Into, PipelineRefusedTest,
                         testing::Values(Into::fresh, Into::finished, Into::ended, Into::ended_slow,
                                         Into::failed, Into::erred, Into::destroyed),
                         [](const auto& test) {
                           return std::string(kInto[static_cast<std::size_t>(test.param)]);
                         });

class PipelineIntoFinishedTest : public test::StreamTest {
 protected:
  Ref<Duplex> duplex(const std::string& prefix) {
    auto stream = Duplex::make(
        ticks, {.read = [](auto&, auto) {}, .write = [](Chunk, Done done) { done(); }});
    log.listen(*stream, prefix);
    return stream;
  }
  Ref<Duplex> finished_duplex() {
    auto stream = duplex("w.");
    stream->end();
    ticks.drain();
    return stream;
  }
};

// In Node, success.
TEST_F(PipelineIntoFinishedTest, ReportsTheWriteThatIsRefusedOnTheTickOfItsSourcesEnd) {
  const auto source = duplex("r.");
  const auto destination = finished_duplex();
  source->push("a");
  source->push(nullptr);
  now();
  pipeline(source, destination, cb("CB"));
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume r.pause r.end w.unpipe w.error(ERR_STREAM_WRITE_AFTER_END) w.close "
            "CB(ERR_STREAM_WRITE_AFTER_END)");
}

// In Node, success, and the source is destroyed with ERR_STREAM_DESTROYED.
TEST_F(PipelineIntoFinishedTest, WithoutEndWaitsForItsSource) {
  const auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
  const auto destination = finished_duplex();
  log.listen(*source, "r.");
  now();
  pipeline(PipelineOptions{.end = false}, source, destination, cb("CB"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  source->push(nullptr);
  EXPECT_EQ(after_ticks(), "r.end r.pause w.unpipe r.close CB");
  EXPECT_FALSE(destination->destroyed());
}

// The pipeline, which its streams' listeners own, owned itself.
TEST_F(PipelineIntoFinishedTest, IsFreedWithTheQueueBeforeItsFirstTick) {
  const auto owned = std::make_shared<int>();
  {
    const auto destination = finished_duplex();
    pipeline(PassThrough::make(ticks), destination, [owned] {});
    ticks.close();
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace weir
