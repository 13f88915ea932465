// An HTTP server with streamed bodies: http_streaming [PORT]
//
//   curl localhost:PORT/lines                     generated at the speed of the reader
//   curl localhost:PORT/echo --data-binary @FILE  sent back while it is received
#include <weir/weir.h>

#include <csignal>
#include <cstdlib>

weir::Task<> answer(weir::http::IncomingMessage& request, weir::http::ServerResponse& response) {
  if (request.url() == "/lines") {
    response.write_head(200, {{"Content-Type", "text/plain"}});
    for (int i = 0; i < 100'000; ++i) co_await weir::co::print(response, "Line {}\n", i);
    co_await weir::co::end(response);
  } else if (request.url() == "/echo") {
    co_await weir::co::pipeline(request, response);
  } else {
    response.write_head(404).end("not here\n");
  }
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::http::create_server(loop, weir::co::handler(answer));
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1");
  const auto address = weir::net::to_string(*server->address());
  weir::standard_output(loop)->print("listening on {}\n", address);
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the server is closed and the last response is sent
}
