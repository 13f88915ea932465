// A server that pushes an event to each client four times a second: server_sent_events [PORT]
//
//   curl -N localhost:PORT
#include <weir/weir.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

namespace co = weir::co;
using namespace std::chrono_literals;

weir::Task<> answer(weir::Loop& loop, weir::http::ServerResponse& response) {
  response.write_head(200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}});
  for (int i = 1; response.writable(); ++i) {
    co_await co::print(response, "id: {}\ndata: event {}\n\n", i, i);
    co_await co::sleep(loop, 250ms);
  }
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::http::create_server(
      loop, co::handler([&](weir::http::IncomingMessage&, weir::http::ServerResponse& response) {
        return answer(loop, response);
      }));
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1");
  const auto address = weir::net::to_string(*server->address());
  weir::standard_output(loop)->print("listening on {}\n", address);
  const weir::Signal stop(loop, SIGINT, [&] { server->close_all_connections(), server->close(); });
  loop.run();
}
