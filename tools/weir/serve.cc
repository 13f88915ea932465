#include "weir/serve.h"

#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/json_line.h"
#include "weir/request_log.h"
#include "weir/say.h"
#include <weir/http/file_server.h>
#include <weir/http/server.h>
#include <weir/weir.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

namespace http = weir::http;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// The time for unfinished responses after a signal.
constexpr std::chrono::seconds kGrace(10);

void tell_where(const ServeOptions& options, const weir::net::Address& address) {
  const std::string url =
      fmt::format("{}://{}/", options.trust.certificate.empty() ? "http" : "https",
                  weir::net::to_string(address));
  if (!options.json) return complain(fmt::format("serving '{}' at {}", options.folder, url));
  say(stderr, json_line({{"serving", options.folder}, {"url", url}}));
}

RequestLog::Settings log_settings(const ServeOptions& options) {
  if (!options.access_log.empty())
    return {.file = options.access_log == "-" ? std::string() : options.access_log,
            .form = RequestLog::Form::access,
            .format = options.log_format};
  return {.form = options.json ? RequestLog::Form::plain_json : RequestLog::Form::plain};
}

}  // namespace

int serve(const ServeOptions& options) {
  weir::LoopGroup loops(options.threads);
  weir::Loop& first = loops[0];
  std::optional<RequestLog> log;
  if (!options.quiet) log.emplace(first, log_settings(options));
  Inspection inspection(first, options.inspection, "weir serve", options.json);
  for (std::size_t i = 1; i < loops.size(); ++i)
    inspection.add(loops[i], fmt::format("thread {}", i + 1));
  const http::FileServer files(options.folder, file_server_options(options));
  // Usual for file servers: answer a client that half-closes, and drop a client that stops reading.
  const http::ServerOptions how{.allow_half_open = true, .write_timeout = 60s};
  weir::Error failed;
  const auto make = [&](weir::Loop& loop) {
    const auto answer = [&log, files](http::IncomingMessage& request,
                                      http::ServerResponse& response) {
      if (log) log->follow(response);
      files.answer(request, response);
    };
    const Trust trust = make_trust(options.trust, false);
    auto server = trust.context ? http::create_https_server(loop, {.secure_context = trust.context},
                                                            how, answer)
                                : http::create_server(loop, how, answer);
    server->template on<weir::Error>([&](const weir::Error& error) {
      first.post([&, error] {
        failed = error;
        loops.stop();
      });
    });
    return server;
  };
  weir::net::ServerGroup<http::Server> servers(loops, make);
  int signal = 0;
  std::optional<Interrupt> interrupted;
  servers.listen(options.port, options.host, [&] {
    // First, since the other loops serve as soon as the address is known.
    interrupted.emplace(first, [&](int number) {
      signal = number;
      // All responses have closed and are logged. The reader of the log is not waited for.
      servers.close_gracefully(kGrace, [&] { loops.stop(); });
    });
    tell_where(options, *servers.address());
  });
  loops.run();
  if (signal != 0) {
    if (log) log->finish();
    end_by(signal);
  }
  complain(failed.what());
  return kFailed;
}

}  // namespace tool
