// An HTTP server with streamed bodies: http_streaming [PORT]
//
//   curl localhost:PORT/lines                     generated at the speed of the reader
//   curl localhost:PORT/echo --data-binary @FILE  sent back while it is received
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

// Pauses while the client does not read, and ends when it disconnects.
void send_lines(weir::http::ServerResponse& response) {
  weir::produce(response, [next = 0](weir::http::ServerResponse& lines) mutable {
    lines.print("Line {}\n", next);
    return ++next < 100'000;
  });
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::http::create_server(loop, [](auto& request, auto& response) {
    if (request.url() == "/lines") {
      response.write_head(200, {{"Content-Type", "text/plain"}});
      send_lines(response);
    } else if (request.url() == "/echo") {
      request.pipe(response);
    } else {
      response.write_head(404);
      response.end("not here\n");
    }
  });
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the server is closed and the last response is sent
}
