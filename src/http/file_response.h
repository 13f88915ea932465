// Responses of send_file and FileServer: an opened file, or a status.
#pragma once

#include "http/known_files.h"
#include "http/opened_file.h"
#include <weir/http/events.h>
#include <weir/http/send_file.h>
#include <weir/loop/loop.h>
#include <weir/stream/duplex.h>

#include <string>
#include <string_view>
#include <utility>

namespace weir::http {

struct FileLines {
  std::string_view content_type;  // empty: by the extension
  std::string_view cache_control;
  std::string_view content_encoding = {};
  bool varies = false;                 // by Accept-Encoding
  std::string_view allow_origin = {};  // of other sites' scripts
};

// Sends the file or a part of it, 304, 412 or 416. Uses `prepared`, if given, and renews it for
// another state of the file. REQUIRES: file.is_file(); with `prepared`, the program has set neither
// headers nor a status.
void respond_with(OpenedFile file, const std::string& path, const FileLines& lines,
                  IncomingMessage& request, ServerResponse& response,
                  PreparedHead* prepared = nullptr);

// Makes the stream that encodes a file's bytes on the way.
using MakeEncoder = Ref<Duplex> (*)(Loop& loop);
// The same for a file whose bytes are encoded on the way, as lines.content_encoding says.
void respond_encoded(OpenedFile file, const std::string& path, const FileLines& lines,
                     MakeEncoder make, IncomingMessage& request, ServerResponse& response);

// Adds the headers of every answer of FileServer and send_file. A prepared head has them too.
void set_common_headers(ServerResponse& response);

// Adds the headers that let scripts of another origin read the response. REQUIRES: `origin` is a
// valid header.
void set_cors(ServerResponse& response, std::string_view origin);

// The status of a name that could not be looked up, for its errno.
int status_of(int error);

// Sends the status and its text.
void refuse(ServerResponse& response, int status);

// Calls `failed` if it is set, else refuse.
void fail(FileFailed& failed, IncomingMessage& request, ServerResponse& response, int status,
          const Error& error);
// The same for a file that could not be opened, with the status for the errno.
void fail_to_open(FileFailed& failed, IncomingMessage& request, ServerResponse& response,
                  int error_number, std::string_view path);

// Calls `call` at the response's turn, so that pipelined requests open one file at a time. By then
// the program may have sent another response.
template <class F>
void at_turn_of(ServerResponse& response, F call) {
  if (response.destroyed()) return;
  if (response.connection()) return call();
  response.once<SocketEvent>([&response, call = std::move(call)]() mutable {
    if (!response.headers_sent()) call();
  });
}

}  // namespace weir::http
