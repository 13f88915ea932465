#include "http/upload.h"

#include "fs/around_rename.h"
#include "http/file_response.h"
#include "http/preconditions.h"
#include "http/status_code.h"
#include "http/text.h"
#include "http/validators.h"
#include "loop/loop_core.h"
#include "loop/pool.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/fs/replacing_stream.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/transform.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::http {
namespace {

// A PUT that is going on. Its pool calls and its pipeline own it.
class Upload final : public std::enable_shared_from_this<Upload> {
 public:
  Upload(std::shared_ptr<const ServedFolder> root, const std::string& path,
         std::optional<std::uint64_t> most, IncomingMessage& request, ServerResponse& response)
      : root_(std::move(root)), most_(most), request_(&request), response_(&response) {
    const auto slash = path.rfind('/');
    folder_path_ = slash == path.npos ? std::string() : path.substr(0, slash);
    name_ = slash == path.npos ? path : path.substr(slash + 1);
  }

  void begin() {
    internal::run_on_pool(
        response_->loop().core(), [self = shared_from_this()] { self->look_up(); },
        [self = shared_from_this()] {
          if (self->status_ != 0) return self->refuse(self->status_);
          self->receive();
        });
  }

 private:
  // On the pool: holds the folder, and looks at what has the name now.
  void look_up() noexcept {
    folder_ = root_->open(folder_path_, O_PATH | O_DIRECTORY);
    if (!folder_) {
      status_ = errno == ENOENT || errno == ENOTDIR ? kConflict : status_of(errno);
      return;
    }
    check();
  }

  // On the pool. Sets the status of a refusal.
  void check() noexcept {
    struct stat now{};
    exists_ = ::fstatat(folder_.get(), name_.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists_ && errno != ENOENT && errno != ENOTDIR)
      status_ = status_of(errno);  // there may be a file
    else if (exists_ && S_ISDIR(now.st_mode))
      status_ = kConflict;
    else if (exists_ && !S_ISREG(now.st_mode))
      status_ = kForbidden;  // a link may lead out; a FIFO or a device is no file to replace
    else if (!may_replace(now))
      status_ = kPreconditionFailed;
  }

  bool may_replace(const struct stat& now) const noexcept {
    const Headers& headers = request_->headers();
    if (!exists_) return !headers.has("if-match");
    const Validators validators = validators_of(now, std::time(nullptr));
    return check_preconditions("PUT", headers, validators) == Verdict::perform;
  }

  // On the pool. Checks again, as another upload may have been faster; none comes between.
  Error replace(int file, Function<Error()> rename) {
    const std::lock_guard lock(root_->replacing());
    check();
    if (status_ != 0) return Error("a precondition has failed");
    if (Error failure = rename()) return failure;
    // Of the file itself: the name may have another one by the time of the answer.
    struct stat now{};
    if (::fstat(file, &now) == 0) etag_ = validators_of(now, std::time(nullptr)).etag;
    return {};
  }

  void receive() {
    if (response_->destroyed()) return;
    // The name stays in this folder, wherever it is moved.
    const auto file = fs::create_replacing_stream_around(
        response_->loop(), fmt::format("/proc/self/fd/{}/{}", folder_.get(), name_), {},
        [self = shared_from_this()](int made, Function<Error()> rename) {
          return self->replace(made, std::move(rename));
        });
    const auto on_received = [self = shared_from_this()](const Error& error) {
      self->on_received(error);
    };
    if (most_)
      pipeline({.destroy_source = false}, request_, limit(), file, on_received);
    else
      pipeline({.destroy_source = false}, request_, file, on_received);
  }

  // Fails at the first byte beyond the limit: the length of a chunked body is not known before.
  Ref<Transform> limit() {
    auto pass = [self = shared_from_this(), left = *most_](Transform& out, Chunk chunk,
                                                           Done done) mutable {
      if (chunk.size() > left) {
        self->status_ = kPayloadTooLarge;
        return done(Error("the body is too long"));
      }
      left -= chunk.size();
      out.push(std::move(chunk));
      done();
    };
    return Transform::make(response_->loop(), {.transform = std::move(pass)});
  }

  void on_received(const Error& error) {
    if (response_->destroyed()) return;
    if (status_ != 0) return refuse(status_);
    if (error) {
      const bool is_full = error.code() == std::errc::no_space_on_device ||
                           error.code() == std::error_code(EDQUOT, std::system_category()) ||
                           error.code() == std::make_error_code(std::errc::file_too_large);
      const bool is_forbidden = error.code() == std::errc::permission_denied ||
                                error.code() == std::errc::read_only_file_system;
      return refuse(is_full        ? kInsufficientStorage
                    : is_forbidden ? kForbidden
                                   : kInternalServerError);
    }
    if (!etag_.empty()) response_->set_header("ETag", etag_);
    response_->set_status_code(exists_ ? kNoContent : kCreated);
    if (!exists_) response_->set_header("Content-Length", 0);
    response_->end();
  }

  void refuse(int status) {
    if (response_->destroyed() || response_->headers_sent()) return;
    http::refuse(*response_, status);
    // The rest of the body, which would hold up the connection.
    request_->resume();
  }

  std::shared_ptr<const ServedFolder> root_;
  std::optional<std::uint64_t> most_;
  std::string folder_path_;
  std::string name_;
  Ref<IncomingMessage> request_;
  Ref<ServerResponse> response_;
  fs::UniqueFd folder_;
  bool exists_ = false;  // at the last look, before it was replaced
  int status_ = 0;       // of a refusal
  std::string etag_;     // of the new file
};

// Empty for a body in chunks. The parser has checked the header.
std::optional<std::uint64_t> length_of(const Headers& headers) {
  const auto field = headers.first("content-length");
  std::uint64_t length = 0;
  if (!field) return std::nullopt;
  const auto [end, failed] = std::from_chars(field->data(), field->data() + field->size(), length);
  return failed == std::errc() ? std::optional(length) : std::nullopt;
}

// Whether all elements of all lines with this name are `coding`.
bool has_only(const Headers& headers, std::string_view name, std::string_view coding) {
  bool has_other = false;
  for (const std::string_view line : headers.get_all(name))
    for_each_element(line, [&](std::string_view element) {
      if (!same_name(element, coding)) has_other = true;
    });
  return !has_other;
}

// The status for a request that is not the whole file as it is, or too long.
std::optional<int> refusal_of(const Headers& headers, std::optional<std::uint64_t> most) {
  if (headers.has("content-range")) return kBadRequest;
  // The parser has undone the chunks alone.
  if (!has_only(headers, "transfer-encoding", "chunked")) return kNotImplemented;
  if (!has_only(headers, "content-encoding", "identity")) return kUnsupportedMediaType;
  if (const auto length = length_of(headers); most && length > most) return kPayloadTooLarge;
  return std::nullopt;
}

}  // namespace

void receive_file(std::shared_ptr<const ServedFolder> root, const std::string& path,
                  std::optional<std::uint64_t> most, IncomingMessage& request,
                  ServerResponse& response) {
  if (const auto status = refusal_of(request.headers(), most)) return refuse(response, *status);
  std::make_shared<Upload>(std::move(root), path, most, request, response)->begin();
}

}  // namespace weir::http
