// support/nats_test.h - the fixture of tests with nats-servers. They are skipped where it is
// missing.
#pragma once

#include "support/loop_test.h"
#include "support/nats_servers.h"
#include <weir/nats/connection.h>
#include <weir/nats/consume_stream.h>
#include <weir/nats/jetstream.h>
#include <weir/nats/publish_stream.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

namespace weir::test {

using std::chrono_literals::operator""s;

class NatsTest : public LoopTest {
 protected:
  void SetUp() override {
    if (!NatsServers::are_installed()) GTEST_SKIP() << "nats-server is not installed";
  }

  static std::chrono::seconds time_limit() {
    const char* const given = std::getenv("WEIR_NATS_TIME_LIMIT");
    return std::chrono::seconds(given ? std::atoi(given) : 120);
  }

  // Runs the loop until the condition holds; fails after a time that only an error takes.
  void run_until(const std::function<bool()>& condition, const char* what) {
    const auto end = std::chrono::steady_clock::now() + time_limit();
    const auto tick = loop.set_interval(5ms, [] {});
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end)
        throw std::runtime_error(std::string("never: ") + what);
      loop.poll();
      if (const auto wait = loop.timeout(); !wait || wait->count() > 0) wait_for_input();
    }
    tick->clear();
  }

  // Creates the stream, however long a cluster takes to elect its leaders.
  nats::StreamInfo make_stream(nats::Connection& connection, const nats::StreamConfig& config) {
    std::optional<nats::StreamInfo> made;
    std::function<void()> attempt = [&] {
      nats::ensure_stream(connection, config, [&](Error error, const nats::StreamInfo& info) {
        if (!error) {
          made = info;
          return;
        }
        loop.set_timeout(200ms, [&] { attempt(); });
      });
    };
    attempt();
    run_until([&] { return made.has_value(); }, "the stream");
    return *made;
  }

  nats::StreamInfo info(nats::Connection& connection, std::string_view name) {
    std::optional<nats::StreamInfo> got;
    nats::get_stream(connection, name, [&](Error error, const nats::StreamInfo& found) {
      if (error) throw error;
      got = found;
    });
    run_until([&] { return got.has_value(); }, "the stream's info");
    return *got;
  }

  // Waits for an answer to what is sent now: the server has taken all that was sent before.
  void await_answer(nats::Connection& connection) {
    bool has_come = false;
    connection.request("nobody", "", [&](const Error&, const nats::Message&) { has_come = true; });
    run_until([&] { return has_come; }, "the answer");
  }

  // A first connection to servers that have just been started.
  Ref<nats::Connection> connect_to(const NatsServers& servers, nats::ConnectOptions options = {}) {
    return connect_to(servers.urls(), options);
  }
  Ref<nats::Connection> connect_to(std::vector<std::string> urls,
                                   nats::ConnectOptions options = {}) {
    options.retry_first = true;
    options.reconnect_wait = 50ms;
    options.reconnect_jitter = 50ms;
    return nats::connect(loop, std::move(urls), options);
  }

  void publish_all(nats::Connection& connection, const std::string& subject, int count,
                   nats::PublishOptions options = {}) {
    auto out = nats::create_publish_stream(connection, subject, options);
    for (int i = 0; i < count; ++i) out->print("{}", i);
    out->end();
    run_until([&] { return out->closed(); }, "the publish stream's end");
  }

 private:
  void wait_for_input() {
    pollfd ready{.fd = loop.backend_fd(), .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, 5);
  }
};

}  // namespace weir::test
