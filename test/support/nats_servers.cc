#include "support/nats_servers.h"

#include "support/child.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::test {
namespace {

constexpr const char* kPlaces[] = {"/usr/sbin/nats-server", "/usr/bin/nats-server",
                                   "/usr/local/bin/nats-server"};

std::string program() {
  for (const char* const place : kPlaces)
    if (std::filesystem::exists(place)) return place;
  return {};
}

// A port that is free now, below those that the system gives to clients: none of them takes it
// while its server is down.
int free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(10'000, 32'767);
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int port = ports(random);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) continue;
    ::close(probe);
    return port;
  }
  ::close(probe);
  throw std::runtime_error("no free port");
}

}  // namespace

NatsServers::NatsServers(std::size_t count, const std::string& config) : servers_(count) {
  for (Server& server : servers_) {
    server.port = free_port();
    server.cluster_port = free_port();
  }
  for (std::size_t i = 0; i < count; ++i) {
    write_config(i, config);
    start(i);
  }
}

NatsServers::~NatsServers() {
  for (std::size_t i = 0; i < servers_.size(); ++i) kill(i);
}

bool NatsServers::are_installed() { return !program().empty(); }

std::string NatsServers::url(std::size_t index) const {
  return fmt::format("nats://127.0.0.1:{}", servers_[index].port);
}

std::vector<std::string> NatsServers::urls() const {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < servers_.size(); ++i) urls.push_back(url(i));
  return urls;
}

std::size_t NatsServers::index_of(const std::string& name) const {
  for (std::size_t i = 0; i < servers_.size(); ++i)
    if (NatsServers::name(i) == name) return i;
  throw std::runtime_error("no server " + name);
}

void NatsServers::write_config(std::size_t index, const std::string& config) {
  const Server& server = servers_[index];
  std::ofstream file(folder_.path(name(index) + ".conf"));
  file << "server_name: " << name(index) << "\n"
       << "listen: 127.0.0.1:" << server.port << "\n"
       << "jetstream { store_dir: \"" << folder_.path(name(index)) << "\", max_file: 4G }\n";
  if (servers_.size() > 1) {
    file << "cluster { name: weir, listen: 127.0.0.1:" << server.cluster_port << ", routes: [";
    for (const Server& other : servers_)
      file << "\"nats://127.0.0.1:" << other.cluster_port << "\", ";
    file << "] }\n";
  }
  file << config << "\n";
}

void NatsServers::start(std::size_t index) {
  const std::string server = program();
  const std::string config = folder_.path(name(index) + ".conf");
  const std::string log = folder_.path(name(index) + ".log");
  const pid_t child = fork_child();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execl(server.c_str(), "nats-server", "-c", config.c_str(), nullptr);
    ::_exit(127);
  }
  servers_[index].process = child;
}

void NatsServers::kill(std::size_t index) {
  pid_t& process = servers_[index].process;
  if (process <= 0) return;
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  process = -1;
}

std::string NatsServers::log(std::size_t index) const {
  std::ostringstream text;
  text << std::ifstream(folder_.path(name(index) + ".log")).rdbuf();
  return text.str();
}

}  // namespace weir::test
