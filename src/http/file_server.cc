#include <weir/http/file_server.h>

#include "http/accept_encoding.h"
#include "http/basic_auth.h"
#include "http/file_response.h"
#include "http/known_files.h"
#include "http/listing.h"
#include "http/media_type.h"
#include "http/opened_file.h"
#include "http/request_path.h"
#include "http/served_folder.h"
#include "http/status_code.h"
#include "http/upload.h"
#include "loop/loop_core.h"
#include "loop/pool.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/http/errors.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fnmatch.h>

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

// What the copies of a FileServer share. Thread-safe: lookups are also made on the pool.
struct Site {
  Site(const std::string& root, FileServerOptions given)
      : folder(root), options(std::move(given)), prefix(folder_of_prefix(options.prefix)) {
    validate_header_value("Cache-Control", options.cache_control);
    for (const CacheRule& rule : options.cache_rules)
      validate_header_value("Cache-Control", rule.cache_control);
    validate_header_value("Access-Control-Allow-Origin", options.cors);
    validate_header_value("WWW-Authenticate", options.realm);
    for (const ContentEncoder& encoder : options.encoders) codings.push_back(encoder.coding);
  }

  std::string_view cache_control(const std::string& path) const {
    const auto slash = path.rfind('/');
    const char* const name = path.c_str() + (slash == path.npos ? 0 : slash + 1);
    for (const CacheRule& rule : options.cache_rules) {
      const bool is_path = rule.pattern.find('/') != rule.pattern.npos;
      if (::fnmatch(rule.pattern.c_str(), is_path ? path.c_str() : name, FNM_PATHNAME) == 0)
        return rule.cache_control;
    }
    return options.cache_control;
  }

  ServedFolder folder;
  FileServerOptions options;
  std::string prefix;                     // "a/b"
  std::vector<std::string_view> codings;  // of the encoders
};

// A file beside the requested one that has its content in a coding.
struct Variant {
  std::string_view coding;
  std::string_view suffix;
};
constexpr std::array<Variant, 3> kVariants{{{"zstd", ".zst"}, {"br", ".br"}, {"gzip", ".gz"}}};

// Whether the variant was made from the file as it is. A whole second may be the time of a tool
// that keeps no parts of it.
bool is_current(const struct stat& variant, const struct stat& file) noexcept {
  const timespec& made = variant.st_mtim;
  const timespec& changed = file.st_mtim;
  if (made.tv_sec != changed.tv_sec) return made.tv_sec > changed.tv_sec;
  return made.tv_nsec == 0 || made.tv_nsec >= changed.tv_nsec;
}

// A request that is being answered.
struct Turn {
  IncomingMessage& request;
  ServerResponse& response;
  RequestPath target;
  bool is_plain;  // the program has set neither headers nor a status
};

bool is_read(const IncomingMessage& request) noexcept {
  return request.method() == "GET" || request.method() == "HEAD";
}

// Whether a browser asks for a page of an application, not for a missing file.
bool is_for_page(const Turn& turn) {
  const std::string& path = turn.target.path;
  const auto slash = path.rfind('/');
  if (path.find('.', slash == path.npos ? 0 : slash) != path.npos) return false;
  const auto accepted = turn.request.headers().get("accept");
  return !accepted || accepted->find("text/html") != accepted->npos ||
         accepted->find("*/*") != accepted->npos;
}

}  // namespace

