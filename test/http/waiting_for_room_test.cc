// Messages that are destroyed, or whose loop is, while their writes wait for the connection.
#include "support/http_test.h"
#include "support/small_sockets.h"
#include <weir/http/client_request.h>
#include <weir/http/request.h>

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class WaitingForRoomTest : public test::HttpTest {
 protected:
  static Buffer large() { return Buffer::adopt(std::string(8 << 20, 'x')); }

  // A request to a server that does not read it; both have small buffers in the system.
  Ref<ClientRequest> request_to(Loop& on, const Server& to) {
    auto request = http::request(
        on, {.method = "POST", .port = to.address()->port, .host = "127.0.0.1", .own_agent = true});
    request->write(large());
    return request;
  }
  // Writes after the waiting writes, and destroys the message.
  void write_and_destroy(OutgoingMessage& message) {
    message.on<Error>([this](const Error& error) { log.add("error", error); });
    message.on<Close>([this] { log.add("close"); });
    message.write("more", log.callback("more"));
    message.destroy();
    log.add("destroyed");
  }
};

TEST_F(WaitingForRoomTest, ADestroyedResponseCallsBackWhenDestroyHasReturned) {
  Ref<ServerResponse> waiting;
  server = create_server(loop, [&](auto&, ServerResponse& response) {
    waiting = Ref(&response);
    response.write(large());
  });
  server->listen({.fd = test::small_listener()});
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([&] { return waiting && waiting->connection()->writable_need_drain(); });
  write_and_destroy(*waiting);
  run_until([&] { return waiting->closed(); });
  EXPECT_EQ(log.take(), "destroyed more(ERR_STREAM_DESTROYED) close");
}

TEST_F(WaitingForRoomTest, ADestroyedRequestCallsBackWhenDestroyHasReturned) {
  server = create_server(loop, [](IncomingMessage& request, auto&) { request.pause(); });
  server->listen({.fd = test::small_listener()});
  const auto waiting = request_to(loop, *server);
  run_until([&] { return waiting->connection() && waiting->connection()->writable_need_drain(); });
  write_and_destroy(*waiting);
  run_until([&] { return waiting->closed(); });
  EXPECT_EQ(log.take(), "destroyed more(ERR_STREAM_DESTROYED) error(ECONNRESET) close");
}

TEST_F(WaitingForRoomTest, ALoopMayGoMeanwhile) {
  for (int turns = 0; turns < 200; turns += 20) {
    std::optional<Loop> own(std::in_place);
    const auto serving = create_server(*own, [&](IncomingMessage& request, auto& response) {
      request.pause();
      response.write(large());
      response.write("more", [](const Error&) {});
    });
    serving->listen({.fd = test::small_listener()});
    const auto request = request_to(*own, *serving);
    request->on<Error>([] {});
    request->write("more", [](const Error&) {});
    request->on<ResponseEvent>([](const ResponseEvent& event) { event.response.pause(); });
    for (int turn = 0; turn < turns; ++turn) own->poll();
    own.reset();
  }
}

}  // namespace
}  // namespace weir::http
