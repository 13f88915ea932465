#include "weir/serve.h"

#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/json_line.h"
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

// Replaces characters that a terminal would interpret.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text)
    if (c > ' ' && c < '\x7f')
      shown += c;
    else
      shown += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return shown;
}

// Logs a line for each finished request, from any thread. A slow reader of the log does not delay
// clients: lines without room are counted instead.
class RequestLog {
 public:
  RequestLog(weir::Loop& loop, bool json)
      : loop_(loop),
        out_(weir::standard_output(loop, {.broken_pipe = weir::BrokenPipe::end_quietly})),
        lines_(loop, out_,
               {.capacity = kCapacity,
                .when_full = weir::WhenFull::drop,
                .dropped_record = json ? "{{\"left_out\":{}}}\n" : "({} more)\n",
                .end = false,
                .keep_running = false}),
        json_(json) {
    out_->on<weir::Error>([](const weir::Error&) {});
    // The reader of the log has left.
    loop.on_warning([](const weir::Warning& warning) {
      if (warning.name != "LostRecordsWarning") complain(warning.message);
    });
  }

  // Writes the remaining lines, until no byte is taken for half a second. REQUIRES: called on the
  // log's loop, when no other thread adds lines.
  void finish() {
    lines_.end();
    do {
      if (!flush_stream()) return;
      loop_.poll();  // takes lines from the queue
    } while (lines_.counts().queued_bytes > 0);
  }

  void add(const http::ServerResponse& response) {
    const http::IncomingMessage& request = response.request();
    const std::string url = printable(request.url());
    const bool whole = response.writable_finished();
    if (json_)
      lines_.write(json_line({{"method", request.method()},
                              {"url", url},
                              {"status", response.status_code()},
                              {"complete", whole}}));
    else
      lines_.print("{} {} {}{}\n", request.method(), url, response.status_code(),
                   whole ? "" : " incomplete");
  }

 private:
  // A line is shorter: its URL is a part of a head of at most 16 KiB, with up to three characters a
  // byte.
  static constexpr std::size_t kCapacity = std::size_t{128} << 10;

  // Returns false if no byte is taken for half a second.
  bool flush_stream() {
    for (std::size_t left = out_->flush(0ms); left > 0;)
      if (const std::size_t before = std::exchange(left, out_->flush(500ms)); left == before)
        return false;
    return true;
  }

  weir::Loop& loop_;
  weir::Ref<weir::OutputStream> out_;
  weir::Producer lines_;
  bool json_;
};

}  // namespace

int serve(const ServeOptions& options) {
  weir::LoopGroup loops(options.threads);
  weir::Loop& first = loops[0];
  RequestLog log(first, options.json);
  Inspection inspection(first, options.inspection, "weir serve", options.json);
  for (std::size_t i = 1; i < loops.size(); ++i)
    inspection.add(loops[i], fmt::format("thread {}", i + 1));
  const http::FileServer files(options.folder);
  // Usual for file servers: answer a client that half-closes, and drop a client that stops reading.
  const http::ServerOptions how{.allow_half_open = true, .write_timeout = 60s};
  weir::Error failed;
  const auto make = [&](weir::Loop& loop) {
    const auto answer = [&log, files, quiet = options.quiet](http::IncomingMessage& request,
                                                             http::ServerResponse& response) {
      if (!quiet) response.on<weir::Close>([&log, &response] { log.add(response); });
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
    log.finish();
    end_by(signal);
  }
  complain(failed.what());
  return kFailed;
}

}  // namespace tool
