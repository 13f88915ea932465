#include "http/parser.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::string_literals::operator""s;

// What Node 20.20 refuses with a 400, one form of smuggling or garbage each.
const std::vector<std::string> kRefused{
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3 3\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"s,
    "GET / HTTP/1.1\nHost: x\n\n"s,
    "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\n\n"s,
    "GET / HTTP/1.1\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\n\rA: b\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nX:\rTransfer-Encoding: chunked\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"s,
    "GET / HTTP/1.1\r\n Host: x\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost : x\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"s,
    "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111111\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3 ;a=b\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3; a=b\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\n\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\nabc"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \013chunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA\000B: c\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\000c\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\001c\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\177c\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nAbc\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n"s,
    "GET / HTTP/1.2\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.10\r\nHost: x\r\n\r\n"s,
    "GET / http/1.1\r\nHost: x\r\n\r\n"s,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
    "get / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "FOO / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    " GET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET /\001 HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET /\377 HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET /\177 HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET  HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET foo HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "G\000ET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\n\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, close\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"s,
};

// What looks odd, and what Node 20.20 takes all the same.
const std::vector<std::string> kAccepted{
    "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b c\"\r\nabc\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \r\n\r\n"s,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"s,
    "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\377c\r\n\r\n"s,
    "GET / HTTP/2.0\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/0.9\r\nHost: x\r\n\r\n"s,
    "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"s,
    "SOURCE / ICE/1.0\r\nHost: x\r\n\r\n"s,
    "DESCRIBE / RTSP/1.0\r\nHost: x\r\n\r\n"s,
    "GET / RTSP/1.0\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\n"s,
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"s,
};

// Writes down what it is told.
class Recorder final : public ParserHandler {
 public:
  std::string log;
  Body body = Body::follows;

  void on_message_begin() noexcept override { log += "begin "; }
  Body on_head(MessageHead&& head) noexcept override {
    log += head.status ? fmt::format("{} {}", head.status, head.reason)
                       : fmt::format("{} {}", head.method, head.url);
    for (const auto [name, value] : head.headers) log += fmt::format(" {}={}", name, value);
    if (!head.keep_alive) log += " close";
    if (head.upgrade) log += " upgrade";
    log += ' ';
    return body;
  }
  void on_body(Buffer piece) noexcept override { log += fmt::format("body({}) ", piece.text()); }
  void on_message_complete(Headers&& trailers) noexcept override {
    for (const auto [name, value] : trailers) log += fmt::format("{}={} ", name, value);
    log += "complete ";
  }
};

class ParserTest : public testing::Test {
 protected:
  // What the handler was told since the last time, and the error's name behind a "!".
  std::string feed(std::string_view text) { return feed_to(parser, text); }
  std::string feed_to(Parser& to, std::string_view text) {
    result = to.execute(Buffer::copy(text));
    if (result.error) handler.log += fmt::format("!{} ", result.error.name());
    std::string said = std::exchange(handler.log, "");
    if (!said.empty()) said.pop_back();
    return said;
  }

  Recorder handler;
  Parser parser{Parser::Kind::request, handler, {}};
  Parser::Result result;
};

TEST_F(ParserTest, ReadsARequest) {
  EXPECT_EQ(feed("GET /a?b HTTP/1.1\r\nHost: x\r\nA:  b c \t\r\n\r\n"),
            "begin GET /a?b Host=x A=b c complete");
}

TEST_F(ParserTest, ReadsARequestThatComesByteByByte) {
  std::string said;
  for (const char c : "POST /ab HTTP/1.1\r\nHost: x\r\nEmpty:\r\nContent-Length: 3\r\n\r\nxyz"s)
    if (const std::string now = feed(std::string(1, c)); !now.empty()) said += now + ' ';
  EXPECT_EQ(said,
            "begin POST /ab Host=x Empty= Content-Length=3 body(x) body(y) body(z) complete ");
}

TEST_F(ParserTest, ReadsAChunkedBodyAndItsTrailers) {
  EXPECT_EQ(feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: v\r\n\r\n"),
            "begin POST / Transfer-Encoding=chunked body(abc) body(de) X-T=v complete");
}

TEST_F(ParserTest, ReadsOneRequestBehindTheOther) {
  EXPECT_EQ(feed("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n"),
            "begin GET /1 complete begin GET /2 Connection=close close complete");
}

TEST_F(ParserTest, ReadsAResponse) {
  Parser responses(Parser::Kind::response, handler, {});
  EXPECT_EQ(feed_to(responses, "HTTP/1.1 404 Not Here\r\nContent-Length: 2\r\n\r\nab"),
            "begin 404 Not Here Content-Length=2 body(ab) complete");
}

TEST_F(ParserTest, ReadsAResponseToItsConnectionsEnd) {
  Parser responses(Parser::Kind::response, handler, {});
  EXPECT_EQ(feed_to(responses, "HTTP/1.1 200 OK\r\n\r\nab"), "begin 200 OK close body(ab)");
  EXPECT_FALSE(responses.finish());
  EXPECT_EQ(handler.log, "complete ");
}

