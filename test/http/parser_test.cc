#include "http/parser.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::string_literals::operator""s;

// Logs the parser's calls.
class Recorder final : public ParserHandler {
 public:
  std::string log;
  Next next = Next::body;
  Parser* pauses = nullptr;

  void on_message_begin() noexcept override { log += "begin "; }
  Next on_head(MessageHead&& head) noexcept override {
    log += head.status ? fmt::format("{} {}", head.status, head.reason)
                       : fmt::format("{} {}", head.method, head.url);
    for (const auto [name, value] : head.headers) log += fmt::format(" {}={}", name, value);
    if (!head.keep_alive) log += " close";
    if (head.upgrade) log += " upgrade";
    log += ' ';
    return next;
  }
  void on_body(Buffer piece) noexcept override { log += fmt::format("body({}) ", piece.text()); }
  void on_message_complete(Headers&& trailers) noexcept override {
    for (const auto [name, value] : trailers) log += fmt::format("{}={} ", name, value);
    log += "complete ";
    if (pauses) pauses->pause();
  }
};

class ParserTest : public testing::Test {
 protected:
  // The calls since the last feed, and the error's name after "!".
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

TEST_F(ParserTest, ReadsOneRequestAfterTheOther) {
  EXPECT_EQ(feed("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n"),
            "begin GET /1 complete begin GET /2 Connection=close close complete");
}

TEST_F(ParserTest, ReadsAResponse) {
  Parser responses(Parser::Kind::response, handler, {});
  EXPECT_EQ(feed_to(responses, "HTTP/1.1 404 Not Here\r\nContent-Length: 2\r\n\r\nab"),
            "begin 404 Not Here Content-Length=2 body(ab) complete");
}

TEST_F(ParserTest, ReadsStatusLines) {
  for (const auto& [line, said] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 204 No Content", "begin 204 No Content complete"},
           {"HTTP/1.1 204 ", "begin 204  complete"},
           {"HTTP/1.1 204", "begin 204  complete"},
           {"HTTP/1.9 204 X", "begin 204 X complete"},
           {"HTTP/1.0 204 X", "begin 204 X close complete"},
           {"HTTP/1.1 204 a\tb\xff", "begin 204 a\tb\xff complete"},
           {"HTTP/1.1 204X", "begin !HPE_INVALID_STATUS"},
           {"HTTP/1.1 20", "begin !HPE_INVALID_STATUS"},
           {"HTTP/1.1 2040", "begin !HPE_INVALID_STATUS"},
           {"HTTP/1.1 099 X", "begin !HPE_INVALID_STATUS"},
           {"HTTP/1.1  204 X", "begin !HPE_INVALID_STATUS"},
           {"HTTP/1.1", "begin !HPE_INVALID_VERSION"},
           {"HTTP/1.1 204 a\x01", "begin !HPE_INVALID_HEADER_TOKEN"},
           {"HTTP/2.0 204 X", "begin !HPE_INVALID_VERSION"},
           {"HTTP/0.9 204 X", "begin !HPE_INVALID_VERSION"},
           {"HTTP/1.10 204 X", "begin !HPE_INVALID_VERSION"},
           {"http/1.1 204 X", "begin !HPE_INVALID_CONSTANT"},
           {"ICY 204 OK", "begin !HPE_INVALID_CONSTANT"}}) {
    Parser responses(Parser::Kind::response, handler, {});
    EXPECT_EQ(feed_to(responses, line + "\r\n\r\n"), said) << line;
  }
}

// RFC 9112, 5.2: of a client.
TEST_F(ParserTest, JoinsTheFoldedLinesOfAResponse) {
  const std::string text = "HTTP/1.1 204 X\r\nA: b\r\n c\r\n\td \r\n \r\nE: f\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Parser responses(Parser::Kind::response, handler, {});
    std::string said = feed_to(responses, text.substr(0, cut));
    const std::string rest = feed_to(responses, text.substr(cut));
    if (!said.empty() && !rest.empty()) said += ' ';
    EXPECT_EQ(said + rest, "begin 204 X A=b c d E=f complete") << cut;
  }
}

