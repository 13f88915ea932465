#include "weir/serve.h"

#include "weir/conclude.h"
#include "weir/file_server.h"
#include "weir/interrupt.h"
#include "weir/say.h"
#include <weir/http/server.h>
#include <weir/weir.h>

#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

namespace http = weir::http;

void tell_where(const ServeOptions& options, const weir::net::Address& address) {
  const std::string url = fmt::format("http://{}/", weir::net::to_string(address));
  if (!options.json) return complain(fmt::format("serving '{}' at {}", options.folder, url));
  say(stderr, nlohmann::ordered_json{{"serving", options.folder}, {"url", url}}.dump() + "\n");
}

// What a terminal shows as it is.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text)
    if (c > ' ' && c < '\x7f')
      shown += c;
    else
      shown += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return shown;
}

// Told once it is over, one way or the other.
void tell_request(const http::ServerResponse& response, bool json) {
  const http::IncomingMessage& request = response.request();
  const std::string url = printable(request.url());
  const bool whole = response.writable_finished();
  if (json) {
    const nlohmann::ordered_json line{{"method", request.method()},
                                      {"url", url},
                                      {"status", response.status_code()},
                                      {"complete", whole}};
    say(stdout, line.dump() + "\n");
  } else {
    say(stdout, fmt::format("{} {} {}{}\n", request.method(), url, response.status_code(),
                            whole ? "" : " incomplete"));
  }
}

}  // namespace

int serve(const ServeOptions& options) {
  weir::Loop loop;
  FileServer files(loop, options.folder);
  const auto server = http::create_server(loop, [&](http::IncomingMessage& request,
                                                    http::ServerResponse& response) {
    if (!options.quiet)
      response.on<weir::Close>([&response, json = options.json] { tell_request(response, json); });
    files.answer(request, response);
  });
  weir::Error failed;
  server->on<weir::Error>([&](const weir::Error& error) { failed = error; });
  std::optional<Interrupt> interrupted;
  server->on<weir::net::Listening>([&] {
    tell_where(options, *server->address());
    interrupted.emplace(loop, [&](int) { server->close(); });
  });
  server->listen(options.port, options.host);
  loop.run();
  if (!failed) return kDone;
  complain(failed.what());
  return kFailed;
}

}  // namespace tool
