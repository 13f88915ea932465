#include "weir/request_log.h"

#include "weir/json_line.h"
#include "weir/say.h"

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tool {
namespace {

namespace http = weir::http;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A line is shorter: its URL and headers are parts of a head of at most 16 KiB, with up to six
// characters a byte.
constexpr std::size_t kCapacity = std::size_t{128} << 10;
constexpr std::chrono::milliseconds kPatience = 500ms;

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

// A FIFO that nobody reads yet is waited for.
void require_writable(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
  if (fd < 0 && errno != ENXIO) throw weir::Error::system(errno, "open", path);
  if (fd >= 0) ::close(fd);
}

weir::Ref<weir::OutputStream> output_for(weir::Loop& loop, const RequestLog::Settings& settings) {
  if (!settings.file.empty()) return nullptr;
  auto out = weir::standard_output(loop, {.broken_pipe = weir::BrokenPipe::end_quietly});
  out->on<weir::Error>([](const weir::Error&) {});
  return out;
}

weir::Ref<weir::Writable> stream_for(weir::Loop& loop, const RequestLog::Settings& settings,
                                     const weir::Ref<weir::OutputStream>& out) {
  if (out) return out;
  require_writable(settings.file);
  const auto file =
      weir::fs::create_write_stream(loop, settings.file, {.flags = "a", .retry_on_full = 1s});
  file->on<weir::Error>([](const weir::Error& error) { complain(error.what()); });
  file->on<weir::fs::Full>([](const weir::fs::Full& full) {
    complain(fmt::format("{}; waiting for space", full.error.what()));
  });
  file->on<weir::fs::SpaceFreed>([] { complain("there is space again"); });
  return file;
}

std::string dropped_record(const RequestLog::Settings& settings) {
  const bool is_json =
      settings.form == RequestLog::Form::plain_json ||
      (settings.form == RequestLog::Form::access && settings.format == http::AccessFormat::json);
  return is_json ? "{{\"left_out\":{}}}\n" : "({} more)\n";
}

}  // namespace

RequestLog::RequestLog(weir::Loop& loop, const Settings& settings)
    : loop_(loop),
      out_(output_for(loop, settings)),
      lines_(loop, stream_for(loop, settings, out_),
             {.capacity = kCapacity,
              .when_full = weir::WhenFull::drop,
              .dropped_record = dropped_record(settings),
              .end = !out_,
              .keep_running = false}),
      settings_(settings) {
  // The reader of the log has left.
  loop.on_warning([](const weir::Warning& warning) {
    if (warning.name != "LostRecordsWarning") complain(warning.message);
  });
}

void RequestLog::follow(http::ServerResponse& response) {
  if (settings_.form != Form::access)
    return static_cast<void>(response.on<weir::Close>([this, &response] { add(response); }));
  response.on<weir::Close>([this, &response, record = http::AccessRecord(response)] {
    lines_.write(record.line(response, settings_.format));
  });
}

void RequestLog::add(const http::ServerResponse& response) {
  const http::IncomingMessage& request = response.request();
  const std::string url = printable(request.url());
  const bool whole = response.writable_finished();
  if (settings_.form == Form::plain_json)
    lines_.write(json_line({{"method", request.method()},
                            {"url", url},
                            {"status", response.status_code()},
                            {"complete", whole}}));
  else
    lines_.print("{} {} {}{}\n", request.method(), url, response.status_code(),
                 whole ? "" : " incomplete");
}

void RequestLog::finish() {
  lines_.end();
  const auto begin = std::chrono::steady_clock::now();
  do {
    if (out_ && !flush_stream()) return;
    loop_.poll();  // takes lines from the queue
    if (!out_ && std::chrono::steady_clock::now() - begin > kPatience) return;
  } while (lines_.counts().queued_bytes > 0);
}

// Returns false if no byte is taken for half a second.
bool RequestLog::flush_stream() {
  for (std::size_t left = out_->flush(0ms); left > 0;)
    if (const std::size_t before = std::exchange(left, out_->flush(kPatience)); left == before)
      return false;
  return true;
}

}  // namespace tool
