// Which messages have a body (RFC 9112, 6.3): every method with every kind of status and framing.
#include "support/http_client_test.h"
#include "support/http_test.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""s;

constexpr std::array kEveryMethod{"GET",    "HEAD",    "POST",  "PUT",
                                  "DELETE", "OPTIONS", "PATCH", "TRACE"};
constexpr std::array kStatuses{100, 101, 102, 103, 199, 200, 201, 203, 204, 205, 206, 299,
                               300, 301, 304, 400, 401, 404, 407, 426, 500, 503, 599};

// --- Responses, read ---

struct FramingLines {
  std::string_view lines;
  std::string_view body;  // "abc", framed
  bool ends_with_connection;
};

constexpr std::array kFramings{
    FramingLines{"", "abc", true},
    FramingLines{"Content-Length: 3\r\n", "abc", false},
    FramingLines{"Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n", false},
    FramingLines{"Transfer-Encoding: gzip\r\n", "abc", true},
    FramingLines{"Transfer-Encoding: chunked, gzip\r\n", "abc", true},
};

enum class AnswerKind { tunnel, interim, bodiless, whole };

AnswerKind kind_of(std::string_view method, int status) {
  if (status == 101 || (method == "CONNECT" && status >= 200 && status < 300))
    return AnswerKind::tunnel;
  if (status < 200) return AnswerKind::interim;
  return method == "HEAD" || status == 204 || status == 304 ? AnswerKind::bodiless
                                                            : AnswerKind::whole;
}

class ResponseBodyTest : public test::HttpClientTest {
 protected:
  // The result of a request with that method, and of the next one on the same agent.
  std::string outcome(std::string_view method, int status, const FramingLines& framing) {
    said_.clear();
    serve_once(kind_of(method, status), status, framing);
    const Ref<Agent> agent = Agent::make(loop, {.keep_alive = true});
    const Ref<ClientRequest> first = begin(method, "/", *agent);
    // The agent has the connection back by then.
    const auto ask_again = [this, agent] {
      const Ref<ClientRequest> next = begin("GET", "/next", *agent);
      next->on<Close>([this] { stop_server(); });
      next->end();
    };
    first->on<Close>([this, ask_again] { loop.set_immediate(ask_again); });
    first->end();
    const auto give_up = loop.set_timeout(20s, [&] {
      said_ += "waits";
      first->destroy();
    });
    while (server->listening()) loop.poll();
    give_up->clear();
    agent->destroy();
    loop.run();
    return said_;
  }

  std::size_t connections = 0;

 private:
  void serve_once(AnswerKind kind, int status, const FramingLines& framing) {
    std::string answer = fmt::format("HTTP/1.1 {} X\r\n{}\r\n", status, framing.lines);
    if (kind == AnswerKind::tunnel) answer += "raw";
    if (kind == AnswerKind::interim) answer += "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    if (kind == AnswerKind::whole) answer += framing.body;
    const bool ends =
        kind == AnswerKind::tunnel || (kind == AnswerKind::whole && framing.ends_with_connection);
    serve([answer, ends](net::Socket& socket, std::string_view piece) {
      if (piece.contains("/next"))
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
      else if (ends)
        socket.end(answer);
      else
        socket.write(answer);
    });
    connections = 0;
    server->on<net::ConnectionEvent>([this] { ++connections; });
  }

  Ref<ClientRequest> begin(std::string_view method, std::string path, Agent& agent) {
    RequestOptions options{.method = std::string(method), .path = std::move(path)};
    options.agent = Ref<Agent>(&agent);
    options.headers = {{"Connection", "Upgrade"}, {"Upgrade", "x"}};
    const Ref<ClientRequest> request =
        http::request(loop, to_server(std::move(options)), [this](IncomingMessage& response) {
          said_ += fmt::format("{}(", response.status_code());
          response.on<Data>([this](const Data& data) { said_ += data.chunk.text(); });
          response.on<End>([this] { said_ += ") "; });
        });
    request->on<Information>(
        [this](const Information& event) { said_ += fmt::format("{} ", event.status_code); });
    request->on<Connected>([this](const Connected& event) {
      said_ += fmt::format("{} tunnel({}) ", event.response.status_code(), event.head.text());
      event.connection.destroy();
    });
    request->on<Upgraded>([this](const Upgraded& event) {
      said_ += fmt::format("{} tunnel({}) ", event.response.status_code(), event.head.text());
      event.connection.destroy();
    });
    request->on<Error>([this](const Error& error) { said_ += fmt::format("{} ", error.what()); });
    return request;
  }

  std::string said_;
};

TEST_F(ResponseBodyTest, DependsOnTheStatusAndTheRequestsMethod) {
  std::vector<std::string_view> methods(kEveryMethod.begin(), kEveryMethod.end());
  methods.emplace_back("CONNECT");
  for (const std::string_view method : methods)
    for (const int status : kStatuses)
      for (const FramingLines& framing : kFramings) {
        const AnswerKind kind = kind_of(method, status);
        const std::string expected =
            kind == AnswerKind::tunnel ? fmt::format("{} tunnel(raw) ", status)
            : kind == AnswerKind::interim
                ? fmt::format("{} 200({}) ", status, "ok")
                : fmt::format("{}({}) ", status, kind == AnswerKind::whole ? "abc" : "");
        if (kind == AnswerKind::interim && (method == "HEAD" || method == "CONNECT")) continue;
        EXPECT_EQ(outcome(method, status, framing), expected + "200(next) ")
            << method << ' ' << status << ' ' << framing.lines;
        const bool keeps = kind != AnswerKind::tunnel &&
                           (kind != AnswerKind::whole || !framing.ends_with_connection);
        EXPECT_EQ(connections, keeps ? 1u : 2u) << method << ' ' << status << ' ' << framing.lines;
      }
}

