// A peer that closes, with FIN or with RST, while the socket is in any state: the events are
// Node's.
#include "support/descriptors.h"
#include "support/net_test.h"

#include <functional>
#include <string>
#include <tuple>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

enum class Closing { ends, resets };

class PeerClosesTest;

struct PeerOptions {
  std::string says = {};
  bool reads = true;
  bool ends_first = false;
};

// The socket's state when its peer closes, and its events.
struct Situation {
  const char* name;
  void (*bring_about)(PeerClosesTest&);
  const char* where_it_ends;
  const char* where_it_resets;
};

class PeerClosesTest : public test::NetTest,
                       public testing::WithParamInterface<std::tuple<Situation, Closing>> {
 protected:
  static const Situation& situation() { return std::get<Situation>(GetParam()); }
  static bool resets() { return std::get<Closing>(GetParam()) == Closing::resets; }

  // For the functions that create the states.
 public:
  void connect(const PeerOptions& options = {}, bool half_open = false) {
    serve(
        [this, options](Socket& s) {
          peer = Ref<Socket>(&s);
          s.on<Error>([] {});
          if (options.reads) s.resume();
          if (!options.says.empty()) s.write(options.says);
          if (options.ends_first) s.end();
        },
        {.allow_half_open = true});
    c = client({.socket = {.allow_half_open = half_open}});
  }
  // Has the peer close once it is there and it is so.
  void close_when(std::function<bool()> is_so, std::function<void()> then = {}) {
    loop.set_immediate([this, is_so = std::move(is_so), then = std::move(then)] {
      if (!peer || !c->writable() || c->connecting() || !is_so()) return close_when(is_so, then);
      close_peer();
      if (then) wait_for([this] { return !peer->writable(); }, then);
    });
  }
  void wait_for(std::function<bool()> is_so, std::function<void()> then) {
    loop.set_immediate([this, is_so = std::move(is_so), then = std::move(then)] {
      if (!is_so()) return wait_for(is_so, then);
      then();
    });
  }
  void close_peer() {
    if (resets()) return static_cast<void>(peer->reset_and_destroy());
    peer->end();
    peer->resume();
  }
  Callback called(const std::string& name) { return logs["c"].callback(name); }

  Ref<Socket> c;
  Ref<Socket> peer;
  Loop& turns() { return loop; }
};

const Situation kSituations[] = {
    {"says_nothing",
     [](PeerClosesTest& t) {
       t.connect();
       t.c->resume();
       t.close_when([] { return true; });
     },
     "connect ready end prefinish finish close(false)",
     "connect ready error(ECONNRESET) close(true)"},

    {"has_what_nobody_reads",
     [](PeerClosesTest& t) {
       t.connect({.says = "data"});
       int turns = 5;
       t.close_when([&t] { return t.c->readable_length() == 4; },
                    [&t, turns] {
                      t.wait_for([turns]() mutable { return --turns == 0; },
                                 [&t] {
                                   EXPECT_FALSE(t.c->readable_ended());
                                   t.c->resume();
                                 });
                    });
     },
     "connect ready end prefinish finish close(false)",
     "connect ready error(ECONNRESET) close(true)"},

    {"waits_to_send_more",
     [](PeerClosesTest& t) {
       t.connect({.reads = false});
       t.c->resume();
       t.c->once<Ready>([&t] {
         const std::string megabyte(1 << 20, 'x');
         while (t.c->write(megabyte)) {
         }
         t.c->write("a", t.called("a"));
         t.c->write("b", t.called("b"));
         t.close_when([] { return true; });
       });
     },
     "connect ready end a b prefinish finish close(false)",
     "connect ready error(ECONNRESET) a(ECONNRESET) b(ECONNRESET) close(true)"},

    {"has_ended_itself",
     [](PeerClosesTest& t) {
       t.connect();
       t.c->resume();
       t.c->end();
       t.c->once<Finish>([&t] { t.turns().set_immediate([&t] { t.close_peer(); }); });
     },
     "connect ready prefinish finish end close(false)",
     "connect ready prefinish finish error(ECONNRESET) close(true)"},

    {"has_heard_the_end_and_is_half_open",
     [](PeerClosesTest& t) {
       t.connect({.ends_first = true}, true);
       t.c->resume();
       t.close_when([&t] { return t.c->readable_ended(); }, [&t] { t.c->end(); });
     },
     "connect ready end prefinish finish close(false)",
     "connect ready end prefinish finish close(false)"},
};

std::string name_of(const std::tuple<Situation, Closing>& each) {
  return std::string(std::get<Situation>(each).name) +
         (std::get<Closing>(each) == Closing::ends ? "_and_ends" : "_and_resets");
}

INSTANTIATE_TEST_SUITE_P(WhileTheSocket, PeerClosesTest,
                         testing::Combine(testing::ValuesIn(kSituations),
                                          testing::Values(Closing::ends, Closing::resets)),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(PeerClosesTest, IsReportedAsInNodeAndLeavesNoDescriptor) {
  const std::size_t before = test::open_descriptors();
  situation().bring_about(*this);
  run();
  EXPECT_EQ(log_of("c"), resets() ? situation().where_it_resets : situation().where_it_ends);
  EXPECT_EQ(test::open_descriptors(), before);
}

// A listener without a Loop, so that its end of a connection closes at the moment that a test
// wants.
class PromptListener {
 public:
  PromptListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof here;
    auto* const address = reinterpret_cast<sockaddr*>(&here);
    EXPECT_EQ(::bind(fd_, address, length), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, address, &length), 0);
    port_ = ntohs(here.sin_port);
  }
  PromptListener(const PromptListener&) = delete;
  PromptListener& operator=(const PromptListener&) = delete;
  ~PromptListener() { ::close(fd_); }

  int port() const { return port_; }
  void accept_and_close(Closing way) const {
    const int peer = ::accept(fd_, nullptr, nullptr);
    const linger now{.l_onoff = 1, .l_linger = 0};
    if (way == Closing::resets) ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(peer);
  }

 private:
  int fd_;
  int port_ = 0;
};

class PeerClosesEarlyTest : public test::NetTest, public testing::WithParamInterface<Closing> {};

INSTANTIATE_TEST_SUITE_P(BothWays, PeerClosesEarlyTest,
                         testing::Values(Closing::ends, Closing::resets), [](const auto& way) {
                           return way.param == Closing::ends ? "ends" : "resets";
                         });

TEST_P(PeerClosesEarlyTest, BeforeTheSocketKnowsThatItIsConnected) {
  const std::size_t before = test::open_descriptors();
  {
    const PromptListener listener;
    auto c = watched(connect(loop, listener.port(), "127.0.0.1"), "c");
    c->write("never read", logs["c"].callback("wcb"));
    c->resume();
    // ConnectionAttempt precedes the system's connect, which completes at once for a local peer.
    c->once<ConnectionAttempt>(
        [&] { loop.next_tick([&] { listener.accept_and_close(GetParam()); }); });
    loop.run();
  }
  const std::string events = log_of("c");
  if (GetParam() == Closing::resets)
    EXPECT_EQ(events,
              "attemptFailed error(ECONNRESET) close(true) "
              "wcb(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
  else
    EXPECT_TRUE(events.starts_with("connect wcb ready ")) << events;
  EXPECT_EQ(test::open_descriptors(), before);
}

}  // namespace
}  // namespace weir::net
