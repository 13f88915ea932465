// Decides which requests the inspector answers.
#pragma once

#include <weir/http/incoming_message.h>

#include <string>
#include <string_view>

namespace weir::internal {

// The address of this machine alone: "127.0.0.1", "::1", "localhost".
bool is_loopback(std::string_view host) noexcept;

// "/a/b?token=x": "a/b" and "x".
struct InspectorTarget {
  std::string_view path;
  std::string_view token;
};
InspectorTarget target_of(std::string_view url) noexcept;

class RequestGate {
 public:
  RequestGate(std::string host, std::string token);

  // Without a token: true if the Host header names this machine, or the host that the server
  // listens on. A page of a foreign name that leads to this machine has that name there.
  bool is_expected_host(const http::IncomingMessage& request) const;
  // True if the request has the token, in its URL or in X-Weir-Token, or none is required.
  bool has_token(const http::IncomingMessage& request) const;

 private:
  std::string host_;
  std::string token_;
};

}  // namespace weir::internal
