// support/nats_connecting_test.h - the fixture of tests of who may connect to a nats-server.
#pragma once

#include "support/nats_test.h"
#include "support/temporary_folder.h"
#include <weir/nats/errors.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::test {

class NatsConnectingTest : public NatsTest {
 protected:
  std::string write(std::string_view name, std::string_view text) {
    const std::string path = folder.path(name);
    std::ofstream(path) << text;
    return path;
  }

  // The line of a server's configuration that includes a file of this folder: by a path beside the
  // configuration's folder, since nats-server takes no absolute one.
  std::string include_of(std::string_view name) const {
    const std::string place = std::filesystem::path(folder.path()).filename();
    return fmt::format("include \"../{}/{}\"", place, name);
  }

  // Connects once the server answers. "connected", or the error's name.
  const std::string& try_to_connect(const NatsServers& servers,
                                    const nats::ConnectOptions& options) {
    return try_to_connect(servers.url(), options);
  }
  const std::string& try_to_connect(const std::string& url, const nats::ConnectOptions& options) {
    outcome.clear();
    for (int attempt = 0; attempt < 2000 && !is_reached(); ++attempt) {
      outcome.clear();
      connection = nats::connect(loop, url, options);
      connection->on<nats::Connected>([&] { outcome = "connected"; });
      connection->on<Error>([&](const Error& error) { outcome = error.name(); });
      run_until([&] { return !outcome.empty(); }, "an outcome");
    }
    return outcome;
  }

  bool is_reached() const { return !outcome.empty() && outcome != "ERR_NATS_NO_SERVER"; }

  void expect_answers() {
    Error failed;
    connection->request("nobody", "",
                        [&](const Error& error, const nats::Message&) { failed = error; });
    run_until([&] { return static_cast<bool>(failed); }, "the answer");
    EXPECT_EQ(failed, nats::Errc::no_responders) << failed.what();
  }

  TemporaryFolder folder;
  std::string outcome;
  Ref<nats::Connection> connection;
};

}  // namespace weir::test
