#include "weir/file_server.h"

#include "weir/conditions.h"
#include "weir/http_date.h"
#include "weir/listing.h"
#include "weir/media_type.h"
#include <weir/http/status.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tool {
namespace {

namespace http = weir::http;

void refuse(http::ServerResponse& response, int status) {
  response.set_header("Content-Type", "text/plain; charset=utf-8");
  response.set_status_code(status);
  response.end(fmt::format("{} {}\n", status, http::status_text(status)));
}

int status_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return 403;
    case EMFILE:
    case ENFILE:
      return 503;
    default:
      return 404;  // a name that is too long, or goes through a file, is nobody's
  }
}

// Where the descriptor really is, links followed; nothing where that cannot be known.
std::optional<std::string> place_of(int fd) {
  std::error_code unknown;
  const auto place = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), unknown);
  if (unknown) return std::nullopt;
  return place.string();
}

}  // namespace

// What is there, or the status that says why it is not sent.
class FileServer::Opened {
 public:
  explicit Opened(int refusal) noexcept : refusal_(refusal) {}
  Opened(int fd, const struct stat& stat) noexcept : fd_(fd), stat_(stat) {}
  Opened(Opened&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), stat_(other.stat_), refusal_(other.refusal_) {}
  Opened& operator=(Opened&&) = delete;
  ~Opened() {
    if (fd_ >= 0) ::close(fd_);
  }

  int refusal() const noexcept { return refusal_; }
  int fd() const noexcept { return fd_; }
  const struct stat& stat() const noexcept { return stat_; }
  std::uint64_t size() const noexcept { return static_cast<std::uint64_t>(stat_.st_size); }
  bool is_file() const noexcept { return fd_ >= 0 && S_ISREG(stat_.st_mode); }
  bool is_folder() const noexcept { return fd_ >= 0 && S_ISDIR(stat_.st_mode); }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
  struct stat stat_{};
  int refusal_ = 0;
};

FileServer::FileServer(weir::Loop& loop, const std::string& folder) : loop_(loop) {
  std::error_code error;
  root_ = std::filesystem::canonical(folder, error).string();
  if (!error && !std::filesystem::is_directory(root_, error))
    error = std::make_error_code(std::errc::not_a_directory);
  if (error) throw weir::Error::system(error.value(), "open", folder);
  if (root_ == "/") root_.clear();
}

// The descriptor is asked where it is: a link that is changed meanwhile does not lead anybody out.
FileServer::Opened FileServer::open(const std::string& path) const {
  // A FIFO is not waited for.
  const int fd = ::open(fmt::format("{}/{}", root_, path).c_str(),
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return Opened(status_of(errno));
  struct stat stat{};
  if (::fstat(fd, &stat) != 0) {
    ::close(fd);
    return Opened(500);
  }
  Opened opened(fd, stat);
  const auto place = place_of(fd);
  if (!place || !(*place + "/").starts_with(root_ + "/")) return Opened(403);
  if (!opened.is_file() && !opened.is_folder()) return Opened(403);
  return opened;
}

void FileServer::answer(http::IncomingMessage& request, http::ServerResponse& response) {
  // Many requests may come one behind the other: their files are opened one behind the other.
  if (!response.connection())
    return void(response.once<http::SocketEvent>(
        [this, &response] { answer(response.request(), response); }));
  response.set_header("X-Content-Type-Options", "nosniff");
  if (request.method() != "GET" && request.method() != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    return refuse(response, 405);
  }
  const RequestPath path = parse_request_path(request.url());
  if (path.refusal) return refuse(response, *path.refusal);
  Opened opened = open(path.path);
  if (opened.refusal() != 0) return refuse(response, opened.refusal());
  if (opened.is_folder()) return answer_folder(opened, path, response);
  if (path.is_folder) return refuse(response, 404);
  send_file(std::move(opened), path.path, response);
}

void FileServer::answer_folder(const Opened& folder, const RequestPath& path,
                               http::ServerResponse& response) {
  if (!path.is_folder) {
    // Links of the page lead on from where it is.
    std::string there = "/";
    for (const auto& part : std::filesystem::path(path.path))
      there += encode_path_part(part.string()) + "/";
    response.set_header("Location", there);
    return refuse(response, 301);
  }
  const std::string index = path.path.empty() ? "index.html" : path.path + "/index.html";
  if (Opened page = open(index); page.is_file()) return send_file(std::move(page), index, response);
  std::string page;
  try {
    page = listing_page(folder.fd(), path.path);
  } catch (const weir::Error& error) {
    return refuse(response, status_of(error.code().value()));
  }
  response.set_header("Content-Type", "text/html; charset=utf-8");
  response.set_header("Cache-Control", "no-cache");
  response.end(page);
}

void FileServer::send_file(Opened file, std::string_view name, http::ServerResponse& response) {
  const http::Headers& wanted = response.request().headers();
  const Validators now = validators_of(file.stat());
  response.set_header("ETag", now.etag);
  response.set_header("Last-Modified", http_date(now.modified));
  response.set_header("Accept-Ranges", "bytes");
  if (is_known(wanted, now)) {
    response.set_status_code(304);
    return static_cast<void>(response.end());
  }
  const bool is_get = response.request().method() == "GET";
  const WantedRange part = is_get ? wanted_range(wanted, now, file.size()) : WantedRange();
  if (part.kind == WantedRange::Kind::nowhere) {
    response.set_header("Content-Range", fmt::format("bytes */{}", file.size()));
    return refuse(response, 416);
  }
  std::uint64_t length = file.size();
  ByteRange range{0, length - 1};
  if (part.kind == WantedRange::Kind::part) {
    range = part.range;
    length = range.size();
    response.set_header("Content-Range",
                        fmt::format("bytes {}-{}/{}", range.first, range.last, file.size()));
    response.set_status_code(206);
  }
  response.set_header("Content-Type", media_type(name));
  response.set_header("Content-Length", length);
  if (length == 0 || !is_get) return static_cast<void>(response.end());

  // A file that grows meanwhile is sent as it was; one that shrinks ends the connection, for its
  // length is promised.
  response.set_strict_content_length(true);
  const auto stream = weir::fs::create_read_stream(loop_, std::string(name),
                                                   {.fd = file.release(),
                                                    .start = static_cast<std::int64_t>(range.first),
                                                    .end = static_cast<std::int64_t>(range.last)});
  weir::pipeline(stream, weir::Ref(&response), [](const weir::Error&) {});
}

}  // namespace tool
