// The layers with devices: fs, net, http, zlib, thread, coro. See trial.h.

#include "support/temporary_folder.h"
#include "support/trial.h"
#include <weir/coro/read.h>
#include <weir/coro/run.h>
#include <weir/coro/write.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/replacing_stream.h>
#include <weir/fs/rotating_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/http/request.h>
#include <weir/http/server.h>
#include <weir/loop/loop.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/stream/pipeline.h>
#include <weir/thread/producer.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::Trial;

const std::string& folder() {
  static const test::TemporaryFolder made;
  return made.path();
}
std::string file(const char* name) { return folder() + "/" + name; }

// Without an allocation that is counted: a trial asks in any state.
bool has(const std::string& path, std::size_t size) {
  std::error_code error;
  return std::filesystem::file_size(path, error) == size;
}

class DeviceAllocation : public testing::Test {
 protected:
  DeviceAllocation() { folder(); }
};

TEST_F(DeviceAllocation, AFileIsWrittenSyncedAndRead) {
  test::expect_borne([](Trial& trial) {
    std::string text;
    Loop loop;
    const std::string path = file("written");
    const auto out = trial.watch(fs::create_write_stream(loop, path));
    trial.write(*out, std::string(20'000, 'x'));
    trial.accept([&](Callback callback) { out->sync(std::move(callback)); });
    trial.write(*out, "more");
    trial.end(*out);
    out->on<Close>([&] {
      if (trial.reported()) return;
      const auto in = trial.watch(fs::create_read_stream(loop, path));
      in->on<Data>([&](const Data& data) { text += data.chunk.text(); });
    });
    trial.run(loop);
    trial.expect(text.size() == 20'004);
  });
}

TEST_F(DeviceAllocation, AReplacedFileIsTheOldOrTheNewOne) {
  test::expect_borne([](Trial& trial) {
    Loop loop;
    const std::string path = file("replaced");
    const auto out = trial.watch(fs::create_replacing_stream(loop, path));
    trial.write(*out, std::string(20'000, 'x'));
    trial.end(*out);
    trial.run(loop);
    trial.expect(has(path, 20'000));
  });
  EXPECT_TRUE(has(file("replaced"), 20'000));
}

TEST_F(DeviceAllocation, ARotatedFile) {
  test::expect_borne([](Trial& trial) {
    Loop loop;
    const auto out = trial.watch(
        fs::create_rotating_stream(loop, file("rotated"), {.max_size = 2000, .keep = 2}));
    for (int i = 0; i < 5; ++i) trial.write(*out, std::string(999, 'x') + "\n");
    trial.end(*out);
    trial.run(loop);
  });
}

TEST_F(DeviceAllocation, ACompressedCopy) {
  std::ofstream(file("source")) << std::string(50'000, 'x');
  test::expect_borne([](Trial& trial) {
    Loop loop;
    const auto in = trial.watch(fs::create_read_stream(loop, file("source")));
    const auto gzip = trial.watch(zlib::create_gzip(loop));
    const auto gunzip = trial.watch(zlib::create_gunzip(loop));
    const auto out = trial.watch(fs::create_write_stream(loop, file("copy")));
    trial.accept([&](Callback callback) { pipeline(in, gzip, gunzip, out, std::move(callback)); });
    trial.run(loop);
    trial.expect(has(file("copy"), 50'000));
  });
}

TEST_F(DeviceAllocation, ACompressionInOneCall) {
  test::expect_borne([](Trial& trial) {
    const Buffer packed = zlib::gzip_sync(Buffer::copy(std::string(5'000, 'x')));
    trial.expect(zlib::gunzip_sync(packed).size() == 5'000);
  });
}

TEST_F(DeviceAllocation, AnEchoOverASocket) {
  test::expect_borne([](Trial& trial) {
    std::string echoed;
    Loop loop;
    const std::string path = file("socket");
    const auto server = net::create_server(loop, [&](net::Socket& socket) {
      socket.on<Error>([&] { trial.report(); });
      socket.pipe(Ref(&socket));
    });
    server->on<Error>([&] { trial.report(); });
    std::filesystem::remove(path);  // of a child that has ended
    server->listen({.path = path});
    const auto client = trial.watch(net::connect(loop, {.path = path}));
    client->on<Data>([&](const Data& data) { echoed += data.chunk.text(); });
    client->on<Close>([&] { server->close(); });
    trial.write(*client, std::string(20'000, 'x'));
    trial.end(*client);
    trial.run(loop);
    trial.expect(echoed.size() == 20'000);
  });
}

TEST_F(DeviceAllocation, ARequestAndItsResponse) {
  test::expect_borne([](Trial& trial) {
    std::string body;
    Loop loop;
    const auto server = http::create_server(
        loop, [](http::IncomingMessage& request, http::ServerResponse& response) {
          response.set_header("Content-Type", "text/plain");
          request.pipe(Ref(&response));
        });
    server->on<Error>([&] { trial.report(); });
    server->listen(0, "127.0.0.1");
    const auto request = trial.watch(http::request(
        loop,
        {.method = "POST", .port = server->address()->port, .host = "127.0.0.1", .own_agent = true},
        [&](http::IncomingMessage& response) {
          response.on<Error>([&] { trial.report(); });
          response.on<Data>([&](const Data& data) { body += data.chunk.text(); });
          response.on<http::Aborted>([&] { trial.report(); });
        }));
    request->on<Close>([&] {
      server->close();
      server->close_all_connections();
    });
    // end() passes this write on: if that throws, it does not complete.
    if (!trial.attempt([&] { request->write(std::string(9'000, 'x')); })) request->destroy();
    trial.end(*request);
    trial.run(loop);
    trial.expect(body.size() == 9'000);
  });
}

TEST_F(DeviceAllocation, RecordsOfAProducer) {
  test::expect_borne([](Trial& trial) {
    Loop loop;
    loop.on_warning([](const Warning&) {});  // of lost records
    {
      const auto out = trial.watch(fs::create_write_stream(loop, file("records")));
      const Producer records(loop, out);
      for (int i = 0; i < 50; ++i)
        trial.attempt([&] { records.print("record {} {}\n", i, std::string(500, 'x')); });
    }
    trial.run(loop);
  });
}

TEST_F(DeviceAllocation, ACoroutineOnAFile) {
  test::expect_borne([](Trial& trial) {
    Loop loop;
    const auto write = [&]() -> Task<> {
      const auto out = fs::create_write_stream(loop, file("awaited"));
      for (int i = 0; i < 5; ++i) co_await co::print(*out, "{:5000}\n", i);
      co_await co::sync(*out);
      co_await co::end(*out);
    };
    if (!trial.attempt([&] { co::run(loop, write()); })) return;
    trial.expect(has(file("awaited"), 25'005));
  });
}

}  // namespace
}  // namespace weir
