// A server that answers before it has received the whole request, and closes: the client reads the
// response, even if sending the rest fails.
#include "support/certificates.h"
#include "support/http_client_test.h"
#include <weir/net/tls_server.h>

#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

enum class AnswerEnd { closes, ends, closes_late, resets };
enum class BodyEnd { length, chunks, end };

class EarlyHttpAnswerTest
    : public test::HttpClientTest,
      public testing::WithParamInterface<std::tuple<AnswerEnd, BodyEnd, bool>> {
 protected:
  static AnswerEnd way() { return std::get<AnswerEnd>(GetParam()); }
  static BodyEnd framing() { return std::get<BodyEnd>(GetParam()); }
  static bool is_encrypted() { return std::get<bool>(GetParam()); }

  static std::string head(const std::string& status) {
    const std::string line = "HTTP/1.1 " + status + "\r\nConnection: close\r\n";
    switch (framing()) {
      case BodyEnd::length:
        return line + "Content-Length: 4\r\n\r\nnope";
      case BodyEnd::chunks:
        return line + "Transfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n";
      default:
        return line + "\r\nnope";
    }
  }

  // Answers the head, and stops reading.
  void answer_early(const std::string& status) {
    const auto serve_one = [this, answer = head(status)](net::Connection& connection,
                                                         const Ref<net::Socket>& below) {
      sockets.push_back(below);
      connection.on<Error>([] {});
      connection.once<Data>([this, answer, &connection, below] {
        connection.pause();
        // A response without a length needs an end.
        if (way() == AnswerEnd::ends || framing() == BodyEnd::end) {
          connection.end(answer);
          loop.set_timeout(std::chrono::milliseconds(5), [below] { below->destroy(); });
          return;
        }
        connection.write(answer, [this, below](const Error&) {
          if (way() == AnswerEnd::closes) below->destroy();
          if (way() == AnswerEnd::resets) below->reset_and_destroy();
          if (way() == AnswerEnd::closes_late)
            loop.set_timeout(std::chrono::milliseconds(5), [below] { below->destroy(); });
        });
      });
    };
    if (is_encrypted()) {
      const test::Identity identity = authority.issue();
      secure = tls::create_server(
          loop, {.allow_half_open = true, .context = {.key = identity.key, .cert = identity.cert}},
          [this, serve_one](tls::Socket& socket) { serve_one(socket, wire); });
      secure->on<net::ConnectionEvent>(
          [this](const net::ConnectionEvent& event) { wire = event.socket; });
      secure->listen(0, "127.0.0.1");
      port = secure->address()->port;
    } else {
      server = net::create_server(
          loop, {.allow_half_open = true},
          [serve_one](net::Socket& socket) { serve_one(socket, Ref<net::Socket>(&socket)); });
      server->listen(0, "127.0.0.1");
      port = server->address()->port;
    }
  }
  void stop() {
    if (secure) std::exchange(secure, nullptr)->close();
    stop_server();
  }

  Ref<http::ClientRequest> post() {
    http::RequestOptions options{.method = "POST", .port = port, .host = "127.0.0.1"};
    if (is_encrypted())
      options.agent = http::make_https_agent(
          loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
    else
      options.own_agent = true;
    const auto request = http::request(loop, std::move(options), [this](auto& response) {
      log.add(fmt::format("{}", response.status_code()));
      response.template on<Data>([this](const Data& data) { log.add(data.chunk.text()); });
      response.template on<End>(says("end"));
      response.template on<Error>([this](const Error& error) { log.add("cut", error); });
    });
    request->on<Error>([this](const Error& error) { log.add("error", error); });
    request->on<Finish>(says("finish"));
    request->on<Close>([this] {
      log.add("close");
      stop();
    });
    return request;
  }

  test::Authority authority;
  Ref<tls::Server> secure;
  Ref<net::Socket> wire;
};

std::string name_of(const std::tuple<AnswerEnd, BodyEnd, bool>& each) {
  const char* const ways[] = {"closes", "ends", "closes_late", "resets"};
  const char* const framings[] = {"length", "chunks", "end"};
  return std::string(ways[static_cast<int>(std::get<AnswerEnd>(each))]) + "_after_" +
         framings[static_cast<int>(std::get<BodyEnd>(each))] +
         (std::get<bool>(each) ? "_over_tls" : "");
}

INSTANTIATE_TEST_SUITE_P(
    OfAServerThat, EarlyHttpAnswerTest,
    testing::Combine(testing::Values(AnswerEnd::closes, AnswerEnd::ends, AnswerEnd::closes_late,
                                     AnswerEnd::resets),
                     testing::Values(BodyEnd::length, BodyEnd::chunks, BodyEnd::end),
                     testing::Bool()),
    [](const auto& each) { return name_of(each.param); });

constexpr std::size_t kUpload = std::size_t{10} << 20;

TEST_P(EarlyHttpAnswerTest, IsReadCompletelyAndNoErrorFollowsARefusal) {
  for (int i = 0; i < 10; ++i) {
    answer_early("401 Unauthorized");
    post()->end(Buffer::copy(std::string(kUpload, 'u')));
    ASSERT_EQ(after_run(), "401 nope end close");
  }
}

TEST_P(EarlyHttpAnswerTest, IsReadCompletelyWhileTheUploadIsWrittenInPieces) {
  for (int i = 0; i < 3; ++i) {
    answer_early("413 Content Too Large");
    const auto request = post();
    int failed = 0;
    int called = 0;
    for (std::size_t piece = 0; piece < 160; ++piece)
      request->write(std::string(kUpload / 160, 'u'), [&](const Error& error) {
        ++called;
        if (error) ++failed;
      });
    request->end();
    ASSERT_EQ(after_run(), "413 nope end close");
    ASSERT_EQ(called, 160);
    ASSERT_GT(failed, 0);
  }
}

// An answer of success leaves the rest of the body wanted: losing it is no Finish.
TEST_P(EarlyHttpAnswerTest, OfSuccessIsReadCompletelyAndTheRequestDoesNotFinish) {
  for (int i = 0; i < 3; ++i) {
    answer_early("200 OK");
    post()->end(Buffer::copy(std::string(kUpload, 'u')));
    const std::string events = after_run();
    ASSERT_TRUE(events.starts_with("200 nope end")) << events;
    ASSERT_TRUE(events.ends_with("close")) << events;
    ASSERT_FALSE(events.contains("finish")) << events;
    ASSERT_FALSE(events.contains("cut")) << events;
  }
}

// A failure of the connection would cut off a response that ends with it.
class EarlyHttpAnswerWithAnEndTest : public EarlyHttpAnswerTest {};

INSTANTIATE_TEST_SUITE_P(OfAServerThat, EarlyHttpAnswerWithAnEndTest,
                         testing::Combine(testing::Values(AnswerEnd::closes, AnswerEnd::ends,
                                                          AnswerEnd::closes_late,
                                                          AnswerEnd::resets),
                                          testing::Values(BodyEnd::length, BodyEnd::chunks),
                                          testing::Bool()),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(EarlyHttpAnswerWithAnEndTest, IsStillReadCompletelyAfterTheRequestHasFailed) {
  for (int i = 0; i < 3; ++i) {
    answer_early("200 OK");
    Ref<http::IncomingMessage> response;
    const auto request = post();
    request->on<http::ResponseEvent>([&](const http::ResponseEvent& event) {
      response = Ref<http::IncomingMessage>(&event.response);
      response->pause();
    });
    request->on<Close>([&] {
      if (response) response->resume();
    });
    request->end(Buffer::copy(std::string(kUpload, 'u')));
    const std::string events = after_run();
    ASSERT_TRUE(events.starts_with("200 ")) << events;
    ASSERT_TRUE(events.ends_with("nope end")) << events;
    ASSERT_FALSE(events.contains("cut")) << events;
  }
}

}  // namespace
}  // namespace weir
