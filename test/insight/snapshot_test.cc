#include <weir/insight/snapshot.h>

#include "support/loop_test.h"
#include <weir/insight/export.h>
#include <weir/loop/stepped_clock.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/pass_through.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace weir::insight {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A pipe from a source through a transform into a sink, in stepped time.
class SnapshotTest : public test::LoopTest {
 protected:
  // Its sink completes a write when the test says so.
  Ref<Writable> slow_sink(const std::string& name) {
    auto sink = Writable::make(
        loop, {.write = [this](Chunk, Done done) { written.emplace(std::move(done)); }},
        {.high_water_mark = 4});
    sink->set_name(name);
    return sink;
  }
  Ref<Readable> source(const std::string& name) {
    auto readable = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
    readable->set_name(name);
    return readable;
  }
  std::vector<std::string> bottlenecks(const Snapshot& before) {
    std::vector<std::string> found;
    const Snapshot now = take_snapshot(loop);
    for (const Bottleneck& bottleneck : find_bottlenecks(before, now))
      for (const StreamSnapshot& stream : now.streams)
        if (stream.id == bottleneck.id) found.push_back(stream.name + ": " + bottleneck.reason);
    return found;
  }

  SteppedClock clock{loop};
  std::optional<Done> written;
};

TEST_F(SnapshotTest, ShowsThePipesOfALoop) {
  const auto from = source("from");
  const auto through = PassThrough::make(loop);
  const auto to = slow_sink("to");
  from->pipe(through)->pipe(to);
  const Snapshot now = take_snapshot(loop);
  ASSERT_EQ(now.streams.size(), 3u);
  EXPECT_EQ(now.streams[0].kind, "Readable");
  EXPECT_EQ(now.streams[0].name, "from");
  EXPECT_EQ(now.streams[0].to, std::vector{through->number()});
  EXPECT_THAT(now.streams[0].from, IsEmpty());
  EXPECT_FALSE(now.streams[0].metrics.write);
  EXPECT_EQ(now.streams[1].kind, "Transform");
  EXPECT_FALSE(now.streams[1].is_named);
  EXPECT_EQ(now.streams[1].from, std::vector{from->number()});
  EXPECT_EQ(now.streams[1].to, std::vector{to->number()});
  EXPECT_EQ(now.streams[2].from, std::vector{through->number()});
  EXPECT_EQ(now.streams[2].metrics.write->high_water_mark, 4u);
}

TEST_F(SnapshotTest, AnErrorIsNamed) {
  const auto to = slow_sink("to");
  to->on<Error>([](const Error&) {});
  to->destroy(Error::system(ENOSPC, "write"));
  loop.run();
  const Snapshot now = take_snapshot(loop);
  ASSERT_EQ(now.streams.size(), 1u);
  EXPECT_EQ(now.streams[0].state, "failed");
  EXPECT_EQ(now.streams[0].error, "ENOSPC: no space left on device, write");
}

TEST_F(SnapshotTest, TheSlowDestinationIsTheBottleneck) {
  const auto from = source("from");
  const auto through = PassThrough::make(loop, {.high_water_mark = 4});
  through->set_name("through");
  const auto to = slow_sink("to");
  from->pipe(through)->pipe(to);
  loop.poll();
  for (int i = 0; i < 10; ++i) from->push("abcd");
  loop.poll();
  const Snapshot before = take_snapshot(loop);
  clock.pass(1s);
  EXPECT_EQ(bottlenecks(before), std::vector<std::string>{"to: full 100 % of the time"});
}

TEST_F(SnapshotTest, TheSlowSourceIsTheBottleneck) {
  const auto from = source("from");
  const auto through = PassThrough::make(loop);
  through->set_name("through");
  const auto to = slow_sink("to");
  from->pipe(through)->pipe(to);
  loop.poll();
  const Snapshot before = take_snapshot(loop);
  clock.pass(1s);
  EXPECT_EQ(bottlenecks(before),
            std::vector<std::string>{"from: its readers wait 100 % of the time"});
}

