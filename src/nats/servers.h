// Servers: the URLs of the program, and those that the cluster has announced since.
//
// Over TLS, a server of the program's must have a certificate for the host of its URL. One that was
// announced by its address needs one for the name of the server that announced it, as in NATS'
// other clients: certificates seldom have addresses. cnats expects one name in all servers of an
// attempt, so the servers are tried in groups.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nats/nats.h>

namespace weir::nats::internal {

struct ServerGroup {
  std::string name;  // in their certificates; empty: the host of each URL
  std::vector<std::string> urls;
};

class Servers {
 public:
  explicit Servers(std::vector<std::string> given);

  // Keeps what the server of an open connection has announced.
  void learn(natsConnection* connection);

  // All of them, in groups of random order. Those of the program are in one group.
  std::vector<ServerGroup> groups(std::minstd_rand& random) const;
  bool is_one() const noexcept { return given_.size() + announced_.size() == 1; }
  // If a URL of the program demands TLS, which cnats would not see.
  bool need_tls() const noexcept;
  // Those of the program, without passwords: for error messages.
  const std::string& text() const noexcept { return text_; }

 private:
  struct Announced {
    std::string url;
    std::string name;  // as of a ServerGroup
  };

  bool is_given(std::string_view url) const noexcept;
  std::string name_for(std::string_view url, std::string_view announcer) const;

  std::vector<std::string> given_;
  std::vector<Announced> announced_;  // the newest last
  std::string text_;
};

// The URL of the server of a connection, without the user's password.
std::string server_of(natsConnection* connection);

}  // namespace weir::nats::internal
