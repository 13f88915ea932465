// Simulated files and connections, as a program's tests use them.
#include <weir/fs/write_stream.h>
#include <weir/testing/connection.h>
#include <weir/testing/event_log.h>
#include <weir/testing/simulated_files.h>
#include <weir/testing/stepped_loop.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

using std::chrono_literals::operator""ms;

struct Story final : SimulationLog {
  void on_event(std::string_view kind) override { ++events[std::string(kind)]; }
  void on_fault(const Error& error) override { fault = error; }
  bool tells() const noexcept override { return true; }
  void tell(const std::string& line) override { lines += line + "\n"; }
  void on_misuse(const std::string& rule) override { misuse = rule; }

  std::map<std::string, int> events;
  Error fault;
  std::string lines;
  std::string misuse;
};

class SimulationTest : public ::testing::Test {
 protected:
  // Writes a file, and returns what has happened.
  std::string write_file(std::uint64_t seed, const DiskFaults& faults) {
    SteppedLoop loop;
    SimulatedDisk disk;
    EventLog log;
    auto files = make_ref<SimulatedFiles>(loop, disk, faults, seed, &story);
    auto stream = fs::create_write_stream(loop, "a", {.flush = true, .file_ops = files});
    log.listen(*stream);
    for (int i = 0; i < 20; ++i) stream->write(std::string(3'000, 'x'));
    stream->end();
    EXPECT_TRUE(loop.run_all());
    EXPECT_EQ(files->open_files(), 0u) << files->open_paths();
    content = disk.content("a");
    Random random(seed);
    durable = disk.after_power_loss("a", random);
    return log.take();
  }

  Story story;
  std::string content;
  std::optional<std::string> durable;
};

TEST_F(SimulationTest, AFileIsWholeOnASlowDisk) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    EXPECT_EQ(write_file(seed, {.short_write = 30, .no_progress = 5, .late = 50, .slow_here = 20}),
              "prefinish finish close")
        << seed;
    EXPECT_EQ(content, std::string(60'000, 'x')) << seed;
    EXPECT_EQ(durable, content) << seed << ": it was synced";
  }
  EXPECT_GT(story.events["short write"], 0);
  EXPECT_GT(story.events["write without progress"], 0);
}

TEST_F(SimulationTest, AnErrorOfTheDiskIsTheErrorOfTheStream) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    story.fault = {};
    const std::string events = write_file(seed, {.late = 50, .write_fails = 100});
    EXPECT_EQ(events, "error(" + name_of(story.fault) + ") close") << seed;
  }
}

TEST_F(SimulationTest, ASeedAlwaysMakesTheSameRun) {
  const DiskFaults faults{.short_write = 30, .late = 50, .stuck = 5, .write_fails = 1};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    write_file(seed, faults);
    const std::string first = std::exchange(story.lines, {});
    write_file(seed, faults);
    EXPECT_EQ(first, std::exchange(story.lines, {})) << seed;
  }
}

TEST_F(SimulationTest, AMisuseIsReported) {
  SteppedLoop loop;
  SimulatedDisk disk;
  auto files = make_ref<SimulatedFiles>(loop, disk, DiskFaults{}, 1, &story);
  files->close_now(7);
  EXPECT_EQ(story.misuse, "close of descriptor 7, which is not open");
  SimulationLog usual;
  EXPECT_DEATH(usual.on_misuse("a rule"), "a rule");
}

TEST_F(SimulationTest, AConnectionTakesItsTimeAndKeepsTheOrder) {
  SteppedLoop loop;
  EventLog log;
  std::string received;
  auto [client, server] = connect(
      loop, {.network = {.latency = 50ms, .window = 1'000, .short_send = 50, .short_receive = 50},
             .seed = 3});
  server->on<Data>([&](const Data& data) { received += data.chunk.text(); });
  server->on<End>([&] { log.add("end"); });
  server->on<Close>([&] { log.add("close"); });
  std::string sent;
  for (int i = 0; i < 5'000; ++i) sent += static_cast<char>('a' + i % 26);
  client->end(sent);
  loop.run_ready();
  EXPECT_LT(received.size(), sent.size());
  EXPECT_TRUE(loop.run_all());
  EXPECT_EQ(received, sent);
  EXPECT_EQ(log.take(), "end close");
  EXPECT_GT(loop.age(), 50ms) << "a window at a time";
}

TEST_F(SimulationTest, AConnectionIsLostAtAByte) {
  SteppedLoop loop;
  EventLog log;
  std::string received;
  auto [client, server] =
      connect(loop, {.network = {.latency = 5ms, .lost_after = 2'000}, .log = &story});
  server->on<Data>([&](const Data& data) { received += data.chunk.text(); });
  log.listen(*server, "server:");
  log.listen(*client, "client:");
  client->write(std::string(1'500, 'x'));
  loop.pass(10ms);
  client->write(std::string(1'500, 'y'));
  EXPECT_TRUE(loop.run_all());
  EXPECT_EQ(received, std::string(1'500, 'x'));
  EXPECT_EQ(story.events["lost connection"], 1);
  const std::string events = log.take();
  EXPECT_NE(events.find("server:error(ECONNRESET)"), std::string::npos) << events;
  EXPECT_NE(events.find("client:close"), std::string::npos) << events;
}

TEST_F(SimulationTest, ASocketMayOutliveTheLoop) {
  Connected ends;
  {
    SteppedLoop loop;
    ends = connect(loop);
    ends.client->write("x");
    loop.run_ready();
  }
  EXPECT_TRUE(ends.client->closed());
  ends = {};
}

}  // namespace
}  // namespace weir::test
