// Hosts that cannot be reached or do not answer, and systems without free descriptors.
#include "support/descriptors.h"
#include "support/net_test.h"
#include "support/small_sockets.h"
#include <weir/loop/stepped_clock.h>

#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

using std::chrono_literals::operator""ms;

// A multicast address accepts no connection.
const Address kUnreachable{"224.0.0.1", Family::ipv4};
const Address kLoopback{"127.0.0.1", Family::ipv4};

class UnreachableTest : public test::NetTest {
 protected:
  Ref<Socket> client_of(std::vector<Address> addresses, ConnectOptions options = {}) {
    options.host = "name.test";
    options.auto_select_family_attempt_timeout = 10ms;
    options.lookup = [this, addresses](const std::string&, Family, LookupDone done) {
      loop.set_immediate([addresses, done = std::move(done)]() mutable { done({}, addresses); });
    };
    auto c = client(std::move(options));
    c->on<ConnectionAttemptTimeout>([this](const ConnectionAttemptTimeout& timeout) {
      logs["c"].add("timeout:" + timeout.address.address);
    });
    c->on<Error>([this](const Error& error) { why = error; });
    c->resume();
    return c;
  }

  Error why;
};

TEST_F(UnreachableTest, NamesTheHostAndWhereItWouldHaveComeFrom) {
  auto c = watched(connect(loop, 9, kUnreachable.address), "c");
  c->on<Error>([this](const Error& error) { why = error; });
  c->write("a", logs["c"].callback("wcb"));
  loop.run();
  EXPECT_EQ(log_of("c"), "error(ENETUNREACH) close(true) wcb(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
  EXPECT_STREQ(why.what(), "connect ENETUNREACH 224.0.0.1:9 - Local (0.0.0.0:0)");
}

TEST_F(UnreachableTest, ANameHasItsOtherAddressesTried) {
  serve([](Socket& s) { s.end(); });
  client_of({kUnreachable, kLoopback});
  run();
  EXPECT_TRUE(log_of("c").starts_with("attemptFailed connect ready "));
}

TEST_F(UnreachableTest, ANameThatLeadsNowhereHasAllItsErrors) {
  serve([](Socket&) {});
  server->close();
  client_of({kUnreachable, kLoopback});
  loop.run();
  EXPECT_EQ(log_of("c"), "attemptFailed attemptFailed error(ENETUNREACH) close(true)");
  EXPECT_EQ(why.errors().size(), 2u);
}

TEST_F(UnreachableTest, AnAddressOfIpv6IsNamedAsInNode) {
  auto c = connect(loop, 9, "ff02::1");
  c->on<Error>([this](const Error& error) { why = error; });
  loop.run();
  // A system without IPv6 reports EAFNOSUPPORT.
  EXPECT_TRUE(std::string(why.what()).ends_with(" ff02::1:9 - Local (:::0)") ||
              std::string(why.what()) == "connect EAFNOSUPPORT ff02::1:9")
      << why.what();
}

// A local port that never accepts: its queue is full.
class SilentAddress {
 public:
  explicit SilentAddress(const std::string& address) {
    sockaddr_in at = test::here(0);
    ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    socklen_t length = sizeof at;
    auto* const name = reinterpret_cast<sockaddr*>(&at);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, name, length), 0);
    EXPECT_EQ(::listen(listener_, 0), 0);
    EXPECT_EQ(::getsockname(listener_, name, &length), 0);
    port_ = ntohs(at.sin_port);
    for (int i = 0; i < 4; ++i) {
      waiting_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(waiting_.back(), name, length));
    }
  }
  SilentAddress(const SilentAddress&) = delete;
  SilentAddress& operator=(const SilentAddress&) = delete;
  ~SilentAddress() {
    for (const int fd : waiting_) ::close(fd);
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> waiting_;
};

TEST_F(UnreachableTest, TriesTheNextAddressWhenOneDoesNotAnswer) {
  const SilentAddress silent("127.0.0.7");
  server = create_server(loop, [](Socket& s) { s.end(); });
  server->listen(silent.port(), "127.0.0.1");
  port = silent.port();
  SteppedClock clock(loop);
  close_after_first();
  auto c = client_of({Address{"127.0.0.7", Family::ipv4}, kLoopback});
  bool is_trying = false;
  c->once<ConnectionAttempt>([&] { is_trying = true; });
  until([&] { return is_trying; });
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  clock.pass(9ms);
  EXPECT_EQ(log_of("c"), "");
  clock.pass(1ms);
  loop.run();
  EXPECT_TRUE(log_of("c").starts_with("timeout:127.0.0.7 connect ready "));
}

TEST_F(UnreachableTest, ASilentServerIsATimeoutIfOneIsSet) {
  const std::size_t before = test::open_descriptors();
  {
    SteppedClock clock(loop);
    const SilentAddress silent("127.0.0.1");
    auto c = watched(connect(loop, silent.port(), "127.0.0.1"), "c");
    c->set_timeout(5ms, [&] {
      EXPECT_TRUE(c->connecting());
      c->destroy();
    });
    c->write("a", logs["c"].callback("wcb"));
    for (int turn = 0; turn < 20; ++turn) loop.poll();
    EXPECT_EQ(log_of("c"), "");
    clock.pass(5ms);
    loop.run();
    EXPECT_EQ(log_of("c"), "timeout close(false) wcb(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST_F(UnreachableTest, NoMoreWaitThanTheBacklogLets) {
  server = create_server(loop);
  server->listen({.port = 0, .host = "127.0.0.1", .backlog = 1});
  const sockaddr_in at = test::here(server->address()->port);
  int connected = 0;
  for (int i = 0; i < 5; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    static_cast<void>(::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at));
    pollfd watched{fd, POLLOUT, 0};
    connected += ::poll(&watched, 1, 0);
    ::close(fd);
  }
  EXPECT_EQ(connected, 2);  // Linux lets one more in
  server->close();
  loop.run();
}

TEST_F(UnreachableTest, AFullDescriptorTableIsAnErrorOfTheSocket) {
  serve([](Socket& s) { s.end(); });
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none{0, limit.rlim_max};
  auto c = client();
  loop.next_tick([&] { ::setrlimit(RLIMIT_NOFILE, &limit); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  loop.poll();
  EXPECT_EQ(log_of("c"), "error(EMFILE) close(true)");
  ::setrlimit(RLIMIT_NOFILE, &limit);
  auto second = client({}, "second");
  second->resume();
  run();
  EXPECT_EQ(log_of("second"), "connect ready end prefinish finish close(false)");
}

}  // namespace
}  // namespace weir::net
