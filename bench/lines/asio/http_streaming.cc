#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> write_head(beast::tcp_stream& stream, const char* type) {
  http::response<http::empty_body> head(http::status::ok, 11);
  head.set(http::field::content_type, type);
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer(head);
  co_await http::async_write_header(stream, serializer, use_awaitable);
}

awaitable<void> write_chunk(beast::tcp_stream& stream, asio::const_buffer data) {
  if (data.size() == 0) co_return;  // it would end the body
  co_await asio::async_write(stream, http::make_chunk(data), use_awaitable);
}

awaitable<void> lines(beast::tcp_stream& stream) {
  co_await write_head(stream, "text/plain");
  std::string buffer;
  for (int i = 0; i < 100'000; ++i) {
    buffer += "Line " + std::to_string(i) + "\n";
    if (buffer.size() < 16 * 1024) continue;
    co_await write_chunk(stream, asio::buffer(buffer));
    buffer.clear();
  }
  co_await write_chunk(stream, asio::buffer(buffer));
  co_await asio::async_write(stream, http::make_chunk_last(), use_awaitable);
}

awaitable<void> echo(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                     http::request_parser<http::buffer_body>& parser) {
  co_await write_head(stream, "application/octet-stream");
  char data[16 * 1024];
  auto& body = parser.get().body();
  while (!parser.is_done()) {
    body.data = data;
    body.size = sizeof data;
    beast::error_code error;
    co_await http::async_read_some(stream, buffer, parser,
                                   asio::redirect_error(use_awaitable, error));
    if (error && error != http::error::need_buffer) throw beast::system_error(error);
    co_await write_chunk(stream, asio::buffer(data, sizeof data - body.size));
  }
  co_await asio::async_write(stream, http::make_chunk_last(), use_awaitable);
}

awaitable<void> serve(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool keep_alive = true; keep_alive;) {
    http::request_parser<http::buffer_body> parser;
    parser.body_limit(UINT64_MAX);
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    if (parser.get().target() == "/lines") {
      co_await lines(stream);
    } else if (parser.get().target() == "/echo") {
      co_await echo(stream, buffer, parser);
    } else {
      http::response<http::string_body> response(http::status::not_found, 11, "not here\n");
      response.prepare_payload();
      co_await http::async_write(stream, response, use_awaitable);
    }
    keep_alive = parser.keep_alive() && parser.is_done();
  }
}

awaitable<void> accept(tcp::acceptor& acceptor) {
  for (;;) {
    auto client = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client)), asio::detached);
  }
}

int main(int argc, char** argv) {
  asio::io_context io;
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), port});
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::signal_set signals(io, SIGINT);
  signals.async_wait([&](auto, auto) { io.stop(); });
  asio::co_spawn(io, accept(acceptor), asio::detached);
  io.run();
}
