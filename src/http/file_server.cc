#include <weir/http/file_server.h>

#include "http/file_response.h"
#include "http/listing.h"
#include "http/media_type.h"
#include "http/opened_file.h"
#include "http/request_path.h"
#include "http/served_folder.h"
#include "http/status_code.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/http/errors.h>

#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

std::string folder_of_prefix(const std::string& prefix) {
  RequestPath path = parse_request_path(prefix.starts_with('/') ? prefix : "/" + prefix);
  if (path.refusal || !path.query.empty())
    throw Error(
        weir::Errc::invalid_arg_value,
        fmt::format("The property 'options.prefix' is no path of a URL. Received '{}'", prefix));
  return std::move(path.path);
}

}  // namespace

class FileServer::Core {
 public:
  Core(const std::string& folder, FileServerOptions options)
      : folder_(folder), options_(std::move(options)), prefix_(folder_of_prefix(options_.prefix)) {}

  void answer(IncomingMessage& request, ServerResponse& response) {
    response.set_header("X-Content-Type-Options", "nosniff");
    if (request.method() != "GET" && request.method() != "HEAD")
      return answer_other_method(request, response);
    const RequestPath target = parse_request_path(request.url());
    if (target.refusal)
      return fail(options_.failed, request, response, *target.refusal,
                  Error(Errc::invalid_url, "Invalid URL: " + request.url()));
    const std::optional<std::string> path = path_below(prefix_, target.path);
    if (!path) return fail_to_open(options_.failed, request, response, ENOENT, target.path);
    OpenedFile found = find(*path);
    if (found.error() != 0)
      return fail_to_open(options_.failed, request, response, found.error(), *path);
    if (found.is_folder()) return answer_folder(*path, target, request, response);
    if (target.is_folder) return fail_to_open(options_.failed, request, response, ENOTDIR, *path);
    send(std::move(found), *path, request, response);
  }

 private:
  OpenedFile find(const std::string& path) const {
    return OpenedFile::find([&](int flags) { return folder_.open(path, flags); });
  }

  static void answer_other_method(const IncomingMessage& request, ServerResponse& response) {
    response.set_header("Allow", "GET, HEAD, OPTIONS");
    if (request.method() != "OPTIONS") return refuse(response, kMethodNotAllowed);
    response.set_status_code(kNoContent);
    response.end();
  }

  void answer_folder(const std::string& path, const RequestPath& target, IncomingMessage& request,
                     ServerResponse& response) {
    if (!target.is_folder) {
      // Relative links of the page resolve against a URL that ends with a slash.
      response.set_header("Location", folder_url(target.path) + printable_url_part(target.query));
      return refuse(response, kMovedPermanently);
    }
    if (!options_.index.empty()) {
      const std::string index = path.empty() ? options_.index : path + "/" + options_.index;
      OpenedFile page = find(index);
      if (page.is_file()) return send(std::move(page), index, request, response);
      const bool is_missing = page.is_folder() || page.error() == ENOENT || page.error() == ENOTDIR;
      if (!is_missing) return fail_to_open(options_.failed, request, response, page.error(), index);
    }
    if (!options_.listing) return fail_to_open(options_.failed, request, response, ENOENT, path);
    list(path, target, request, response);
  }

  void list(const std::string& path, const RequestPath& target, IncomingMessage& request,
            ServerResponse& response) {
    std::string page;
    try {
      page = listing_page(folder_, path, "/" + target.path + (target.path.empty() ? "" : "/"),
                          !path.empty());
    } catch (const Error& error) {
      return fail_to_open(options_.failed, request, response, error.code().value(), path);
    }
    response.set_header("Content-Type", "text/html; charset=utf-8");
    response.set_header("Content-Length", page.size());
    response.set_header("Cache-Control", "no-cache");
    response.end(page);
  }

  void send(OpenedFile file, const std::string& path, IncomingMessage& request,
            ServerResponse& response) const {
    respond_with(std::move(file), path,
                 {.content_type = media_type(path), .cache_control = options_.cache_control},
                 request, response);
  }

  ServedFolder folder_;
  FileServerOptions options_;
  std::string prefix_;  // "a/b"
};

FileServer::FileServer(const std::string& folder, FileServerOptions options)
    : core_(std::make_shared<Core>(folder, std::move(options))) {}

void FileServer::answer(IncomingMessage& request, ServerResponse& response) const {
  at_turn_of(response, [core = core_, request = Ref(&request), &response] {
    core->answer(*request, response);
  });
}

}  // namespace weir::http