TEST_F(SnapshotTest, WhatWaitsForNothingIsNoBottleneck) {
  const auto to = slow_sink("to");
  const auto from = source("from");
  const Snapshot before = take_snapshot(loop);
  clock.pass(1s);
  EXPECT_THAT(bottlenecks(before), IsEmpty());
}

// A connection whose peer reads nothing.
class EchoTest : public SnapshotTest {
 protected:
  void SetUp() override {
    socket = Duplex::make(loop,
                          {.read = [](Readable&, std::size_t) {},
                           .write = [this](Chunk, Done done) { written.emplace(std::move(done)); }},
                          {.writable_high_water_mark = 4});
    socket->set_name("client");
  }
  std::vector<std::string> bottlenecks_of_a_second() {
    loop.poll();
    socket->push("abcd");
    socket->push("efgh");
    loop.poll();
    Snapshot before = take_snapshot(loop);
    clock.pass(1s);
    Snapshot now = take_snapshot(loop);
    std::vector<std::string> found;
    for (const Bottleneck& bottleneck : find_bottlenecks(as_socket(before), as_socket(now)))
      for (const StreamSnapshot& stream : now.streams)
        if (stream.id == bottleneck.id) found.push_back(stream.name + ": " + bottleneck.reason);
    return found;
  }
  Snapshot as_socket(Snapshot snapshot) const {
    for (StreamSnapshot& stream : snapshot.streams)
      if (stream.id == socket->number()) stream.kind = "net::Socket";
    return snapshot;
  }

  Ref<Duplex> socket;
};

TEST_F(EchoTest, AConnectionThatIsPipedIntoItselfIsTheBottleneck) {
  socket->pipe(socket);
  EXPECT_EQ(bottlenecks_of_a_second(), std::vector<std::string>{"client: full 100 % of the time"});
}

TEST_F(EchoTest, AConnectionIsNotHeldUpByWhatItsDataIsPipedInto) {
  const auto through = PassThrough::make(loop, {.high_water_mark = 4});
  through->set_name("through");
  socket->pipe(through)->pipe(socket);
  for (int i = 0; i < 10; ++i) socket->push("abcd");
  EXPECT_EQ(bottlenecks_of_a_second(), std::vector<std::string>{"client: full 100 % of the time"});
}

TEST_F(SnapshotTest, JsonHasEveryStreamAndItsEdges) {
  const auto from = source("from");
  const auto to = slow_sink("a \"quoted\" <b>name</b> \xff");
  from->pipe(to);
  loop.poll();
  from->push("abcdef");
  const auto json = nlohmann::json::parse(to_json(take_snapshot(loop)));
  EXPECT_EQ(json["loops"][0]["name"], "main");
  EXPECT_EQ(json["streams"][0]["to"][0], json["streams"][1]["id"]);
  EXPECT_EQ(json["streams"][1]["from"][0], json["streams"][0]["id"]);
  EXPECT_EQ(json["streams"][1]["write"]["length"], 6);
  EXPECT_EQ(json["streams"][1]["write"]["is_pressed"], true);
  EXPECT_EQ(json["streams"][1]["read"], nullptr);
  EXPECT_EQ(json["streams"][1]["waits_for"], "the sink");
  EXPECT_EQ(json["streams"][1]["name"], "a \"quoted\" <b>name</b> \xef\xbf\xbd");
}

