// support/file_server_test.h - the fixture of tests that serve files over real connections.
//
//   put("page.txt", "0123456789");                       // not changed for a long time
//   const Answer answer = ask("GET", "/page.txt", {"Range: bytes=2-4"});
//   EXPECT_EQ(answer.status, 206);
//   EXPECT_EQ(answer.body, "234");
//   EXPECT_EQ(answer.header("content-range"), "bytes 2-4/10");
#pragma once

#include "support/descriptors.h"
#include "support/http_test.h"
#include "support/temporary_folder.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::test {

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;

  // "-" where there is no such line.
  std::string header(std::string_view name) const { return headers.get(name).value_or("-"); }
};

class FileServerTest : public HttpTest {
 protected:
  static inline const std::string kContent = "0123456789";
  // When the files of put were changed.
  static constexpr std::time_t kChanged = 1'000'000'000;
  static inline const std::string kChangedText = "Sun, 09 Sep 2001 01:46:40 GMT";

  std::string path(std::string_view name) const { return folder_.path(name); }
  const std::string& folder() const { return folder_.path(); }

  std::string put(std::string_view name, std::string_view content = kContent) {
    const std::string place = path(name);
    std::ofstream(place, std::ios::binary) << content;
    set_changed(place, kChanged);
    return place;
  }
  static void set_changed(const std::string& place, std::time_t time, long nanoseconds = 0) {
    const timespec times[2] = {{time, nanoseconds}, {time, nanoseconds}};
    if (::utimensat(AT_FDCWD, place.c_str(), times, 0) != 0) throw std::runtime_error("utimensat");
  }
  void make_folder(std::string_view name) { std::filesystem::create_directories(path(name)); }
  void link(std::string_view to, std::string_view name) {
    std::filesystem::create_symlink(to, path(name));
  }

  // Over a connection of its own, which the server closes.
  Answer ask(std::string_view method, std::string_view target,
             const std::vector<std::string>& lines = {}) {
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", method, target);
    for (const std::string& line : lines) text += line + "\r\n";
    RawClient& client = connect(text + "\r\n");
    run_until([&client] { return client.closed; });
    return parsed(client.heard);
  }
  int status(std::string_view target, const std::vector<std::string>& lines = {}) {
    return ask("GET", target, lines).status;
  }
  // "206 234": the status and the body.
  std::string got(std::string_view target, const std::vector<std::string>& lines = {}) {
    const Answer answer = ask("GET", target, lines);
    return fmt::format("{} {}", answer.status, answer.body);
  }

  static Answer parsed(std::string_view text) {
    Answer answer;
    const auto end = text.find("\r\n\r\n");
    if (end == text.npos) return answer;
    answer.body = text.substr(end + 4);
    answer.status = std::atoi(std::string(text.substr(9, 3)).c_str());
    std::string_view rest = text.substr(0, end + 2);
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find("\r\n"));
      const auto colon = line.find(": ");
      answer.headers.push_back(line.substr(0, colon), line.substr(colon + 2));
      rest.remove_prefix(line.size() + 2);
    }
    return answer;
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace weir::test
