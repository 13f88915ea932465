// Boost.Beast on $BENCH_PORT until SIGTERM: w6-hello, a body of 12 bytes. One thread, the responses
// of a session one after the other.
#include "peer.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;

std::uint64_t requests = 0;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(Tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->answer();
                     });
  }

 private:
  void answer() {
    ++requests;
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "text/plain");
    response_.keep_alive(request_.keep_alive());
    response_.body() = "hello world\n";
    response_.prepare_payload();
    http::async_write(socket_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->read();
                      });
  }

  Tcp::socket socket_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
};

void accept(Tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, Tcp::socket socket) {
    if (!error) {
      socket.set_option(Tcp::no_delay(true), error);
      std::make_shared<Session>(std::move(socket))->read();
    }
    accept(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kNoSuchWorkload = 77;
  const char* const port = std::getenv("BENCH_PORT");
  if (argc < 4 || !port) {
    std::fprintf(stderr, "usage: BENCH_PORT=PORT %s w6-hello N HWM\n", argv[0]);
    return 2;
  }
  if (std::string(argv[1]) != "w6-hello") return kNoSuchWorkload;
  try {
    asio::io_context loop(1);
    Tcp::acceptor acceptor(
        loop, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))});
    accept(acceptor);
    asio::signal_set stop(loop, SIGTERM);
    stop.async_wait([&](beast::error_code, int) { loop.stop(); });
    const auto started = std::chrono::steady_clock::now();
    loop.run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    std::printf(
        R"({"peer":"Boost.Beast","workload":"w6-hello","seconds":%.6f,"bytes":%ju,"ops":%ju,)"
        R"("peak_rss_kb":%ld})"
        "\n",
        seconds.count(), static_cast<std::uintmax_t>(requests * 12),
        static_cast<std::uintmax_t>(requests), peer::peak_memory_kb());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
