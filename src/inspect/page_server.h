// The HTTP server of an inspector's page: the files of the page, and the checks of every request.
#pragma once

#include "inspect/request_gate.h"
#include <weir/base/function.h>
#include <weir/http/server.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::internal {

class PageServer {
 public:
  // For a request that is neither refused nor for a file: GET, HEAD, or POST, with the token. A
  // POST comes from a page of this server. `path` is relative to the page.
  using Answer =
      Function<void(http::IncomingMessage&, http::ServerResponse&, std::string_view path)>;

  // A page that takes no data for `write_timeout` is disconnected; 0: never.
  PageServer(Loop& loop, std::string host, std::string token,
             std::chrono::milliseconds write_timeout, Answer answer);
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  http::Server& server() const noexcept { return *server_; }
  void listen(std::int64_t port) { server_->listen(port, host_); }
  // The page's address; empty while it does not listen.
  std::string url() const;
  void on_listening(Function<void(const std::string& url)> listening);
  void on_error(Function<void(const Error&)> failed) { failed_ = std::move(failed); }
  void close();

  static void refuse(http::ServerResponse& response, int status, std::string_view reason);
  static void answer_text(http::ServerResponse& response, std::string_view type,
                          std::string_view text);

 private:
  void on_request(http::IncomingMessage& request, http::ServerResponse& response);
  bool is_refused(const http::IncomingMessage& request, http::ServerResponse& response) const;

  Loop& loop_;
  const std::string host_;
  const std::string token_;
  RequestGate gate_;
  Answer answer_;
  Ref<http::Server> server_;
  Function<void(const std::string&)> listening_;
  SharedFunction<void(const Error&)> failed_;  // copied for each call, which may replace it
};

// Throws ERR_INVALID_ARG_VALUE for another host than this machine's without a token, and for a
// token with other characters than those of a URL.
void check_access(const std::string& host, const std::string& token);

}  // namespace weir::internal
