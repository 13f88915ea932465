// The responses of send_file and FileServer: an opened file, or a status.
#pragma once

#include "http/opened_file.h"
#include <weir/http/events.h>
#include <weir/http/send_file.h>

#include <string>
#include <string_view>
#include <utility>

namespace weir::http {

struct FileLines {
  std::string_view content_type;
  std::string_view cache_control;
};

// The file or a part of it, 304, 412 or 416. REQUIRES: file.is_file().
void respond_with(OpenedFile file, const std::string& path, const FileLines& lines,
                  IncomingMessage& request, ServerResponse& response);

// The status and its text.
void refuse(ServerResponse& response, int status);

// `failed` where there is one, else refuse.
void fail(FileFailed& failed, IncomingMessage& request, ServerResponse& response, int status,
          const Error& error);
// The same of a file that could not be opened, with the status that the errno stands for.
void fail_to_open(FileFailed& failed, IncomingMessage& request, ServerResponse& response,
                  int error_number, std::string_view path);

// A file is opened when it is the response's turn: of pipelined requests, one at a time. By then
// the program may have answered otherwise.
template <class F>
void at_turn_of(ServerResponse& response, F call) {
  if (response.destroyed()) return;
  if (response.connection()) return call();
  response.once<SocketEvent>([&response, call = std::move(call)]() mutable {
    if (!response.headers_sent()) call();
  });
}

}  // namespace weir::http