TEST_F(SnapshotTest, PrometheusTextHasNamedStreamsAndSumsOfTheOthers) {
  const auto named = slow_sink("or\"d\\er\ns");
  named->write("abc");
  const auto one = PassThrough::make(loop);
  const auto two = PassThrough::make(loop);
  one->write("ab");
  two->write("cde");
  const std::string text = to_prometheus(take_snapshot(loop));
  EXPECT_THAT(text, HasSubstr("weir_stream_written_bytes_total{stream=\"or\\\"d\\\\er\\ns\",kind="
                              "\"Writable\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weir_write_buffer_bytes{kind=\"Writable\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("weir_streams{kind=\"Transform\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE weir_loop_turn_duration_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("weir_loop_turn_duration_seconds_bucket{le=\"+Inf\"}"));
}

TEST_F(SnapshotTest, ASourceThatKnowsWhatIsStillToComeHasALag) {
  struct Consumer final : Source {
    void read(Readable&, std::size_t) override {}
    std::optional<std::uint64_t> lag() const noexcept override { return 7; }
  };
  const auto consumer = Readable::make(loop, std::make_unique<Consumer>());
  consumer->set_name("orders");
  const auto other = source("other");
  const Snapshot now = take_snapshot(loop);
  const auto json = nlohmann::json::parse(to_json(now));
  EXPECT_EQ(json["streams"][0]["lag"], 7);
  EXPECT_EQ(json["streams"][1]["lag"], nullptr);
  EXPECT_THAT(to_prometheus(now),
              HasSubstr("\nweir_stream_lag{stream=\"orders\",kind=\"Readable\"} 7\n"));
  EXPECT_THAT(to_prometheus(now), Not(HasSubstr("weir_stream_lag{stream=\"other\"")));
}

TEST_F(SnapshotTest, ANameThatIsNotUtf8DoesNotSpoilThePrometheusText) {
  const auto stream = slow_sink("a\xff\xfe \xc3\xbc\"\t");
  const std::string text = to_prometheus(take_snapshot(loop));
  EXPECT_THAT(text, HasSubstr("{stream=\"a\xef\xbf\xbd\xef\xbf\xbd \xc3\xbc\\\"\t\",kind="));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST_F(SnapshotTest, TheCountersOfANameDoNotFallWhenOneOfItsStreamsIsGone) {
  const auto written_by_it = [&] {
    const std::string text = to_prometheus(take_snapshot(loop));
    const std::string name = "\nweir_stream_written_bytes_total{stream=\"to\",kind=\"Writable\"} ";
    const auto at = text.find(name);
    return at == text.npos ? -1 : std::stoi(text.substr(at + name.size()));
  };
  const auto end = [&](Ref<Writable>& sink) {
    sink->end();
    loop.run();
    sink = nullptr;
  };
  auto first = slow_sink("to");
  first->write("abc");
  (*written)();
  auto second = slow_sink("to");
  EXPECT_EQ(written_by_it(), 3);
  end(first);
  EXPECT_EQ(written_by_it(), 3);
  second->write("de");
  (*written)();
  EXPECT_EQ(written_by_it(), 5);
  end(second);
  EXPECT_EQ(written_by_it(), -1);  // there is no series of a name without a stream
  const auto third = slow_sink("to");
  EXPECT_EQ(written_by_it(), 5);
}

TEST_F(SnapshotTest, TheCountsOfManyNamesThatAreGoneAreBounded) {
  std::vector<Ref<Writable>> sinks;
  for (int number = 0; number < 1200; ++number)
    sinks.push_back(slow_sink("connection " + std::to_string(number)));
  EXPECT_THAT(take_snapshot(loop).gone, IsEmpty());
  sinks.clear();
  loop.run();
  EXPECT_EQ(take_snapshot(loop).gone.size(), 1000u);
}

TEST_F(SnapshotTest, TotalsDoNotShrinkWhenAStreamIsGone) {
  const auto written_total = [&] {
    const std::string text = to_prometheus(take_snapshot(loop));
    const std::string name = "\nweir_written_bytes_total ";
    return std::stoull(text.substr(text.find(name) + name.size()));
  };
  auto sink = slow_sink("to");
  sink->write("abc");
  (*written)();
  EXPECT_EQ(written_total(), 3u);
  sink->end();
  loop.run();
  sink = nullptr;
  EXPECT_THAT(take_snapshot(loop).streams, IsEmpty());
  EXPECT_EQ(written_total(), 3u);
}

}  // namespace
}  // namespace weir::insight
