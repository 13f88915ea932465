// support/nats_servers.h - nats-server processes of a test's own, on free ports of the loopback.
//
//   NatsServers servers(3);                     // a cluster with JetStream; 1: a single server
//   auto nats = nats::connect(loop, servers.urls());
//   servers.kill(0);  servers.start(0);         // the same ports and store
#pragma once

#include "support/temporary_folder.h"

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

namespace weir::test {

class NatsServers {
 public:
  // `config`: more lines of each server's configuration.
  explicit NatsServers(std::size_t count = 1, const std::string& config = {});
  NatsServers(const NatsServers&) = delete;
  NatsServers& operator=(const NatsServers&) = delete;
  ~NatsServers();

  static bool are_installed();

  std::size_t size() const { return servers_.size(); }
  std::string url(std::size_t index = 0) const;
  std::vector<std::string> urls() const;
  int port(std::size_t index = 0) const { return servers_[index].port; }
  // "n0": the name as in StreamInfo::leader.
  static std::string name(std::size_t index) { return "n" + std::to_string(index); }
  std::size_t index_of(const std::string& name) const;

  void start(std::size_t index);
  void kill(std::size_t index);  // SIGKILL, and waits for its end
  std::string log(std::size_t index) const;

 private:
  struct Server {
    int port = 0;
    int cluster_port = 0;
    pid_t process = -1;
  };

  void write_config(std::size_t index, const std::string& config);

  TemporaryFolder folder_;
  std::vector<Server> servers_;
};

}  // namespace weir::test
