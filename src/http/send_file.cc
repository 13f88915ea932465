#include <weir/http/send_file.h>

#include "http/file_response.h"
#include "http/opened_file.h"
#include <weir/base/ref.h>

#include <cerrno>
#include <utility>

#include <fcntl.h>

namespace weir::http {
namespace {

void send_now(IncomingMessage& request, ServerResponse& response, const std::string& path,
              SendFileOptions& options) {
  set_common_headers(response);
  // The system would end the name at a zero byte.
  if (path.find('\0') != path.npos)
    return fail_to_open(options.failed, request, response, ENOENT, path);
  OpenedFile file = OpenedFile::find(
      [&path](int flags) { return fs::UniqueFd(::open(path.c_str(), flags | O_CLOEXEC)); });
  if (file.error() != 0) return fail_to_open(options.failed, request, response, file.error(), path);
  if (file.is_folder()) return fail_to_open(options.failed, request, response, EISDIR, path);
  const FileLines lines{.content_type = options.content_type,
                        .cache_control = options.cache_control};
  respond_with(std::move(file), path, lines, request, response);
}

}  // namespace

void send_file(IncomingMessage& request, ServerResponse& response, std::string path,
               SendFileOptions options) {
  at_turn_of(response, [&response, request = Ref(&request), path = std::move(path),
                        options = std::move(options)]() mutable {
    send_now(*request, response, path, options);
  });
}

}  // namespace weir::http
