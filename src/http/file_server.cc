#include <weir/http/file_server.h>

#include "http/file_response.h"
#include "http/known_files.h"
#include "http/listing.h"
#include "http/opened_file.h"
#include "http/request_path.h"
#include "http/served_folder.h"
#include "http/status_code.h"
#include "loop/loop_core.h"
#include "loop/pool.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/http/errors.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <new>
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

// What the copies of a FileServer share. Thread-safe: lookups are also made on the pool.
struct FileServer::Site {
  Site(const std::string& root, FileServerOptions given)
      : folder(root), options(std::move(given)), prefix(folder_of_prefix(options.prefix)) {}

  ServedFolder folder;
  FileServerOptions options;
  std::string prefix;  // "a/b"
};

class FileServer::Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(std::shared_ptr<Site> site) noexcept : site_(std::move(site)) {}

  const std::shared_ptr<Site>& site() const noexcept { return site_; }

  void answer(IncomingMessage& request, ServerResponse& response) {
    const bool is_plain = response.get_headers().empty() && response.status_code() == kOk;
    response.set_header("X-Content-Type-Options", "nosniff");
    if (request.method() != "GET" && request.method() != "HEAD")
      return answer_other_method(request, response);
    RequestPath target = parse_request_path(request.url());
    if (target.refusal)
      return fail(options().failed, request, response, *target.refusal,
                  Error(Errc::invalid_url, "Invalid URL: " + request.url()));
    std::optional<std::string> path = path_below(site_->prefix, target.path);
    if (!path) return fail_to_open(options().failed, request, response, ENOENT, target.path);
    find(Turn{request, response, std::move(target), is_plain}, *std::move(path),
         [this](Turn& turn, OpenedFile found, const std::string& at) {
           on_found(turn, std::move(found), at);
         });
  }

 private:
  // A request that is being answered.
  struct Turn {
    IncomingMessage& request;
    ServerResponse& response;
    RequestPath target;
    bool is_plain;  // the program has set neither headers nor a status
  };

  FileServerOptions& options() const noexcept { return site_->options; }

  // Calls `then(turn, file, path)` now if the system finds the file without waiting for a disk,
  // else after a lookup on the pool.
  template <class Then>
  void find(Turn turn, std::string path, Then then) {
    KnownFiles::Name& name = known_.at(path);
    const std::time_t now = std::time(nullptr);
    const auto open = [&](int flags) { return site_->folder.open_cached(path, flags); };
    OpenedFile found =
        name.may_be_opened(now) ? OpenedFile::find_examined(open) : OpenedFile::find(open);
    if (found.error() == EAGAIN) return find_on_pool(std::move(turn), std::move(path), then);
    if (!found.is_file())
      name.examined = 0;
    else if (!name.may_be_opened(now))
      name.examined = now;
    then(turn, std::move(found), path);
  }

  template <class Then>
  void find_on_pool(Turn turn, std::string path, Then then) {
    struct Lookup {
      std::shared_ptr<Site> site;
      std::string path;
      std::optional<OpenedFile> found = {};
    };
    auto lookup = std::make_shared<Lookup>(site_, std::move(path));
    on_pool(
        std::move(turn),
        [lookup] {
          lookup->found = OpenedFile::find(
              [&](int flags) { return lookup->site->folder.open(lookup->path, flags); });
        },
        [lookup, then](Turn& later) { then(later, *std::move(lookup->found), lookup->path); });
  }

  // Calls `done(turn)` after `work()` on the pool, unless another response was sent meanwhile.
  template <class Work, class Done>
  void on_pool(Turn turn, Work work, Done done) {
    Loop& loop = turn.response.loop();
    internal::run_on_pool(
        loop.core(), std::move(work),
        [core = this->shared_from_this(), request = Ref(&turn.request),
         response = Ref(&turn.response), turn = std::move(turn), done = std::move(done)]() mutable {
          if (response->destroyed() || response->headers_sent()) return;
          // The program may have set headers meanwhile, besides nosniff.
          turn.is_plain &= response->get_headers().size() == 1 && response->status_code() == kOk;
          done(turn);
        });
  }

  void on_found(Turn& turn, OpenedFile found, const std::string& path) {
    auto& [request, response, target, is_plain] = turn;
    if (found.error() != 0)
      return fail_to_open(options().failed, request, response, found.error(), path);
    if (found.is_folder()) return answer_folder(turn, path);
    if (target.is_folder) return fail_to_open(options().failed, request, response, ENOTDIR, path);
    send(turn, std::move(found), path);
  }

  static void answer_other_method(const IncomingMessage& request, ServerResponse& response) {
    response.set_header("Allow", "GET, HEAD, OPTIONS");
    if (request.method() != "OPTIONS") return refuse(response, kMethodNotAllowed);
    response.set_status_code(kNoContent);
    response.end();
  }

  void answer_folder(Turn& turn, const std::string& path) {
    auto& [request, response, target, is_plain] = turn;
    if (!target.is_folder) {
      // Relative links of the page resolve against a URL that ends with a slash.
      response.set_header("Location", folder_url(target.path) + printable_url_part(target.query));
      return refuse(response, kMovedPermanently);
    }
    if (options().index.empty()) return list(turn, path);
    const std::string index = path.empty() ? options().index : path + "/" + options().index;
    find(std::move(turn), index, [this, path](Turn& later, OpenedFile page, const std::string& at) {
      if (page.is_file()) return send(later, std::move(page), at);
      const bool is_missing = page.is_folder() || page.error() == ENOENT || page.error() == ENOTDIR;
      if (is_missing) return list(later, path);
      fail_to_open(options().failed, later.request, later.response, page.error(), at);
    });
  }

  void list(Turn& turn, const std::string& path) {
    if (!options().listing)
      return fail_to_open(options().failed, turn.request, turn.response, ENOENT, path);
    struct Listing {
      std::shared_ptr<Site> site;
      std::string path;
      std::string title;
      std::string page = {};
      int error = 0;
    };
    const std::string& shown = turn.target.path;
    auto listing = std::make_shared<Listing>(site_, path, "/" + shown + (shown.empty() ? "" : "/"));
    on_pool(
        std::move(turn),
        [listing] {
          try {
            listing->page = listing_page(listing->site->folder, listing->path, listing->title,
                                         !listing->path.empty());
          } catch (const Error& error) {
            listing->error = error.code().value();
          } catch (const std::bad_alloc&) {
            listing->error = ENOMEM;
          }
        },
        [this, listing](Turn& later) {
          if (listing->error == 0) return send_listing(listing->page, later.response);
          fail_to_open(options().failed, later.request, later.response, listing->error,
                       listing->path);
        });
  }

  static void send_listing(const std::string& page, ServerResponse& response) {
    response.set_header("Content-Type", "text/html; charset=utf-8");
    response.set_header("Content-Length", page.size());
    response.set_header("Cache-Control", "no-cache");
    response.end(page);
  }

  void send(Turn& turn, OpenedFile file, const std::string& path) {
    respond_with(std::move(file), path,
                 {.content_type = {}, .cache_control = options().cache_control}, turn.request,
                 turn.response, turn.is_plain ? &known_.at(path).head : nullptr);
  }

  std::shared_ptr<Site> site_;
  KnownFiles known_;
};

FileServer::FileServer(const std::string& folder, FileServerOptions options)
    : core_(std::make_shared<Core>(std::make_shared<Site>(folder, std::move(options)))) {}

FileServer::FileServer(const FileServer& other)
    : core_(std::make_shared<Core>(other.core_->site())) {}

void FileServer::answer(IncomingMessage& request, ServerResponse& response) const {
  at_turn_of(response, [core = core_, request = Ref(&request), &response] {
    core->answer(*request, response);
  });
}

}  // namespace weir::http
