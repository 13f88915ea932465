// A TLS peer whose connection ends without close_notify, or is reset: the server's events are
// Node's, except that an end without close_notify is an error.
#include "support/descriptors.h"
#include "support/tls_net_test.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

struct TlsSituation {
  const char* name;
  bool writes;  // more than the system takes
  bool resets;
  const char* events;
};

const TlsSituation kTlsSituations[] = {
    {"says_nothing_and_its_connection_ends", false, false,
     "error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) close(true)"},
    {"says_nothing_and_its_connection_is_reset", false, true, "error(ECONNRESET) close(true)"},
    {"is_written_to_and_its_connection_ends", true, false,
     "error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) a(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) "
     "b(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) close(true)"},
    {"is_written_to_and_its_connection_is_reset", true, true,
     "error(ECONNRESET) a(ECONNRESET) b(ECONNRESET) close(true)"},
};

class TlsPeerClosesTest : public test::TlsNetTest,
                          public testing::WithParamInterface<TlsSituation> {
 protected:
  static void close(net::Socket& transport) {
    if (GetParam().resets) return static_cast<void>(transport.reset_and_destroy());
    transport.end();
    transport.resume();
  }
};

INSTANTIATE_TEST_SUITE_P(WhoseClient, TlsPeerClosesTest, testing::ValuesIn(kTlsSituations),
                         [](const auto& situation) { return situation.param.name; });

TEST_P(TlsPeerClosesTest, IsReportedInOrderAndLeavesNoDescriptor) {
  const std::size_t before = test::open_descriptors();
  Ref<net::Socket> transport;
  serve({}, [&](Socket& s) {
    s.resume();
    if (GetParam().writes) {
      s.write(std::string(16 << 20, 'x'));
      s.write("a", logs["s"].callback("a"));
      s.write("b", logs["s"].callback("b"));
    }
    loop.set_immediate([&] { close(*transport); });
  });
  transport = plain_client();
  transport->on<Error>([] {});
  const auto secured =
      Socket::make(transport, {.secure_context = create_secure_context({.ca = {authority.cert()}}),
                               .servername = "localhost"});
  secured->on<Error>([] {});
  secured->resume();
  EXPECT_EQ(log_of("s"), GetParam().events);
  EXPECT_EQ(logs["server"].take(), "secureConnection");
  EXPECT_EQ(test::open_descriptors(), before);
}

class TlsResetTest : public test::TlsNetTest {};

TEST_F(TlsResetTest, IsSeenAsOneByThePeer) {
  serve({}, [](Socket& socket) {
    socket.write("x", [kept = Ref(&socket)](const Error&) { kept->reset_and_destroy(); });
  });
  const auto c = client();
  EXPECT_EQ(log_of("c"), "connect ready secureConnect error(ECONNRESET) close(true)");
  EXPECT_EQ(log_of("s"), "close(false)");
}

}  // namespace
}  // namespace weir::tls
