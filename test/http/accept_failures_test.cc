// A system call fails while a connection is accepted or set up: the HTTP server continues, with TLS
// and without.
#include "support/certificates.h"
#include "support/descriptors.h"
#include "support/loop_test.h"
#include "support/system_calls.h"
#include <weir/http/request.h>
#include <weir/http/server.h>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

enum class Over { tcp, tls };

class AcceptFailuresTest : public test::LoopTest, public testing::WithParamInterface<Over> {
 protected:
  AcceptFailuresTest() {
    const auto answer = [](IncomingMessage&, ServerResponse& response) { response.end("hello"); };
    if (GetParam() == Over::tls)
      server = create_https_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                                   answer);
    else
      server = create_server(loop, answer);
    server->listen(0, "127.0.0.1");
    if (GetParam() == Over::tls)
      agent = make_https_agent(
          loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
    else
      agent = Agent::make(loop);
  }

  // A request that is answered with "hello", or not; it has closed by then.
  bool is_served() {
    std::string heard;
    auto asked = get(loop, {.port = server->address()->port, .host = "127.0.0.1", .agent = agent},
                     [&](IncomingMessage& response) {
                       response.on<Data>([&](const Data& data) { heard += data.chunk.text(); });
                       response.on<Error>([](const Error&) {});
                     });
    asked->on<Error>([](const Error&) {});
    asked->on<Close>([&] { loop.stop(); });
    loop.run();
    return heard == "hello";
  }

  test::Authority authority;
  test::Identity identity = authority.issue();
  Ref<Server> server;
  Ref<Agent> agent;
};

INSTANTIATE_TEST_SUITE_P(Over, AcceptFailuresTest, testing::Values(Over::tcp, Over::tls),
                         [](const auto& over) { return over.param == Over::tcp ? "tcp" : "tls"; });

TEST_P(AcceptFailuresTest, EachCallThatFailsOnceLeavesTheServerServing) {
  std::size_t drops = 0;
  server->on<net::Drop>([&] { ++drops; });
  ASSERT_TRUE(is_served());
  std::size_t nth = 1;
  for (bool failed = true; failed; ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    test::FailingCalls failing({.first = nth, .error = ENOSPC});
    failing.during([&] { static_cast<void>(is_served()); });
    failed = failing.have_failed();
    ASSERT_TRUE(is_served());
  }
  EXPECT_GT(nth, 10u);
  EXPECT_GE(drops, 1u);
  server->close();
  loop.run();
}

}  // namespace
}  // namespace weir::http
