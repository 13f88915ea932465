// Servers: the URLs of the program, and those that the cluster has announced since.
#pragma once

#include <string>
#include <vector>

#include <nats/nats.h>

namespace weir::nats::internal {

class Servers {
 public:
  explicit Servers(std::vector<std::string> given);

  // Keeps what the server of an open connection has announced.
  void learn(natsConnection* connection);

  std::vector<std::string> all() const;
  bool is_one() const noexcept { return given_.size() + announced_.size() == 1; }
  // Those of the program, without passwords: for error messages.
  const std::string& text() const noexcept { return text_; }

 private:
  std::vector<std::string> given_;
  std::vector<std::string> announced_;  // the newest last
  std::string text_;
};

// The URL of the server of a connection, without the user's password.
std::string server_of(natsConnection* connection);

}  // namespace weir::nats::internal
