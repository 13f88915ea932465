// An HTTP server with streamed bodies: http_streaming [PORT]
//
//   curl localhost:PORT/lines                     generated at the speed of the reader
//   curl localhost:PORT/echo --data-binary @FILE  sent back while it is received
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace co = weir::co;

weir::Task<> answer(weir::http::IncomingMessage& request, weir::http::ServerResponse& response) {
  if (request.url() == "/lines") {
    response.write_head(200, {{"Content-Type", "text/plain"}});
    for (int i = 0; i < 100'000; ++i) co_await co::print(response, "Line {}\n", i);
  } else if (request.url() == "/echo") {
    auto body = co::chunks(request);
    while (auto chunk = co_await body.next()) co_await co::write(response, *std::move(chunk));
  } else {
    response.write_head(404).write("not here\n");
  }
  co_await co::end(response);
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::http::create_server(loop, co::handler(answer));
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1");
  fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
  std::fflush(stdout);
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the server is closed and the last response is sent
}