TEST_F(ParserTest, LeavesAResponseToHeadWithoutItsBody) {
  Parser responses(Parser::Kind::response, handler, {});
  handler.body = ParserHandler::Body::none;
  EXPECT_EQ(
      feed_to(responses, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHTTP/1.1 204 B\r\n\r\n"),
      "begin 200 OK Content-Length=2 complete begin 204 B complete");
}

TEST_F(ParserTest, StopsBehindAnUpgrade) {
  handler.body = ParserHandler::Body::foreign;
  const std::string head = "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
  EXPECT_EQ(feed(head + "HEAD"), "begin GET / Connection=upgrade Upgrade=x upgrade complete");
  EXPECT_TRUE(result.upgraded);
  EXPECT_EQ(result.parsed, head.size());
}

TEST_F(ParserTest, ReadsOnBehindAnUpgradeThatNobodyWants) {
  EXPECT_EQ(
      feed("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
      "begin GET / Connection=upgrade Upgrade=x upgrade complete begin GET /2 complete");
}

TEST_F(ParserTest, SaysHowFarItCame) {
  EXPECT_EQ(feed("GARBAGE\r\n\r\n"), "begin !HPE_INVALID_METHOD");
  EXPECT_EQ(result.parsed, 1u);
  EXPECT_EQ(result.error.message(), "Parse Error: Invalid method encountered");
}

TEST_F(ParserTest, StaysBrokenAfterAnError) {
  feed("GARBAGE\r\n\r\n");
  EXPECT_EQ(feed("GET / HTTP/1.1\r\n\r\n"), "!HPE_INVALID_METHOD");
}

TEST_F(ParserTest, TellsOfAMessageThatIsCutOff) {
  feed("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab");
  EXPECT_EQ(parser.finish().name(), "HPE_INVALID_EOF_STATE");
}

TEST_F(ParserTest, TakesAnEndBetweenMessages) {
  feed("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(parser.finish());
}

TEST_F(ParserTest, RefusesAHeadThatIsTooLarge) {
  const std::string most(16 * 1024 - 3, 'a');
  EXPECT_EQ(feed("GET / HTTP/1.1\r\nA: " + most + "\r\n\r\n").substr(0, 5), "begin");
  EXPECT_FALSE(result.error);
  EXPECT_EQ(feed("GET / HTTP/1.1\r\nA: " + most + "a\r\n\r\n"), "begin !HPE_HEADER_OVERFLOW");
}

TEST_F(ParserTest, CountsAHeadThatTrickles) {
  feed("GET / HTTP/1.1\r\nA: ");
  std::string said;
  for (int i = 0; i < 20 && said.empty(); ++i) said = feed(std::string(1000, 'a'));
  EXPECT_EQ(said, "!HPE_HEADER_OVERFLOW");
}

TEST_F(ParserTest, RefusesChunkExtensionsThatAreTooLarge) {
  feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(feed("2;" + std::string(16 * 1024 + 1, 'a') + "\r\nab\r\n"),
            "!HPE_CHUNK_EXTENSIONS_OVERFLOW");
}

TEST_F(ParserTest, DropsLinesBeyondTheirNumber) {
  Parser few(Parser::Kind::request, handler, {.header_count = 2});
  EXPECT_EQ(feed_to(few, "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"),
            "begin GET / A=1 B=2 complete");
}

TEST_F(ParserTest, RefusesWhatNodeRefuses) {
  for (const std::string& text : kRefused) {
    Parser fresh(Parser::Kind::request, handler, {});
    feed_to(fresh, text);
    EXPECT_TRUE(result.error) << testing::PrintToString(text);
  }
}

// What Node takes with insecureHTTPParser, of that.
TEST_F(ParserTest, TakesSomeOfItWhereItNeedNotBeSecure) {
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"GET / HTTP/1.1\nHost: x\n\n", "begin GET / Host=x complete"},
           {"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", "begin GET / Host=x A=b complete"},
           {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "begin GET / Host=x A=b c complete"},
           {"GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n", "begin GET / Host=x A=b\x01 complete"},
           {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            "begin POST / Transfer-Encoding=chunked Content-Length=3 complete"}}) {
    Parser fresh(Parser::Kind::request, handler, {});
    feed_to(fresh, text);
    EXPECT_TRUE(result.error) << testing::PrintToString(text);
    Parser insecure(Parser::Kind::request, handler, {.insecure = true});
    EXPECT_EQ(feed_to(insecure, text), said);
  }
}

TEST_F(ParserTest, RefusesItAllTheSameWhereNobodyCouldReadIt) {
  for (const std::string text :
       {"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}) {
    Parser insecure(Parser::Kind::request, handler, {.insecure = true});
    feed_to(insecure, text);
    EXPECT_TRUE(result.error) << testing::PrintToString(text);
  }
}

TEST_F(ParserTest, RefusesItHoweverItIsCut) {
  for (const std::string& text : kRefused) {
    Parser fresh(Parser::Kind::request, handler, {});
    for (const char c : text) feed_to(fresh, std::string(1, c));
    EXPECT_TRUE(result.error) << testing::PrintToString(text);
  }
}

TEST_F(ParserTest, TakesWhatNodeTakesHoweverItIsCut) {
  for (const std::string& text : kAccepted) {
    Parser fresh(Parser::Kind::request, handler, {});
    feed_to(fresh, text);
    EXPECT_FALSE(result.error) << testing::PrintToString(text) << result.error;
    Parser cut(Parser::Kind::request, handler, {});
    for (const char c : text) {
      feed_to(cut, std::string(1, c));
      EXPECT_FALSE(result.error) << testing::PrintToString(text) << result.error;
    }
  }
}

}  // namespace
}  // namespace weir::http
