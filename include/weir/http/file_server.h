// weir/http/file_server.h - FileServer: serves the files of a directory. Express's static.
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
//   OPTIONS is answered with the allowed methods, any other method with 405.
// - No URL and no link leads out of the directory: 403. A link to a target inside is followed, also
//   an absolute one. The kernel guarantees this during renames too (openat2); without openat2, each
//   file's location is checked before it is read.
// - The directory is opened when the FileServer is created. Renaming it later does not matter.
// - A directory's URL ends with a slash: a URL without it is redirected, with its query. The
//   response is the directory's index page, or else a list of its files and directories.
// - Only regular files are opened and sent; a FIFO, a device or a socket is a 403.
// - Names that begin with a dot are served like others.
//
// Files whose names the system has in its cache are opened on the loop's thread (RESOLVE_CACHED,
// Linux 5.12); the thread pool opens others, and lists directories. A name is examined before it is
// opened, so a FIFO or a device is not opened; while it is requested often, once a second. Copies
// of a FileServer serve the same directory; each Loop's thread needs its own copy.
#pragma once

#include <weir/http/send_file.h>

#include <memory>
#include <string>

namespace weir::http {

struct FileServerOptions {
  std::string prefix = {};  // with "/a", the URL "/a/x" is the file "x"; other URLs are 404
  std::string index = "index.html";  // a directory's index page; empty: none
  bool listing = true;               // list a directory without an index page; otherwise 404
  std::string cache_control = {};    // as in SendFileOptions
  FileFailed failed = {};            // not called for 405, 412 and 416
};

class FileServer {
 public:
  // ERRORS: throws the system's error if the directory cannot be opened ("ENOTDIR: not a directory,
  // open 'x'"), and ERR_INVALID_ARG_VALUE for a prefix that is not a path.
  explicit FileServer(const std::string& folder, FileServerOptions options = {});
  // The copy serves the same directory, and may be used on another thread.
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
  struct Site;
  class Core;

  std::shared_ptr<Core> core_;
};

}  // namespace weir::http
