// An HTTPS server: https_server KEY CERT [PORT]
//
//   openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost
//     -addext subjectAltName=DNS:localhost
//   https_server key.pem cert.pem 8443 &
//   curl --cacert cert.pem https://localhost:8443/
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  weir::Loop loop;
  auto server = weir::http::create_https_server(
      loop, {.context = {.key = read(argv[1]), .cert = read(argv[2])}},
      [](auto& request, auto& response) { response.end("you asked for " + request.url() + "\n"); });
  server->listen(argc > 3 ? std::atoi(argv[3]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();
}
