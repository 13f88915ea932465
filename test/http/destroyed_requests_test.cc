// Requests that a program destroys, at any point of their response: each closes, and calls back.
#include "support/http_test.h"

#include <array>
#include <cstddef>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

enum class Moment : std::uint8_t {
  before_the_response,
  behind_end,
  on_a_tick,
  at_an_immediate,
  at_the_responses_finish,
  at_the_responses_close,
  at_data,
  at_end,
};
constexpr std::array kMoments{Moment::before_the_response,
                              Moment::behind_end,
                              Moment::on_a_tick,
                              Moment::at_an_immediate,
                              Moment::at_the_responses_finish,
                              Moment::at_the_responses_close,
                              Moment::at_data,
                              Moment::at_end};

const std::string kBodies[] = {
    "Content-Length: 0\r\n\r\n",
    "Content-Length: 2\r\n\r\nab",
    "Content-Length: 9\r\n\r\nab",  // the rest does not come
    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
};

class DestroyedRequestsTest
    : public test::HttpTest,
      public testing::WithParamInterface<std::tuple<std::size_t, bool, bool>> {};

INSTANTIATE_TEST_SUITE_P(AtEachMoment, DestroyedRequestsTest,
                         testing::Combine(testing::Range<std::size_t>(0, kMoments.size()),
                                          testing::Bool(), testing::Bool()));

TEST_P(DestroyedRequestsTest, CloseOnceAndCallBackOnce) {
  const Moment moment = kMoments[std::get<0>(GetParam())];
  const bool keeps_alive = std::get<1>(GetParam());
  const bool with_error = std::get<2>(GetParam());
  int closes = 0;
  int called = 0;
  int destroyed = 0;
  const auto answer = [&](IncomingMessage& request, ServerResponse& response) {
    request.on<Close>([&] { ++closes; });
    request.on<Error>([] {});
    const auto destroy = [&, kept = Ref(&request)] {
      ++destroyed;
      kept->destroy(with_error ? Error(Errc::aborted) : Error(), [&](const Error&) { ++called; });
    };
    if (moment == Moment::before_the_response) destroy();
    if (moment == Moment::at_the_responses_finish) response.once<Finish>(destroy);
    if (moment == Moment::at_the_responses_close) response.once<Close>(destroy);
    // These two may not keep their own stream.
    const auto destroy_it = [&, &request = request] {
      ++destroyed;
      request.destroy(with_error ? Error(Errc::aborted) : Error(), [&](const Error&) { ++called; });
    };
    if (moment == Moment::at_data) request.once<Data>(destroy_it);
    if (moment == Moment::at_end) request.once<End>(destroy_it);
    response.end("x");
    if (moment == Moment::behind_end) destroy();
    if (moment == Moment::on_a_tick) loop.next_tick(destroy);
    if (moment == Moment::at_an_immediate) loop.set_immediate(destroy);
    if (moment == Moment::at_end) request.resume();
  };
  serve(answer);
  int requests = 0;
  for (const std::string& body : kBodies) {
    const std::string head = keeps_alive ? "" : "Connection: close\r\n";
    test::RawClient& client = connect("POST / HTTP/1.1\r\nHost: x\r\n" + head + body);
    ++requests;
    run_until([&] { return client.closed || client.heard.ends_with("x"); });
    for (int turn = 0; turn < 10; ++turn) loop.poll();
    client.socket->destroy();
    for (int turn = 0; turn < 10; ++turn) loop.poll();
  }
  server->close_all_connections();
  server->close();
  loop.run();
  EXPECT_EQ(called, destroyed);
  const bool may_not_come = moment == Moment::at_data || moment == Moment::at_end;
  EXPECT_TRUE(may_not_come || destroyed == requests) << destroyed;
  EXPECT_EQ(closes, requests);
}

// The Loop is destroyed while the request waits for its connection to close: no memory leaks (with
// a sanitizer).
TEST(DestroyedRequestTest, IsDestroyedWithTheLoop) {
  Loop loop;
  Ref<Server> server = create_server(loop, [&](IncomingMessage& request, ServerResponse& response) {
    request.on<Close>([] {});
    response.end("x");
    request.destroy();
    loop.stop();
  });
  server->listen(0, "127.0.0.1");
  const auto client = net::connect(loop, server->address()->port, "127.0.0.1");
  client->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
  loop.run();
}

}  // namespace
}  // namespace weir::http