class FileServer::Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(std::shared_ptr<Site> site) noexcept : site_(std::move(site)) {}

  const std::shared_ptr<Site>& site() const noexcept { return site_; }

  void answer(IncomingMessage& request, ServerResponse& response) {
    const bool is_plain = response.get_headers().empty() && response.status_code() == kOk;
    set_common_headers(response);
    if (!options().cors.empty()) {
      set_cors(response, options().cors);
      if (is_preflight(request)) return answer_preflight(request, response);
    }
    if (!options().users.empty() && !is_authorized(request)) return ask_who(response);
    const bool is_upload = options().writable && request.method() == "PUT";
    if (!is_read(request) && !is_upload) return answer_other_method(request, response);
    RequestPath target = parse_request_path(request.url());
    if (target.refusal)
      return fail(options().failed, request, response, *target.refusal,
                  Error(Errc::invalid_url, "Invalid URL: " + request.url()));
    std::optional<std::string> path = path_below(site_->prefix, target.path);
    if (!path) return fail_to_open(options().failed, request, response, ENOENT, target.path);
    if (is_upload) return receive(target, *path, request, response);
    find({request, response, std::move(target), is_plain}, *std::move(path),
         [this](Turn& turn, OpenedFile found, const std::string& at) {
           on_found(turn, std::move(found), at);
         });
  }

 private:
  FileServerOptions& options() const noexcept { return site_->options; }

  // --- Requests that are not for a file. ---

  bool is_authorized(const IncomingMessage& request) const {
    const auto credentials = request.headers().first("authorization");
    return credentials && authorized_user(*credentials, options().users);
  }

  void ask_who(ServerResponse& response) const {
    response.set_header("WWW-Authenticate", challenge(options().realm));
    refuse(response, kUnauthorized);
  }

  static bool is_preflight(const IncomingMessage& request) {
    return request.method() == "OPTIONS" && request.headers().has("origin") &&
           request.headers().has("access-control-request-method");
  }

  // Carries no credentials, so it is answered without.
  void answer_preflight(const IncomingMessage& request, ServerResponse& response) const {
    response.set_header("Access-Control-Allow-Methods", methods());
    if (const auto headers = request.headers().first("access-control-request-headers"))
      response.set_header("Access-Control-Allow-Headers", *headers);
    response.set_header("Access-Control-Max-Age", "600");
    response.set_status_code(kNoContent);
    response.end();
  }

  std::string_view methods() const noexcept {
    return options().writable ? "GET, HEAD, PUT, OPTIONS" : "GET, HEAD, OPTIONS";
  }

  void answer_other_method(const IncomingMessage& request, ServerResponse& response) const {
    response.set_header("Allow", methods());
    if (request.method() != "OPTIONS") return refuse(response, kMethodNotAllowed);
    response.set_status_code(kNoContent);
    response.end();
  }

  void receive(const RequestPath& target, const std::string& path, IncomingMessage& request,
               ServerResponse& response) const {
    if (target.is_folder || path.empty()) return refuse(response, kConflict);
    receive_file({site_, &site_->folder}, path, options().max_upload, request, response);
  }

  // --- Lookups. ---

  // Calls `then(turn, file, path)` now if the system finds the file without waiting for a disk,
  // else after a lookup on the pool.
  template <class Then>
  void find(Turn turn, std::string path, Then then) {
    KnownFiles::Name& name = known_.at(path);
    const std::time_t now = std::time(nullptr);
    const auto open = [&](int flags) { return site_->folder.open_cached(path, flags); };
    OpenedFile found =
        name.may_be_opened(now) ? OpenedFile::find_examined(open) : OpenedFile::find(open);
    if (found.error() == EAGAIN)
      return find_on_pool(std::move(turn), std::move(path), std::move(then));
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
        [lookup, then = std::move(then)](Turn& later) mutable {
          then(later, *std::move(lookup->found), lookup->path);
        });
  }

  // Calls `done(turn)` after `work()` on the pool, unless another response was sent meanwhile.
  template <class Work, class Done>
  void on_pool(Turn turn, Work work, Done done) {
    const Ref<IncomingMessage> request(&turn.request);
    const Ref<ServerResponse> response(&turn.response);
    internal::run_on_pool(response->loop().core(), std::move(work),
                          [core = this->shared_from_this(), request, response,
                           turn = std::move(turn), done = std::move(done)]() mutable {
                            if (response->destroyed() || response->headers_sent()) return;
                            // The program may have set headers meanwhile.
                            turn.is_plain = false;
                            done(turn);
                          });
  }

  // --- What was found. ---

  void on_found(Turn& turn, OpenedFile found, const std::string& path) {
    if (found.is_folder()) return answer_folder(turn, path);
    const int error = found.error() == 0 && turn.target.is_folder ? ENOTDIR : found.error();
    if (error == 0) return send(turn, std::move(found), path);
    const bool is_missing = error == ENOENT || error == ENOTDIR;
    if (!is_missing || options().spa.empty() || !is_for_page(turn))
      return fail_to_open(options().failed, turn.request, turn.response, error, path);
    find(std::move(turn), options().spa,
         [this, error, path](Turn& later, OpenedFile page, const std::string& at) {
           if (page.is_file()) return send(later, std::move(page), at);
           fail_to_open(options().failed, later.request, later.response, error, path);
         });
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
      ListingOrder order;
      std::string page = {};
      int error = 0;
    };
    const std::string& shown = turn.target.path;
    auto listing = std::make_shared<Listing>(site_, path, "/" + shown + (shown.empty() ? "" : "/"),
                                             listing_order(turn.target.query));
    on_pool(
        std::move(turn),
        [listing] {
          try {
            listing->page = listing_page(listing->site->folder, listing->path, listing->title,
                                         !listing->path.empty(), listing->order);
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

  // --- Files and their codings. ---

  void send(Turn& turn, OpenedFile file, const std::string& path) {
    FileLines lines{.content_type = {},
                    .cache_control = site_->cache_control(path),
                    .allow_origin = options().cors};
    const bool may_encode =
        turn.response.status_code() == kOk && !turn.response.has_header("content-encoding");
    if (!may_encode || (!options().precompressed && options().encoders.empty()))
      return respond(turn, std::move(file), path, lines, path);
    lines.varies = options().precompressed || is_compressible(media_type(path));
    const auto accepted = turn.request.headers().get("accept-encoding");
    send_variant(std::move(turn), std::move(file), path, lines, accepted.value_or(""), 0);
  }

  // Tries the variants from this index on, then the encoders, then the file itself.
  void send_variant(Turn turn, OpenedFile file, const std::string& path, const FileLines& lines,
                    const std::string& accepted, std::size_t index) {
    static constexpr auto kCodings = [] {
      std::array<std::string_view, kVariants.size()> names;
      std::ranges::transform(kVariants, names.begin(), &Variant::coding);
      return names;
    }();
    // In the order of the client's weights.
    const auto order =
        options().precompressed ? by_weight(accepted, kCodings) : std::vector<std::size_t>();
    if (index == order.size()) return encode(turn, std::move(file), path, lines, accepted);
    const Variant& variant = kVariants[order[index]];
    find(std::move(turn), path + std::string(variant.suffix),
         [this, file = std::move(file), path, lines, accepted, index, variant](
             Turn& later, OpenedFile found, const std::string& at) mutable {
           if (!found.is_file() || !is_current(found.stat(), file.stat()))
             return send_variant(std::move(later), std::move(file), path, lines, accepted,
                                 index + 1);
           FileLines encoded = lines;
           encoded.content_type = media_type(path);
           encoded.content_encoding = variant.coding;
           // Not the head of the variant's own URL.
           respond(later, std::move(found), at, encoded, at + '\n');
         });
  }

  void encode(Turn& turn, OpenedFile file, const std::string& path, const FileLines& lines,
              const std::string& accepted) {
    constexpr std::uint64_t kWorthIt = 512;
    const bool is_possible = file.size() >= kWorthIt && !turn.request.headers().has("range") &&
                             is_compressible(media_type(path));
    const auto coding = is_possible ? best_coding(accepted, site_->codings) : std::nullopt;
    if (!coding) return respond(turn, std::move(file), path, lines, path);
    const ContentEncoder& encoder = options().encoders[*coding];
    FileLines encoded = lines;
    encoded.content_encoding = encoder.coding;
    respond_encoded(std::move(file), path, encoded, encoder.make, turn.request, turn.response);
  }

  // `key`: under which the prepared head is known.
  void respond(Turn& turn, OpenedFile file, const std::string& path, const FileLines& lines,
               std::string_view key) {
    respond_with(std::move(file), path, lines, turn.request, turn.response,
                 turn.is_plain ? &known_.at(key).head : nullptr);
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
