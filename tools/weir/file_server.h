// Answers HTTP requests with the files below a folder: whole or in part, not again to who has them,
// and folders as pages.
#pragma once

#include "weir/request_path.h"
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>
#include <weir/weir.h>

#include <string>
#include <string_view>

#include <sys/stat.h>

namespace tool {

class FileServer {
 public:
  // ERRORS: throws the system's where the folder cannot be opened. REQUIRES: the loop outlives it.
  FileServer(weir::Loop& loop, const std::string& folder);

  // Sends what the request asks for, or why not. Looks files up on the loop's thread: names that
  // are served are names that the system has at hand.
  void answer(weir::http::IncomingMessage& request, weir::http::ServerResponse& response);

 private:
  class Opened;

  Opened open(const std::string& path) const;
  void answer_folder(const Opened& folder, const RequestPath& path,
                     weir::http::ServerResponse& response);
  void send_file(Opened file, std::string_view name, weir::http::ServerResponse& response);

  weir::Loop& loop_;
  std::string root_;  // as the system names it; ends without a slash
};

}  // namespace tool
