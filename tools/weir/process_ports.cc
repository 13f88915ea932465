#include "weir/process_ports.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace tool {
namespace {

namespace stdfs = std::filesystem;

// The inodes of the sockets that the process has open: links to "socket:[123]".
std::set<std::string> sockets_of(const std::string& folder) {
  std::set<std::string> inodes;
  constexpr std::string_view kSocket = "socket:[";
  std::error_code failed;
  for (const auto& entry : stdfs::directory_iterator(folder + "/fd", failed)) {
    std::error_code closed;
    const std::string link = stdfs::read_symlink(entry.path(), closed).string();
    if (!closed && link.starts_with(kSocket))
      inodes.insert(link.substr(kSocket.size(), link.size() - kSocket.size() - 1));
  }
  return inodes;
}

// "0100007F:240D": an address as words in the byte order of the machine, and the port.
std::optional<std::string> place_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool is_v6 = colon == 32;
  if (colon != 8 && !is_v6) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i)
    words[i] =
        static_cast<std::uint32_t>(std::stoul(std::string(text.substr(8 * i, 8)), nullptr, 16));
  const unsigned long port = std::stoul(std::string(text.substr(colon + 1)), nullptr, 16);
  std::array<char, INET6_ADDRSTRLEN> host{};
  ::inet_ntop(is_v6 ? AF_INET6 : AF_INET, words.data(), host.data(), host.size());
  // A socket of all addresses is reached by the one of this machine.
  std::string_view name = host.data();
  if (name == "0.0.0.0") name = "127.0.0.1";
  if (name == "::") name = "::1";
  return is_v6 ? fmt::format("[{}]:{}", name, port) : fmt::format("{}:{}", name, port);
}

void add_listening(const std::string& table, const std::set<std::string>& inodes,
                   std::vector<std::string>& places) {
  constexpr std::string_view kListening = "0A";
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    if (state != kListening || !inodes.contains(inode)) continue;
    if (auto place = place_of(local)) places.push_back(std::move(*place));
  }
}

}  // namespace

std::vector<std::string> listening_places(pid_t process) {
  const std::string folder = fmt::format("/proc/{}", process);
  const std::set<std::string> inodes = sockets_of(folder);
  std::vector<std::string> places;
  if (inodes.empty()) return places;
  add_listening(folder + "/net/tcp", inodes, places);
  add_listening(folder + "/net/tcp6", inodes, places);
  return places;
}

}  // namespace tool
