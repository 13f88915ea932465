// A project that uses HTTP of a weir without TLS: a request is answered, one to "https:" fails.
#include <weir/weir.h>

#include <string>

namespace {

namespace http = weir::http;

std::string answer_over_http(weir::Loop& loop) {
  const auto server = http::create_server(
      loop, [](auto& request, auto& response) { request.pipe(weir::Ref(&response)); });
  server->listen(0, "127.0.0.1");
  http::RequestOptions options{.method = "POST", .own_agent = true};
  options.port = server->address()->port;
  options.host = "127.0.0.1";
  std::string answer;
  const auto request = http::request(loop, std::move(options), [&](auto& response) {
    weir::text(weir::Ref(&response), [&](const weir::Error&, std::string text) {
      answer = std::move(text);
      server->close();
    });
  });
  request->end("weir");
  loop.run();
  return answer;
}

template <class F>
std::string error_of(F function) {
  try {
    function();
  } catch (const weir::Error& error) {
    return std::string(error.name());
  }
  return {};
}

}  // namespace

int main() {
  weir::Loop loop;
  const std::string client = error_of([&] { http::get(loop, "https://127.0.0.1/"); });
  const std::string server =
      error_of([&] { http::create_https_server(loop, {}, [](auto&, auto&) {}); });
  const bool works =
      answer_over_http(loop) == "weir" && client == "ERR_NO_CRYPTO" && server == "ERR_NO_CRYPTO";
  return works ? 0 : 1;
}
