// Tests streams without files, sockets or waits: the ends are the test's.
#include <weir/testing/connection.h>
#include <weir/testing/event_log.h>
#include <weir/testing/faulty_files.h>
#include <weir/testing/manual_sink.h>
#include <weir/testing/manual_source.h>
#include <weir/testing/simulated_files.h>
#include <weir/testing/stepped_loop.h>
#include <weir/weir.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace {

using namespace std::chrono_literals;

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void test_order() {
  // Record each event.
  weir::Loop loop;
  weir::test::EventLog log;
  weir::test::ManualSink<> sink(log);
  sink.automatic = true;  // completes each write at once
  auto stream = sink.make(loop);
  log.listen(*stream);
  stream->write("one", log.callback("written"));
  stream->end("two");
  loop.run();
  expect(log.take() == "_write(one) _write(two) prefinish written finish close");
}

void test_backpressure() {
  // Write until the buffer is full, then complete the writes.
  weir::Loop loop;
  weir::test::EventLog log;
  weir::test::ManualSink<> sink;
  auto stream = sink.make(loop, {.high_water_mark = 8});
  log.listen(*stream);
  expect(stream->write("four"));
  expect(!stream->write("more"));  // 8 bytes: the buffer is full
  loop.run();
  expect(log.take().empty());  // the sink still has the first chunk
  sink.complete();
  loop.run();
  sink.complete();  // the second one
  loop.run();
  expect(log.take() == "drain");
}

void test_slow_destination() {
  // A pipe stops reading when its destination is full.
  weir::Loop loop;
  weir::test::ManualSource<> source;
  weir::test::ManualSink<> sink;
  auto stream = source.make(loop, {.high_water_mark = 4});
  stream->pipe(sink.make(loop, {.high_water_mark = 4}));
  loop.run();
  expect(source.is_asked());
  source.push("1234");  // fills the destination
  source.push("5678");  // and this the stream's own buffer
  loop.run();
  expect(!source.is_asked());
  sink.complete();
  loop.run();
  expect(source.is_asked());
}

void test_failure() {
  // Fail a write.
  weir::Loop loop;
  weir::test::EventLog log;
  weir::test::ManualSink<> sink;
  auto stream = sink.make(loop);
  log.listen(*stream);
  stream->end("lost");
  sink.complete_with(weir::Error("the sink is full"));
  loop.run();
  expect(log.take() == "error(the sink is full) close");
}

void test_full_disk() {
  // A disk that is full after 5 bytes.
  weir::Loop loop;
  weir::test::EventLog log;
  auto files = weir::make_ref<weir::test::FaultyFiles>(loop);
  files->break_at(5, ENOSPC);
  auto stream = weir::fs::create_write_stream(loop, "out.txt", {.file_ops = files});
  log.listen(*stream);
  stream->end("12345678");
  loop.run();
  expect(log.take() == "error(ENOSPC) close");
  expect(files->content() == "12345");
  expect(files->open_files() == 0);
}

void test_power_loss(std::uint64_t seed) {
  // Synced bytes survive a loss of power, on a slow disk.
  weir::test::SteppedLoop loop;
  weir::test::SimulatedDisk disk;
  weir::test::Random random(seed);
  auto files = weir::make_ref<weir::test::SimulatedFiles>(
      loop, disk, weir::test::DiskFaults{.short_write = 20, .late = 50}, seed);
  auto stream = weir::fs::create_write_stream(loop, "journal", {.flush = true, .file_ops = files});
  bool is_synced = false;
  stream->write("debit\n");
  stream->sync([&](const weir::Error& error) { is_synced = !error; });
  while (!is_synced) loop.turn();
  stream->write("credit\n");
  const std::optional<std::string> found = disk.after_power_loss("journal", random);
  expect(found && found->starts_with("debit\n"));
  stream->end();
  expect(loop.run_all());
}

void test_slow_peer() {
  // A peer that reads slowly, far away.
  weir::test::SteppedLoop loop;
  auto [client, server] =
      weir::test::connect(loop, {.network = {.latency = 50ms, .window = 1'000}, .seed = 7});
  std::string received;
  server->on<weir::Data>([&](const weir::Data& data) { received += data.chunk.text(); });
  client->end(std::string(10'000, 'x'));
  expect(loop.run_all());
  expect(received.size() == 10'000);
  fmt::print("10 KB took {} ms of no time\n", loop.age().count() > 100 ? "hundreds of" : "few");
}

void test_http_server() {
  // Ask an HTTP server that has no port, over a slow network.
  weir::test::SteppedLoop loop;
  auto http_server = weir::http::create_server(loop, [](auto& request, auto& response) {
    response.end(fmt::format("{} is not here", request.url()));
  });
  auto [client, server] = weir::test::connect(loop, {.network = {.latency = 20ms}});
  http_server->serve(server);
  std::string received;
  client->on<weir::Data>([&](const weir::Data& data) { received += data.chunk.text(); });
  client->write("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(loop.run_all());
  expect(received.starts_with("HTTP/1.1 200 OK\r\n"));
  expect(received.ends_with("/a is not here"));
}

void test_stalled_upload() {
  // Cut off an upload that stalls.
  weir::test::SteppedLoop loop;
  bool is_cut_off = false;
  auto http_server = weir::http::create_server(
      loop, {.timeout = 5s}, [&](weir::http::IncomingMessage& request, auto& response) {
        request.on<weir::http::Aborted>([&] { is_cut_off = true; });
        request.pipe(response);
      });
  auto [client, server] = weir::test::connect(loop);
  http_server->serve(server);
  client->write("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhe");
  loop.pass(4s);
  client->write("llo");  // the time begins anew
  loop.pass(4s);
  expect(!is_cut_off);
  loop.pass(1s);
  expect(is_cut_off && http_server->connections() == 0);
}

void test_wait_for_space() {
  // Wait until there is space on a full disk.
  weir::test::SteppedLoop loop;
  weir::test::EventLog log;
  auto files = weir::make_ref<weir::test::FaultyFiles>(loop);
  files->break_at(5, ENOSPC);
  auto stream =
      weir::fs::create_write_stream(loop, "out.txt", {.retry_on_full = 1s, .file_ops = files});
  log.listen(*stream);
  stream->on<weir::fs::Full>([&](const auto&) { log.add("full"); });
  stream->end("12345678");
  loop.pass(10s);  // it tries each second
  expect(log.take() == "full");
  files->mend();
  expect(loop.run_all());
  expect(log.take() == "prefinish finish close");
  expect(files->content() == "12345678");
}

void test_daily_log() {
  // Start a new log after a day.
  weir::test::SteppedLoop loop;
  auto stream = weir::fs::create_rotating_stream(loop, "app.log", {.every = 24h});
  std::string rotated;
  stream->on<weir::fs::Rotated>([&](const auto& event) { rotated = event.path; });
  stream->write("Monday\n");
  loop.pass(24h);
  while (rotated.empty()) loop.turn();  // real files are renamed in real time
  stream->end("Tuesday\n");
  expect(loop.run_all());
  expect(rotated == "app.log.000001");
}

}  // namespace

int main() {
  test_order();
  test_backpressure();
  test_slow_destination();
  test_failure();
  test_full_disk();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) test_power_loss(seed);
  test_slow_peer();
  test_http_server();
  test_stalled_upload();
  test_wait_for_space();
  test_daily_log();
}
