#include "http/file_response.h"

#include "http/byte_range.h"
#include "http/date.h"
#include "http/file_body.h"
#include "http/media_type.h"
#include "http/message_writer.h"
#include "http/preconditions.h"
#include "http/status_code.h"
#include "http/validators.h"
#include <weir/http/status.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

namespace weir::http {
namespace {

struct CommonHeader {
  std::string_view name;
  std::string_view value;
};
constexpr std::array<CommonHeader, 1> kCommonHeaders{{{"X-Content-Type-Options", "nosniff"}}};

constexpr std::string_view kExposedHeaders = "Content-Length, Content-Range, ETag";

void remove(ServerResponse& response, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (response.has_header(name)) response.remove_header(name);
}

void set_unless_set(ServerResponse& response, std::string_view name, std::string_view value) {
  if (!response.has_header(name)) response.set_header(name, value);
}

// The file's validators, replaced by those that the program has set.
Validators validators_for(const ServerResponse& response, const struct stat& file) {
  Validators now = validators_of(file, std::time(nullptr));
  if (auto etag = response.get_header("etag")) now.etag = *std::move(etag);
  if (const auto modified = response.get_headers().first("last-modified"))
    now.modified = parse_http_date(*modified, now.looked_at).value_or(now.modified);
  return now;
}

void append_cors(Headers& lines, std::string_view origin) {
  lines.push_back("Access-Control-Allow-Origin", origin);
  lines.push_back("Access-Control-Expose-Headers", kExposedHeaders);
  if (origin != "*") lines.append("Vary", "Origin");
}

void set_state(ServerResponse& response, const Validators& now, const FileLines& lines) {
  set_unless_set(response, "ETag", now.etag);
  set_unless_set(response, "Last-Modified", http_date(now.modified));
  if (!lines.cache_control.empty()) response.set_header("Cache-Control", lines.cache_control);
  if (lines.varies) response.append_header("Vary", "Accept-Encoding");
}

void end_not_modified(ServerResponse& response) {
  remove(response, {"Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition"});
  response.set_status_code(kNotModified);
  response.end();
}

WantedPart part_in(const Headers& request, const Validators& now, std::uint64_t size) {
  const auto range = request.get("range");
  if (!range || !range_may_apply(request, now)) return {};
  return wanted_part(*range, size);
}

// REQUIRES: the head is complete. `length` is the range's length, or 0 of an empty file.
void respond(OpenedFile& file, const std::string& path, const ByteRange& range,
             std::uint64_t length, const IncomingMessage& request, ServerResponse& response) {
  if (length == 0 || request.method() == "HEAD") return static_cast<void>(response.end());
  send_body(std::move(file.descriptor()), path, range, response);
}

std::string_view type_of(const std::string& path, const FileLines& lines) {
  return lines.content_type.empty() ? media_type(path) : lines.content_type;
}

void prepare(PreparedHead& head, const OpenedFile& file, const std::string& path,
             const FileLines& lines) {
  validate_header_value("Cache-Control", lines.cache_control);
  head.validators = validators_of(file.stat(), std::time(nullptr));
  head.made_for(file.stat());
  head.lines.clear();
  for (const CommonHeader& each : kCommonHeaders) head.lines.push_back(each.name, each.value);
  head.lines.push_back("Accept-Ranges", "bytes");
  head.lines.push_back("ETag", head.validators.etag);
  head.lines.push_back("Last-Modified", http_date(head.validators.modified));
  if (!lines.cache_control.empty()) head.lines.push_back("Cache-Control", lines.cache_control);
  if (lines.varies) head.lines.push_back("Vary", "Accept-Encoding");
  if (!lines.allow_origin.empty()) append_cors(head.lines, lines.allow_origin);
  if (!lines.content_encoding.empty())
    head.lines.push_back("Content-Encoding", lines.content_encoding);
  head.lines.push_back("Content-Type", type_of(path, lines));
  head.lines.push_back("Content-Length", fmt::to_string(file.size()));
}

}  // namespace

int status_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EINVAL:  // of a file system that has no such names
    case ENXIO:
      return kNotFound;
    case EACCES:
    case EPERM:
    case EISDIR:
    case EXDEV:
      return kForbidden;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return kServiceUnavailable;
    default:
      return kInternalServerError;
  }
}

void set_common_headers(ServerResponse& response) {
  for (const CommonHeader& each : kCommonHeaders) response.set_header(each.name, each.value);
}

