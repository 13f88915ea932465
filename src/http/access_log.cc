#include <weir/http/access_log.h>

#include "http/basic_auth.h"
#include "http/status_code.h"
#include "loop/loop_core.h"
#include <weir/http/incoming_message.h>
#include <weir/net/connection.h>

#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace weir::http {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::int64_t nanoseconds(const Loop& loop) {
  const auto now = const_cast<Loop&>(loop).core().clock().now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// Appends `text` as a part of a quoted one; `form` is the escape of other characters.
void append_escaped(std::string& line, std::string_view text, std::string_view form) {
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    if (c >= ' ' && c < '\x7f')
      line += c;
    else
      fmt::format_to(std::back_inserter(line), fmt::runtime(form),
                     static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
}

constexpr std::string_view kLogEscape = "\\x{:02x}";
constexpr std::string_view kJsonEscape = "\\u{:04x}";

std::string in_quotes(std::string_view text) {
  std::string line = "\"";
  append_escaped(line, text, kLogEscape);
  return line + '"';
}

std::string user_of(const ServerResponse& response) {
  const auto credentials = response.request().headers().first("authorization");
  if (!credentials || response.status_code() == kUnauthorized) return {};
  return user_name(*credentials);
}

void add_text(std::string& line, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(line), ",\"{}\":\"", name);
  append_escaped(line, value, kJsonEscape);
  line += '"';
}

}  // namespace

AccessRecord::AccessRecord(const ServerResponse& response)
    : time_(std::time(nullptr)), begun_(nanoseconds(response.loop())) {
  if (const auto address = response.request().connection().remote_address())
    client_ = address->address;
}

std::string AccessRecord::line(const ServerResponse& response, AccessFormat format) const {
  if (format == AccessFormat::json) return json_line(response);
  std::string line = common_line(response);
  if (format == AccessFormat::combined) {
    const Headers& headers = response.request().headers();
    for (const char* const name : {"referer", "user-agent"})
      line += " " + in_quotes(headers.first(name).value_or("-"));
  }
  return line + "\n";
}

std::string AccessRecord::common_line(const ServerResponse& response) const {
  const IncomingMessage& request = response.request();
  std::tm parts{};
  gmtime_r(&time_, &parts);
  // A space would end the field.
  std::string user;
  for (const char c : user_of(response)) user += c > ' ' && c < '\x7f' ? c : '?';
  std::string line = fmt::format("{} - {} [{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000] ",
                                 client_.empty() ? "-" : client_, user.empty() ? "-" : user,
                                 parts.tm_mday, kMonthNames[static_cast<std::size_t>(parts.tm_mon)],
                                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  line += in_quotes(
      fmt::format("{} {} HTTP/{}", request.method(), request.url(), request.http_version()));
  fmt::format_to(std::back_inserter(line), " {} ", response.status_code());
  if (response.body_bytes() == 0) return line + '-';
  return line + fmt::to_string(response.body_bytes());
}

std::string AccessRecord::json_line(const ServerResponse& response) const {
  const IncomingMessage& request = response.request();
  std::tm parts{};
  gmtime_r(&time_, &parts);
  std::string line =
      fmt::format("{{\"time\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  if (!client_.empty()) add_text(line, "client", client_);
  if (const std::string user = user_of(response); !user.empty()) add_text(line, "user", user);
  add_text(line, "method", request.method());
  add_text(line, "url", request.url());
  add_text(line, "version", request.http_version());
  const double seconds = static_cast<double>(nanoseconds(response.loop()) - begun_) / 1e9;
  fmt::format_to(
      std::back_inserter(line), ",\"status\":{},\"bytes\":{},\"seconds\":{:.6f},\"complete\":{}",
      response.status_code(), response.body_bytes(), seconds, response.writable_finished());
  if (const auto referer = request.headers().first("referer")) add_text(line, "referer", *referer);
  if (const auto agent = request.headers().first("user-agent"))
    add_text(line, "user_agent", *agent);
  return line + "}\n";
}

}  // namespace weir::http
