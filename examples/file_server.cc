// An HTTP server with a front page and the files of a folder: file_server FOLDER FRONT_PAGE [PORT]
//
//   file_server photos welcome.html 8080 &
//   curl localhost:8080/                                the page
//   curl localhost:8080/files/                          a list of the folder
//   curl localhost:8080/files/one.jpg -r 0-99           a part of a file
#include <weir/weir.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

using std::chrono_literals::operator""s;

void say_why(weir::http::IncomingMessage&, weir::http::ServerResponse& response, int status,
             const weir::Error& error) {
  response.set_status_code(status);
  response.end(fmt::format("{}: {}\n", status, error.name()));
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[1];
  const std::string front_page = argv[2];
  weir::Loop loop;
  const weir::http::FileServer files(folder, {.prefix = "/files", .cache_control = "max-age=60"});
  auto server = weir::http::create_server(
      loop, {.allow_half_open = true, .write_timeout = 60s}, [&](auto& request, auto& response) {
        if (request.url() == "/")
          weir::http::send_file(request, response, front_page, {.failed = say_why});
        else
          files(request, response);
      });
  server->listen(argc > 3 ? std::atoi(argv[3]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();
}
