#include "weir/serve.h"

#include "weir/conclude.h"
#include "weir/interrupt.h"
#include "weir/json_line.h"
#include "weir/say.h"
#include <weir/http/file_server.h>
#include <weir/http/server.h>
#include <weir/weir.h>

#include <chrono>
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

// Logs a line for each finished request. A slow reader of the log does not delay clients: lines
// without room are counted instead.
class RequestLog {
 public:
  RequestLog(weir::Loop& loop, bool json)
      : out_(weir::standard_output(loop, {.broken_pipe = weir::BrokenPipe::end_quietly})),
        json_(json) {
    out_->on<weir::Error>([](const weir::Error&) {});
    out_->on<weir::Drain>([this] { tell_left_out(); });
  }

  // Writes the remaining lines, until no byte is taken for half a second.
  void finish() {
    tell_left_out();
    for (std::size_t before = 0, left = out_->writable_length(); left > 0 && left != before;)
      before = std::exchange(left, out_->flush(500ms));
  }

  void add(const http::ServerResponse& response) {
    if (out_->writable_need_drain()) return void(++left_out_);
    const http::IncomingMessage& request = response.request();
    const std::string url = printable(request.url());
    const bool whole = response.writable_finished();
    if (json_)
      tell({{"method", request.method()},
            {"url", url},
            {"status", response.status_code()},
            {"complete", whole}});
    else
      out_->print("{} {} {}{}\n", request.method(), url, response.status_code(),
                  whole ? "" : " incomplete");
  }

 private:
  void tell(const nlohmann::ordered_json& line) { out_->write(json_line(line)); }
  void tell_left_out() {
    const std::uint64_t count = std::exchange(left_out_, 0);
    if (count == 0) return;
    if (json_)
      tell({{"left_out", count}});
    else
      out_->print("({} more)\n", count);
  }

  weir::Ref<weir::OutputStream> out_;
  bool json_;
  std::uint64_t left_out_ = 0;
};

}  // namespace

int serve(const ServeOptions& options) {
  weir::Loop loop;
  const http::FileServer files(options.folder);
  RequestLog log(loop, options.json);
  const auto answer = [&](http::IncomingMessage& request, http::ServerResponse& response) {
    if (!options.quiet) response.on<weir::Close>([&log, &response] { log.add(response); });
    files.answer(request, response);
  };
  const Trust trust = make_trust(options.trust, false);
  // Usual for file servers: answer a client that half-closes, and drop a client that stops reading.
  const http::ServerOptions how{.allow_half_open = true, .write_timeout = 60s};
  const auto server = trust.context ? http::create_https_server(
                                          loop, {.secure_context = trust.context}, how, answer)
                                    : http::create_server(loop, how, answer);
  weir::Error failed;
  server->on<weir::Error>([&](const weir::Error& error) { failed = error; });
  // All responses have closed and are logged. The reader of the log is not waited for.
  server->on<weir::Close>([&] { loop.stop(); });
  int signal = 0;
  std::optional<Interrupt> interrupted;
  server->on<weir::net::Listening>([&] {
    tell_where(options, *server->address());
    interrupted.emplace(loop, [&](int number) {
      signal = number;
      server->close_gracefully(kGrace);
    });
  });
  server->listen(options.port, options.host);
  loop.run();
  if (signal != 0) {
    log.finish();
    end_by(signal);
  }
  complain(failed.what());
  return kFailed;
}

}  // namespace tool
