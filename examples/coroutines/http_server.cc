// An HTTP server and a client of it, as coroutines. Prints the data that the client receives.
#include <weir/weir.h>

#include <stdexcept>

#include <fmt/format.h>

namespace {

namespace co = weir::co;

weir::Task<> answer(weir::http::IncomingMessage& request, weir::http::ServerResponse& response) {
  if (request.url() == "/fail") throw std::runtime_error("of the handler");
  auto body = co::chunks(request);
  while (auto chunk = co_await body.next()) co_await co::write(response, *std::move(chunk));
  co_await co::end(response);
}

weir::Task<> ask(weir::Loop& loop, const std::string& url) {
  weir::http::RequestOptions options;
  options.method = "POST";
  auto echoed = co_await co::request(loop, url, std::move(options), "hello");
  std::string text = co_await co::text(*echoed);
  fmt::print("{} {}\n", echoed->status_code(), text);

  auto failed = co_await co::get(loop, url + "fail");
  fmt::print("{}\n", failed->status_code());
}

}  // namespace

int main() {
  weir::Loop loop;
  loop.on_uncaught([](const std::exception_ptr&) { fmt::print("uncaught\n"); });
  auto server = weir::http::create_server(loop, co::handler(answer));
  server->listen(0, "127.0.0.1");
  co::run(loop, ask(loop, fmt::format("http://127.0.0.1:{}/", server->address()->port)));
  server->close_all_connections();
  server->close();
  loop.run();
}