// --- Responses, written ---

using Respond = std::function<void(ServerResponse&)>;

struct BodyFraming {
  std::string_view name;
  Respond respond;
  std::string_view body;
};

class WrittenBodyTest : public test::HttpTest {
 protected:
  static constexpr std::string_view kNext =
      "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  static bool has_line(std::string_view head, std::string_view line) {
    return head.contains(fmt::format("\r\n{}", line));
  }
};

TEST_F(WrittenBodyTest, IsSentWhereItsStatusAndTheRequestsMethodAllowOne) {
  const std::array<BodyFraming, 3> ways{
      BodyFraming{"end", [](ServerResponse& r) { r.end(); }, ""},
      BodyFraming{"end(abc)", [](ServerResponse& r) { r.end("abc"); }, "abc"},
      BodyFraming{"write", [](ServerResponse& r) { r.write("ab"), r.end("c"); }, "abc"}};
  int status = 0;
  Headers lines;
  const BodyFraming* way = nullptr;
  serve([&](IncomingMessage& request, ServerResponse& response) {
    if (request.url() == "/next") return response.end("next"), void();
    response.write_head(status, lines);
    way->respond(response);
  });
  for (const std::string_view method : kEveryMethod)
    for (const int each : kStatuses)
      for (const Headers& framing :
           {Headers{}, Headers{{"Content-Length", "3"}}, Headers{{"Transfer-Encoding", "chunked"}}})
        for (const BodyFraming& each_way : ways) {
          // A program that breaks its own promise.
          if (framing.has("content-length") && each_way.body.empty()) continue;
          status = each;
          lines = framing;
          way = &each_way;
          const std::string heard =
              ask(fmt::format("{} / HTTP/1.1\r\nHost: x\r\n\r\n{}", method, kNext));
          const std::string where = fmt::format("{} {} {}\n{}", method, status, way->name, heard);
          const std::size_t head_end = heard.find("\r\n\r\n");
          const std::size_t next = heard.find("HTTP/1.1 200 OK", 15);
          ASSERT_NE(head_end, std::string::npos) << where;
          ASSERT_NE(next, std::string::npos) << where;
          EXPECT_TRUE(heard.ends_with("\r\n\r\nnext")) << where;
          const std::string head = heard.substr(0, head_end + 2);
          const std::string body = heard.substr(head_end + 4, next - head_end - 4);
          const bool chunked = has_line(head, "Transfer-Encoding: chunked\r\n");
          const bool sized = has_line(head, "Content-Length: ");
          EXPECT_FALSE(chunked && sized) << where;
          if (status < 200 || status == 204) {
            EXPECT_FALSE(chunked || sized) << where;
            EXPECT_EQ(body, "") << where;
          } else if (status == 205) {
            EXPECT_FALSE(chunked) << where;
            EXPECT_TRUE(has_line(head, "Content-Length: 0\r\n")) << where;
            EXPECT_EQ(body, "") << where;
          } else if (status == 304) {
            EXPECT_FALSE(chunked) << where;
            EXPECT_EQ(body, "") << where;
          } else if (method == "HEAD") {
            EXPECT_EQ(body, "") << where;
          } else if (chunked) {
            EXPECT_TRUE(body == "0\r\n\r\n" || body == "3\r\nabc\r\n0\r\n\r\n" ||
                        body == "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
                << where;
            EXPECT_EQ(body == "0\r\n\r\n", way->body.empty()) << where;
          } else {
            EXPECT_TRUE(has_line(head, fmt::format("Content-Length: {}\r\n", way->body.size())))
                << where;
            EXPECT_EQ(body, way->body) << where;
          }
        }
}

// --- Requests, written ---

class RequestBodyTest : public test::HttpClientTest {};

// A body without a length would be taken for the next request.
TEST_F(RequestBodyTest, IsFramedForEveryMethod) {
  std::string received;
  for (const std::string_view method : kEveryMethod)
    for (const bool at_once : {true, false}) {
      serve([&](net::Socket& socket, std::string_view piece) {
        received += piece;
        if (received.ends_with(at_once ? "\r\n\r\nabc" : "0\r\n\r\n"))
          socket.end("HTTP/1.1 204 X\r\n\r\n");
      });
      received.clear();
      const auto request = ask({.method = std::string(method)});
      if (!at_once) request->write("ab");
      request->end(at_once ? "abc" : "c");
      loop.run();
      EXPECT_EQ(received.contains("\r\nContent-Length: 3\r\n"), at_once) << received;
      EXPECT_EQ(received.contains("\r\nTransfer-Encoding: chunked\r\n"), !at_once) << received;
    }
}

TEST_F(RequestBodyTest, IsRefusedAfterAHeadThatAnnouncesNone) {
  answer_with(kOk);
  const auto request = ask();
  request->flush_headers();
  loop.poll();
  request->end("abc");
  EXPECT_THAT(after_close(), testing::HasSubstr("error(ERR_HTTP_BODY_NOT_ALLOWED)"));
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace weir::http
