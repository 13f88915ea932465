// weir/http/file_server.h - FileServer: serves the files of a folder. Express's static.
//
//   weir::http::FileServer files("public");
//   auto server = weir::http::create_server(loop, {.allow_half_open = true, .write_timeout = 60s},
//                                           files);
//
//   auto server = weir::http::create_server(loop, [assets = weir::http::FileServer(
//                                                      "assets", {.prefix = "/assets"})](
//                                                     auto& request, auto& response) {
//     if (request.url().starts_with("/assets/")) return assets(request, response);
//     ...
//   });
//
// Rules:
// - GET and HEAD are answered as by send_file (weir/http/send_file.h): byte ranges, 304 and 412.
//   OPTIONS is answered with the allowed methods, any other method with 405; see `writable`.
// - No URL and no link leads out of the folder: 403. A link to a target inside is followed, also
//   an absolute one. The kernel guarantees this during renames too (openat2); without openat2, each
//   file's location is checked before it is read.
// - The folder is opened when the FileServer is created. Renaming it later does not matter.
// - A folder's URL ends with a slash: a URL without it is redirected, with its query. The
//   response is the folder's index page, or else a list of its files and folders, sorted by
//   name; by "?sort=size" or "?sort=time" otherwise, and reversed by "&order=desc".
// - Only regular files are sent; a FIFO, a device or a socket is a 403.
// - Names that begin with a dot are served like others.
//
// Content codings: with `precompressed` or `encoders`, the response depends on Accept-Encoding,
// with its weights; Vary says so. A coding that is not mentioned is not used. Among those of one
// weight, a file beside the requested one comes before an encoder, and then the order is zstd, br,
// gzip; for encoders, theirs. Ranges are parts of the bytes that are sent: of a compressed file, or
// else of the file itself, since an encoder's output has no known length.
//
// Uploads: with `writable`, PUT replaces or creates a file: 204 or 201. The request's body is
// written to a new file, which takes the name once it is complete (weir/fs/replacing_stream.h): a
// client that leaves changes nothing. If-Match and If-None-Match are checked when the upload
// begins, and again when the file takes the name: 412. No upload of this FileServer or its copies
// comes between that check and the name. A missing folder, or a name that is a folder, is a
// 409; a link is a 403; a part (Content-Range) is a 400, an encoded body a 415, another
// Transfer-Encoding than "chunked" a 501, and more than `max_upload` a 413.
//
// Files whose names the system has in its cache are opened on the loop's thread (RESOLVE_CACHED,
// Linux 5.12); the thread pool opens others, and lists folders. A name is examined before it is
// opened, so a FIFO or a device is not opened; while it is requested often, once a second. Copies
// of a FileServer serve the same folder; each Loop's thread needs its own copy.
#pragma once

#include <weir/base/ref.h>
#include <weir/http/send_file.h>
#include <weir/loop/loop.h>
#include <weir/stream/duplex.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

// A Cache-Control header for the files that a pattern matches: of their names ("*.js"), or, with a
// slash, of their paths in the folder ("assets/*"). *, ? and [] are as in a shell; * matches no
// slash.
struct CacheRule {
  std::string pattern;
  std::string cache_control;
};

// Compresses responses:
//   {"gzip", [](weir::Loop& loop) -> weir::Ref<weir::Duplex> {
//      return weir::zlib::create_gzip(loop);
//    }}
struct ContentEncoder {
  std::string coding;  // as in Accept-Encoding: "gzip", "br", "zstd"
  Ref<Duplex> (*make)(Loop& loop);
};

// A user of HTTP Basic authentication.
struct BasicUser {
  std::string name;  // without a colon
  std::string password;
};

struct FileServerOptions {
  std::string prefix = {};  // with "/a", the URL "/a/x" is the file "x"; other URLs are 404
  std::string index = "index.html";         // a folder's index page; empty: none
  bool listing = true;                      // list a folder without an index page; otherwise 404
  std::string cache_control = {};           // as in SendFileOptions
  std::vector<CacheRule> cache_rules = {};  // the first that matches replaces cache_control

  // Send "x.zst", "x.br" or "x.gz" for "x" to clients that accept it, if it is not older than "x".
  bool precompressed = false;
  // Compress types that gain from it (text, JSON, SVG, ...) from 512 bytes on.
  std::vector<ContentEncoder> encoders = {};

  // The Access-Control-Allow-Origin header: "*" or an origin. Answers preflights. Empty: none.
  std::string cors = {};
  // The page for a URL without a file, of a single-page application: for GET and HEAD of a path
  // whose last part has no dot, if the client accepts HTML. Its status is 200. Empty: none.
  std::string spa = {};
  bool writable = false;  // accept PUT
  // The most bytes of a PUT's body; a longer one is a 413, and changes nothing. Empty: no limit.
  std::optional<std::uint64_t> max_upload = {};
  // Those who may make requests; empty: everybody. Others get a 401. Use TLS: the client sends the
  // password with every request. Passwords are compared in a time that depends on their lengths
  // only.
  std::vector<BasicUser> users = {};
  std::string realm = "files";  // what the client shows when it asks for a password

  FileFailed failed = {};  // not called for 401, 405, 412, 416, and those of uploads
};

class FileServer {
 public:
  // ERRORS: throws the system's error if the folder cannot be opened ("ENOTDIR: not a directory,
  // open 'x'"), ERR_INVALID_ARG_VALUE for a prefix that is not a path, and ERR_INVALID_CHAR for an
  // option that is not a valid header.
  explicit FileServer(const std::string& folder, FileServerOptions options = {});
  // The copy serves the same folder, and may be used on another thread.
  FileServer(const FileServer& other);
  FileServer(FileServer&& other) noexcept = default;
  FileServer& operator=(FileServer other) noexcept {
    core_.swap(other.core_);
    return *this;
  }
  ~FileServer() = default;

  // Sends the response. Does nothing if the response was destroyed. The FileServer may be destroyed
  // before the response is sent. REQUIRES, ERRORS, CALLS BACK: as send_file.
  void answer(IncomingMessage& request, ServerResponse& response) const;
  // Calls answer, so that a FileServer can be a listener of create_server.
  void operator()(IncomingMessage& request, ServerResponse& response) const {
    answer(request, response);
  }

 private:
  class Core;

  std::shared_ptr<Core> core_;
};

}  // namespace weir::http
