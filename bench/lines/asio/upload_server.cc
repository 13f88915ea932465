#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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
using EmptyParser = http::request_parser<http::empty_body>;

// Writes beside the file and renames it only if all has arrived, so no partial file is left.
awaitable<http::status> store(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                              EmptyParser& head, std::string path) {
  static int count = 0;
  const std::string partial = path + "." + std::to_string(++count) + ".partial";
  http::request_parser<http::file_body> parser(std::move(head));
  beast::error_code error;
  parser.get().body().open(partial.c_str(), beast::file_mode::write, error);
  if (!error)
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(use_awaitable, error));
  parser.get().body().close();
  std::error_code renamed;
  if (!error) std::filesystem::rename(partial, path, renamed);
  if (!error && !renamed) co_return http::status::created;
  std::filesystem::remove(partial, renamed);
  co_return error == http::error::body_limit ? http::status::payload_too_large
                                             : http::status::internal_server_error;
}

awaitable<void> serve(tcp::socket socket, std::string folder) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool keep_alive = true; keep_alive;) {
    EmptyParser parser;
    parser.body_limit(1 << 20);
    beast::error_code error;
    co_await http::async_read_header(stream, buffer, parser,
                                     asio::redirect_error(use_awaitable, error));
    if (error && error != http::error::body_limit) co_return;
    const auto& request = parser.get();
    const std::string name(request.target().substr(1));
    keep_alive = !error && parser.keep_alive();
    auto status = http::status::method_not_allowed;
    if (error) {
      status = http::status::payload_too_large;
    } else if (request.method() == http::verb::put && !name.empty() &&
               name.find('/') == std::string::npos) {
      if (request.count(http::field::expect) > 0) {
        http::response<http::empty_body> proceed(http::status::continue_, 11);
        co_await http::async_write(stream, proceed, use_awaitable);
      }
      status = co_await store(stream, buffer, parser, folder + "/" + name);
    }
    if (status != http::status::created) keep_alive = false;  // a part of the body may be unread
    std::string text(http::obsolete_reason(status));
    http::response<http::string_body> response(status, 11, text + "\n");
    response.keep_alive(keep_alive);
    response.prepare_payload();
    co_await http::async_write(stream, response, use_awaitable);
  }
  // Reads to the end, as closing a socket with unread data would discard the response.
  stream.socket().shutdown(tcp::socket::shutdown_send);
  stream.expires_after(std::chrono::seconds(1));
  for (;; buffer.clear()) co_await stream.async_read_some(buffer.prepare(16 * 1024), use_awaitable);
}

awaitable<void> accept(tcp::acceptor& acceptor, std::string folder) {
  for (;;) {
    auto client = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client), folder), asio::detached);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: upload_server PORT FOLDER\n", stderr), 2;
  asio::io_context io;
  const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), port});
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::signal_set signals(io, SIGINT);
  signals.async_wait([&](auto, auto) {
    acceptor.close();
    io.stop();
  });
  asio::co_spawn(io, accept(acceptor, argv[2]), asio::detached);
  io.run();
  io.restart();
  io.run_for(std::chrono::seconds(1));  // the time that is left to open connections
}
