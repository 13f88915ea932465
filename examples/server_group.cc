// server_group [THREADS] [PORT] - an HTTP server with several loops, each on a thread of its own.
//
// The system distributes the connections. All loops write into one log. SIGINT ends the server
// after the unfinished responses.
#include <weir/weir.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  const int port = argc > 2 ? std::atoi(argv[2]) : 0;

  weir::LoopGroup loops(static_cast<std::size_t>(threads));
  const weir::Producer log(loops[0], weir::standard_output(loops[0]), {.keep_running = false});
  weir::net::ServerGroup<weir::http::Server> servers(loops, [log](weir::Loop& loop) {
    return weir::http::create_server(loop, [log](auto& request, auto& response) {
      log.print("{} {}\n", request.method(), request.url());
      response.end("hello\n");
    });
  });
  servers.listen(port, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*servers.address()));
    std::fflush(stdout);
  });
  const weir::Signal interrupted(loops[0], SIGINT, [&] { servers.close_gracefully(10s); });
  loops.run();
}