TEST_F(ParserTest, ReadsAResponseAfterAnInterimOneOfAnOldServer) {
  Parser responses(Parser::Kind::response, handler, {});
  EXPECT_EQ(
      feed_to(responses, "HTTP/1.0 100 X\r\n\r\nHTTP/1.0 200 X\r\nContent-Length: 1\r\n\r\na"),
      "begin 100 X close complete begin 200 X Content-Length=1 close body(a) complete");
}

// A chunk of one byte may have an extension, not each of thousands.
TEST_F(ParserTest, BoundsTheSizeOfChunkLinesOverTheWholeBody) {
  feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1;a=" + std::string(100, 'b') + "\r\nx\r\n";
  int chunks = 0;
  while (!result.error && chunks < 1000) {
    feed(chunk);
    ++chunks;
  }
  EXPECT_EQ(result.error.name(), "HPE_CHUNK_EXTENSIONS_OVERFLOW");
  EXPECT_GT(chunks, 100);
  EXPECT_LT(chunks, 300);
  Parser signed_chunks(Parser::Kind::request, handler, {});
  feed_to(signed_chunks, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string large = "100;a=" + std::string(100, 'b') + "\r\n" + std::string(256, 'x');
  for (int i = 0; i < 10'000 && !result.error; ++i) feed_to(signed_chunks, large + "\r\n");
  EXPECT_FALSE(result.error);
}

TEST_F(ParserTest, ReadsAResponseToItsConnectionsEnd) {
  Parser responses(Parser::Kind::response, handler, {});
  EXPECT_EQ(feed_to(responses, "HTTP/1.1 200 OK\r\n\r\nab"), "begin 200 OK close body(ab)");
  EXPECT_FALSE(responses.finish());
  EXPECT_EQ(handler.log, "complete ");
}

TEST_F(ParserTest, LeavesAResponseToHeadWithoutItsBody) {
  Parser responses(Parser::Kind::response, handler, {}, "HEAD");
  EXPECT_EQ(
      feed_to(responses, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHTTP/1.1 204 B\r\n\r\n"),
      "begin 200 OK Content-Length=2 complete begin 204 B complete");
}

TEST_F(ParserTest, StopsAfterAnUpgrade) {
  handler.next = ParserHandler::Next::tunnel;
  const std::string head = "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
  EXPECT_EQ(feed(head + "HEAD"), "begin GET / Connection=upgrade Upgrade=x upgrade complete");
  EXPECT_TRUE(result.upgraded);
  EXPECT_EQ(result.parsed, head.size());
}

TEST_F(ParserTest, ReadsOnAfterAnUpgradeWithoutAListener) {
  EXPECT_EQ(
      feed("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
      "begin GET / Connection=upgrade Upgrade=x upgrade complete begin GET /2 complete");
}

TEST_F(ParserTest, PausesAfterAMessage) {
  handler.pauses = &parser;
  const std::string first = "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
  const std::string second = "GET /2 HTTP/1.1\r\n\r\n";
  EXPECT_EQ(feed(first + second), "begin POST /1 Content-Length=2 body(ab) complete");
  EXPECT_TRUE(result.paused);
  EXPECT_EQ(result.parsed, first.size());
  handler.pauses = nullptr;
  EXPECT_EQ(feed(second), "begin GET /2 complete");
  EXPECT_FALSE(result.paused);
}

TEST_F(ParserTest, ReportsTheNumberOfParsedBytes) {
  EXPECT_EQ(feed("GARBAGE\r\n\r\n"), "begin !HPE_INVALID_METHOD");
  EXPECT_EQ(result.parsed, 1u);
  EXPECT_EQ(result.error.message(), "Parse Error: Invalid method encountered");
}

TEST_F(ParserTest, StaysBrokenAfterAnError) {
  feed("GARBAGE\r\n\r\n");
  EXPECT_EQ(feed("GET / HTTP/1.1\r\n\r\n"), "!HPE_INVALID_METHOD");
}

TEST_F(ParserTest, ReportsAMessageThatIsCutOff) {
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

// The deviations that Node accepts with insecureHTTPParser.
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

TEST_F(ParserTest, RefusesItAlsoWithoutAReader) {
  for (const std::string text :
       {"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}) {
    Parser insecure(Parser::Kind::request, handler, {.insecure = true});
    feed_to(insecure, text);
    EXPECT_TRUE(result.error) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace weir::http
