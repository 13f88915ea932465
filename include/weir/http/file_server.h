// weir/http/file_server.h - answers requests with the files below a folder: Express's static.
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
// - GET and HEAD are answered as send_file answers them (weir/http/send_file.h): in parts, 304,
//   412. OPTIONS is answered with what is allowed, any other method with 405.
// - No URL leads out of the folder, nor does a link in it: 403. A link to what is in the folder is
//   followed, an absolute one too. The kernel sees to it (openat2), whatever is renamed meanwhile;
//   where it cannot, each file is asked where it is before it is read.
// - The folder is the one that has the name when this is made. It is served on if it is renamed.
// - A folder's URL ends with a slash: one without is redirected there, with its query. The response
//   is the folder's index page, or else a list of the files and folders that are served.
// - Only regular files are sent; a FIFO, a device or a socket is a 403, and is not opened.
// - Names that begin with a dot are served as any others are.
//
// Files are opened and folders listed on the loop's thread: meant for local disks, whose names the
// system has at hand. Copies serve the same folder, on any Loop's thread if each has its own.
#pragma once

#include <weir/http/send_file.h>

#include <memory>
#include <string>

namespace weir::http {

struct FileServerOptions {
  std::string prefix = {};           // of the URLs: with "/a", "/a/x" is the file "x"; others: 404
  std::string index = "index.html";  // the page of a folder that has it; empty: none
  bool listing = true;               // of folders without such a page; without it they are a 404
  std::string cache_control = {};    // as SendFileOptions'
  FileFailed failed = {};            // not called for 405, 412 and 416
};

class FileServer {
 public:
  // ERRORS: throws the system's where the folder cannot be opened ("ENOTDIR: not a directory, open
  // 'x'"), ERR_INVALID_ARG_VALUE for a prefix that no URL has.
  explicit FileServer(const std::string& folder, FileServerOptions options = {});

  // Answers the request. Nothing happens where the response was destroyed. This may be gone by the
  // time of the response's turn. REQUIRES, ERRORS, CALLS BACK: as send_file.
  void answer(IncomingMessage& request, ServerResponse& response) const;
  // The same, so that it is a listener of create_server.
  void operator()(IncomingMessage& request, ServerResponse& response) const {
    answer(request, response);
  }

 private:
  class Core;

  std::shared_ptr<Core> core_;
};

}  // namespace weir::http
