#include "http/parser.h"
#include "support/http_test.h"
#include "support/request_vectors.h"
#include <weir/http/server.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using test::request_vectors;
using test::RequestVector;

// Statuses and bodies of the answers: "200(abc) 400()".
std::string summary(std::string_view heard) {
  constexpr std::string_view kStart = "HTTP/1.1 ";
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  std::string said;
  while (heard.starts_with(kStart)) {
    const std::string_view head = heard.substr(0, heard.find(kHeadEnd));
    heard.remove_prefix(std::min(head.size() + kHeadEnd.size(), heard.size()));
    std::string_view body = heard.substr(0, heard.find(kStart));
    heard.remove_prefix(body.size());
    // Without a length.
    if (body == "0\r\n\r\n") body = {};
    said += fmt::format("{}{}({})", said.empty() ? "" : " ", head.substr(kStart.size(), 3), body);
  }
  return heard.empty() ? said : fmt::format("{} and {}", said, heard);
}

class RequestSyntaxTest : public test::HttpTest {
 protected:
  static constexpr std::string_view kNext =
      "PUT /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  // Answers with the body of the request, of which the length is known.
  void serve_echo(const ServerOptions& options = {}) {
    serve(
        [](IncomingMessage& request, ServerResponse& response) {
          auto body = std::make_shared<std::string>(request.url() == "/next" ? "next" : "");
          request.on<Data>([body](const Data& data) { *body += data.chunk.text(); });
          request.on<End>([body, response = Ref(&response)] { response->end(*body); });
        },
        options);
    server->on<ConnectEvent>([](const ConnectEvent& event) {
      event.connection.end("HTTP/1.1 200 OK\r\n\r\n");
      event.connection.resume();
    });
  }
};

TEST_F(RequestSyntaxTest, EachRequestHasTheAnswerThatTheRfcAsksFor) {
  serve_echo();
  for (const RequestVector& vector : request_vectors()) {
    const bool goes_on = vector.status == 200 && !vector.closes;
    EXPECT_EQ(summary(ask(vector.request + std::string(kNext))),
              fmt::format("{}({}){}", vector.status, vector.body, goes_on ? " 200(next)" : ""))
        << vector.section << ": " << testing::PrintToString(vector.request.substr(0, 200));
  }
}

// --- However its bytes are cut ---

// Logs the events of a parser, with the pieces of a body joined.
class HeadRecorder final : public ParserHandler {
 public:
  std::string log;

  void on_message_begin() noexcept override { log += "begin "; }
  Next on_head(MessageHead&& head) noexcept override {
    log +=
        fmt::format("{} {} {}.{} {} {} {} ", head.method, head.url, head.version_major,
                    head.version_minor, static_cast<int>(head.host), head.keep_alive, head.upgrade);
    for (const auto [name, value] : head.headers) log += fmt::format("{}={} ", name, value);
    return head.method == "CONNECT" ? Next::tunnel : Next::body;
  }
  void on_body(Buffer piece) noexcept override { log += piece.text(); }
  void on_message_complete(Headers&& trailers) noexcept override {
    for (const auto [name, value] : trailers) log += fmt::format(" {}={}", name, value);
    log += " complete ";
  }
};

std::string parse(std::string_view text, std::initializer_list<std::size_t> cuts,
                  std::size_t every = 0) {
  HeadRecorder recorder;
  Parser parser(Parser::Kind::request, recorder, {});
  Parser::Result result;
  std::size_t position = 0;  // of all bytes
  const auto feed = [&](std::string_view piece) {
    if (result.error || result.upgraded) return;
    result = parser.execute(Buffer::copy(piece));
    position += result.parsed;
  };
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    feed(text.substr(begin, cut - begin));
    begin = cut;
  }
  for (; every > 0 && begin < text.size(); begin += every) feed(text.substr(begin, every));
  if (begin < text.size()) feed(text.substr(begin));
  if (result.error) recorder.log += fmt::format("!{}", result.error.message());
  return recorder.log + (result.upgraded ? fmt::format("upgraded at {}", position) : "");
}

TEST(RequestCutsTest, AreNotSeenByTheParser) {
  for (const RequestVector& vector : request_vectors()) {
    const std::string whole = parse(vector.request, {});
    EXPECT_EQ(parse(vector.request, {}, 1), whole)
        << vector.section << ": " << testing::PrintToString(vector.request.substr(0, 200));
    const std::size_t last = std::min<std::size_t>(vector.request.size(), 300);
    for (std::size_t cut = 0; cut <= last; ++cut)
      EXPECT_EQ(parse(vector.request, {cut}), whole)
          << vector.section << ": " << testing::PrintToString(vector.request.substr(0, cut))
          << " and " << testing::PrintToString(vector.request.substr(cut, 200));
  }
}

}  // namespace
}  // namespace weir::http