void set_cors(ServerResponse& response, std::string_view origin) {
  append_cors(MessageWriter::of(response).head().fields(), origin);
}

void refuse(ServerResponse& response, int status) {
  // These headers would describe the file that is not sent.
  remove(response,
         {"Content-Encoding", "Content-Language", "Content-Disposition", "ETag", "Last-Modified"});
  const std::string text = fmt::format("{} {}\n", status, status_text(status));
  response.set_header("Content-Type", "text/plain; charset=utf-8");
  response.set_header("Content-Length", text.size());
  response.set_status_code(status);
  response.end(text);
}

void fail(FileFailed& failed, IncomingMessage& request, ServerResponse& response, int status,
          const Error& error) {
  if (failed) return failed(request, response, status, error);
  refuse(response, status);
}

void fail_to_open(FileFailed& failed, IncomingMessage& request, ServerResponse& response,
                  int error_number, std::string_view path) {
  fail(failed, request, response, status_of(error_number),
       Error::system(error_number, "open", path));
}

void respond_with(OpenedFile file, const std::string& path, const FileLines& lines,
                  IncomingMessage& request, ServerResponse& response, PreparedHead* prepared) {
  if (prepared && !prepared->fits(file.stat())) prepare(*prepared, file, path, lines);
  const Validators own = prepared ? Validators() : validators_for(response, file.stat());
  const Validators& now = prepared ? prepared->validators : own;
  // Conditions and ranges apply to the URL's file, not to an error page (13.2.1).
  const bool is_ok = response.status_code() == kOk;
  const Verdict verdict =
      is_ok ? check_preconditions(request.method(), request.headers(), now) : Verdict::perform;
  if (verdict == Verdict::failed) return refuse(response, kPreconditionFailed);
  if (verdict == Verdict::not_modified) {
    set_state(response, now, lines);
    return end_not_modified(response);
  }

  const bool may_be_part = is_ok && request.method() == "GET";
  const WantedPart part = may_be_part ? part_in(request.headers(), now, file.size()) : WantedPart();
  const bool is_whole = part.kind == WantedPart::Kind::whole;
  if (is_whole && prepared) {
    MessageWriter::of(response).head().fields() = prepared->lines;
    return respond(file, path, {0, file.size() - 1}, file.size(), request, response);
  }
  response.set_header("Accept-Ranges", "bytes");
  if (part.kind == WantedPart::Kind::unsatisfiable) {
    response.set_header("Content-Range", fmt::format("bytes */{}", file.size()));
    return refuse(response, kRangeNotSatisfiable);
  }
  set_state(response, now, lines);
  set_unless_set(response, "Content-Type", type_of(path, lines));
  if (!lines.content_encoding.empty())
    response.set_header("Content-Encoding", lines.content_encoding);
  if (is_whole) {
    response.set_header("Content-Length", file.size());
    return respond(file, path, {0, file.size() - 1}, file.size(), request, response);
  }
  response.set_header("Content-Range", fmt::format("bytes {}-{}/{}", part.range.first,
                                                   part.range.last, file.size()));
  response.set_header("Content-Length", part.range.size());
  response.set_status_code(kPartialContent);
  respond(file, path, part.range, part.range.size(), request, response);
}

void respond_encoded(OpenedFile file, const std::string& path, const FileLines& lines,
                     MakeEncoder make, IncomingMessage& request, ServerResponse& response) {
  Validators now = validators_of(file.stat(), std::time(nullptr));
  // Another version of the encoder may send other bytes: the tag is weak, and not the file's.
  if (!now.etag.starts_with("W/")) now.etag.insert(0, "W/");
  now.etag.insert(now.etag.size() - 1, fmt::format("-{}", lines.content_encoding));
  const Verdict verdict = check_preconditions(request.method(), request.headers(), now);
  if (verdict == Verdict::failed) return refuse(response, kPreconditionFailed);
  set_state(response, now, lines);
  if (verdict == Verdict::not_modified) return end_not_modified(response);
  response.set_header("Content-Type", type_of(path, lines));
  response.set_header("Content-Encoding", lines.content_encoding);
  if (request.method() == "HEAD") return static_cast<void>(response.end());
  send_encoded(std::move(file.descriptor()), path, file.size(), make(response.loop()), response);
}

}  // namespace weir::http
