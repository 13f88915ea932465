// NATS without a server: connections that fail, and streams on them. See trial.h.

#include "support/trial.h"
#include <weir/loop/loop.h>
#include <weir/nats/connection.h>
#include <weir/nats/consume_stream.h>
#include <weir/nats/message.h>
#include <weir/nats/publish_stream.h>

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir {
namespace {

using test::Trial;

// A port that refuses connections: it is bound, and nobody listens.
int refusing_port() {
  static const int port = [] {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return static_cast<int>(ntohs(address.sin_port));
  }();
  return port;
}

std::string url() { return "nats://127.0.0.1:" + std::to_string(refusing_port()); }

class NatsAllocation : public testing::Test {
 protected:
  NatsAllocation() { EXPECT_NE(refusing_port(), 0); }
};

TEST_F(NatsAllocation, AConnectionThatIsRefused) {
  test::expect_borne([](Trial& trial) {
    bool failed = false;
    bool closed = false;
    Loop loop;
    const auto nats = nats::connect(loop, url(), {.name = "a name that is not short at all"});
    nats->on<Error>([&] { failed = true; });
    nats->on<Close>([&] { closed = true; });
    trial.run(loop);
    trial.expect(failed && closed);
  });
}

TEST_F(NatsAllocation, ARequestWithoutAnAnswer) {
  test::expect_borne([](Trial& trial) {
    int replied = 0;
    Loop loop;
    const auto nats = nats::connect(loop, url());
    nats->on<Error>([] {});
    nats->request("subject", std::string(1000, 'x'), [&](const Error& error, const nats::Message&) {
      if (error) ++replied;
    });
    trial.run(loop);
    trial.expect(replied == 1);
  });
}

TEST_F(NatsAllocation, MessagesWithoutAReader) {
  test::expect_borne([](Trial& trial) {
    int failed = 0;
    Loop loop;
    const auto nats = nats::connect(loop, url());
    nats->on<Error>([] {});
    const auto out = nats::create_publish_stream(*nats, "subject");
    out->on<Error>([] {});
    for (int i = 0; i < 3; ++i)
      out->write(std::string(100, 'x'), [&](const Error& error) {
        if (error) ++failed;
      });
    out->end();
    trial.run(loop);
    trial.expect(failed == 3);
  });
}

}  // namespace
}  // namespace weir
