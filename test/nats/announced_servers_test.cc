#include "support/nats_test.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

class AnnouncedServersTest : public NatsTest {};

TEST_F(AnnouncedServersTest, AServerThatTheClusterHasAnnouncedReplacesALostOne) {
  NatsServers servers(3, "authorization { user: weir, password: secret }");
  const std::string url = fmt::format("nats://weir:secret@127.0.0.1:{}", servers.port(0));
  auto connection = connect_to(std::vector{url});
  std::vector<std::string> connected;
  connection->on<nats::Connected>(
      [&](const nats::Connected& now) { connected.push_back(now.server); });
  connection->on<nats::Reconnected>(
      [&](const nats::Reconnected& now) { connected.push_back(now.server); });
  // Three replicas need three servers, which have told each other, and their clients, by then.
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}, .replicas = 3});
  servers.kill(0);
  run_until([&] { return connected.size() == 2; }, "a second server");
  servers.kill(connected.back() == servers.url(1) ? 1 : 2);
  run_until([&] { return connected.size() == 3; }, "the last server");
  std::ranges::sort(connected);
  std::vector<std::string> all = servers.urls();
  std::ranges::sort(all);
  EXPECT_EQ(connected, all);
}

}  // namespace
}  // namespace weir::test
