// w5-bulk, w5-msg: sends chunks of 64 KiB, or messages of 100 bytes, to a socket; w5-recv:
// receives. The sender half-closes at the end; the receiver answers with the number of bytes.
#include "weir-bench/workload.h"
#include <weir/weir.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

static_assert(std::endian::native == std::endian::little);  // as the count on the wire is

weir::Ref<weir::net::Socket> connect(weir::Loop& loop, const Arguments& arguments) {
  return weir::net::connect(loop, {.port = std::stol(environment("BENCH_PORT")),
                                   .host = "127.0.0.1",
                                   .socket = {.writable_high_water_mark = arguments.high_water_mark,
                                              .allow_half_open = true}});
}

}  // namespace

void send(const Arguments& arguments) {
  weir::Loop loop;
  const auto socket = connect(loop, arguments);
  const std::string message(arguments.workload == "w5-msg" ? 100 : 64 * 1024, 'x');
  const weir::Buffer chunk = weir::Buffer::borrow(message);
  std::string answer;
  socket->on<weir::net::Socket::Data>([&](const auto& data) { answer += data.chunk.text(); });

  std::unique_ptr<Measurement> measurement;
  long left = arguments.count;
  const std::function<void()> write = [&] {
    while (left > 0) {
      --left;
      if (!socket->write(chunk)) return static_cast<void>(socket->once<weir::Drain>(write));
    }
    socket->end();
  };
  socket->once<weir::net::Connect>([&] {
    measurement = std::make_unique<Measurement>(arguments);
    write();
  });
  loop.run();

  std::uint64_t count = 0;
  if (answer.size() == sizeof count) std::memcpy(&count, answer.data(), sizeof count);
  if (count != static_cast<std::uint64_t>(arguments.count) * message.size())
    throw std::runtime_error("the receiver's count differs");
  measurement->report(count, static_cast<std::uint64_t>(arguments.count));
}

void receive(const Arguments& arguments) {
  weir::Loop loop;
  const auto socket = connect(loop, arguments);
  std::unique_ptr<Measurement> measurement;
  std::uint64_t count = 0;
  std::uint64_t chunks = 0;
  socket->once<weir::net::Connect>([&] { measurement = std::make_unique<Measurement>(arguments); });
  socket->on<weir::net::Socket::Data>([&](const auto& data) {
    count += data.chunk.size();
    ++chunks;
  });
  socket->once<weir::End>([&] {
    socket->write(std::as_bytes(std::span(&count, 1)));
    socket->end();
  });
  loop.run();
  measurement->report(count, chunks);
}

}  // namespace bench
