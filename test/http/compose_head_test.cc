// The head of a message, and the framing that its lines come to, without a connection.
#include "http/compose_head.h"

#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::string_view kFirst = "HTTP/1.1 200 OK\r\n";

struct HeadCase {
  const char* name;
  Headers fields;
  FramingRules rules;
  BodyHint hint;
  std::string lines;  // of the head, without the first and the empty one
  Framing framing;
  int status = 200;
};

FramingRules rules_with(auto change) {
  FramingRules rules{.omitted = {Line::date}};
  change(rules);
  return rules;
}

const FramingRules kUsual = rules_with([](FramingRules&) {});
const FramingRules kClient =
    rules_with([](auto& rules) { rules.sender = FramingRules::Sender::client; });
const FramingRules kClientWithoutChunks = rules_with([](auto& rules) {
  rules.sender = FramingRules::Sender::client;
  rules.unsized = Body::none;
});
const FramingRules kOldPeer = rules_with([](auto& rules) {
  rules.unsized = Body::until_close;
  rules.wanted = Persistence::close;
});
constexpr BodyHint kHello{.bytes = 5, .is_whole = true};
constexpr Persistence kKeep = Persistence::keep;
constexpr Persistence kClose = Persistence::close;
const std::string kKeepLine = "Connection: keep-alive\r\n";
const std::string kCloseLine = "Connection: close\r\n";

std::vector<HeadCase> cases() {
  return {
      {"a body that is whole is sized",
       {{"A", "b"}},
       kUsual,
       kHello,
       "A: b\r\n" + kKeepLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"a body that goes on is chunked",
       {},
       kUsual,
       {.bytes = 5},
       kKeepLine + "Transfer-Encoding: chunked\r\n",
       {Body::chunked, {}, {}, kKeep, kKeep}},
      {"the program's length counts",
       {{"content-length", "7"}},
       kUsual,
       {.bytes = 5},
       "content-length: 7\r\n" + kKeepLine,
       {Body::sized, {}, 7, kKeep, kKeep}},
      {"a length that is no number sizes nothing",
       {{"Content-Length", "x"}},
       kUsual,
       {},
       "Content-Length: x\r\n" + kKeepLine,
       {Body::sized, {}, {}, kKeep, kKeep}},
      {"another encoding is sent as it is",
       {{"Transfer-Encoding", "gzip"}},
       kUsual,
       {},
       "Transfer-Encoding: gzip\r\n" + kKeepLine,
       {Body::until_close, {}, {}, kKeep, kKeep}},
      {"a trailer needs chunks",
       {{"Trailer", "X"}},
       kUsual,
       kHello,
       "Trailer: X\r\n" + kKeepLine + "Transfer-Encoding: chunked\r\n",
       {Body::chunked, {}, 5, kKeep, kKeep}},
      {"a connection that is to be closed",
       {{"Connection", "Close"}},
       kUsual,
       kHello,
       "Connection: Close\r\nContent-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kClose}},
      {"a connection that is to be kept",
       {{"Connection", "keep-alive"}},
       rules_with([](auto& rules) { rules.wanted = kClose; }),
       kHello,
       "Connection: keep-alive\r\nContent-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"a peer without chunks, of an unknown length",
       {},
       kOldPeer,
       {.bytes = 5},
       kCloseLine,
       {Body::until_close, {}, {}, kClose, kClose}},
      {"a peer without chunks that keeps its connection, of a known length",
       {{"Content-Length", "5"}},
       rules_with([](auto& rules) { rules.unsized = Body::until_close; }),
       {},
       "Content-Length: 5\r\n" + kKeepLine,
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"the last request that the connection takes",
       {},
       rules_with([](auto& rules) { rules.reached_limit = true; }),
       kHello,
       kCloseLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"how long the connection is kept",
       {},
       rules_with([](auto& rules) {
         rules.keep_alive_timeout = std::chrono::milliseconds(5999);
         rules.most_requests = 3;
       }),
       kHello,
       kKeepLine + "Keep-Alive: timeout=5, max=3\r\nContent-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"how long the connection is kept, as the program says",
       {{"Keep-Alive", "timeout=1"}},
       rules_with([](auto& rules) { rules.keep_alive_timeout = std::chrono::milliseconds(5000); }),
       kHello,
       "Keep-Alive: timeout=1\r\n" + kKeepLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"no length",
       {},
       rules_with([](auto& rules) { rules.omitted.add(Line::length); }),
       kHello,
       kKeepLine + "Transfer-Encoding: chunked\r\n",
       {Body::chunked, {}, 5, kKeep, kKeep}},
      {"neither length nor encoding",
       {},
       rules_with([](auto& rules) {
         rules.omitted.add(Line::length);
         rules.omitted.add(Line::encoding);
       }),
       kHello,
       kKeepLine,
       {Body::until_close, {}, 5, kKeep, kClose}},
      {"no connection line",
       {},
       rules_with([](auto& rules) { rules.omitted.add(Line::connection); }),
       kHello,
       "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"no connection line, and none to keep",
       {},
       rules_with([](auto& rules) {
         rules.omitted.add(Line::connection);
         rules.wanted = kClose;
       }),
       kHello,
       "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kClose, kClose}},
      {"a line that was removed and set again",
       {{"Connection", "close"}},
       rules_with([](auto& rules) { rules.omitted.add(Line::connection); }),
       kHello,
       "Connection: close\r\nContent-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kClose}},
      {"a status without a body",
       {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}, {"A", "b"}},
       kUsual,
       kHello,
       "A: b\r\n" + kKeepLine,
       {Body::none, BodyRule::dropped, 5, kKeep, kKeep},
       204},
      {"a status whose lines are those of another answer",
       {{"Content-Length", "5"}},
       kUsual,
       {},
       "Content-Length: 5\r\n" + kKeepLine,
       {Body::none, BodyRule::dropped, 5, kKeep, kKeep},
       304},
      {"a status that empties the client's view",
       {{"Content-Length", "5"}},
       rules_with([](auto& rules) { rules.bodiless = BodyRule::refused; }),
       {},
       kKeepLine + "Content-Length: 0\r\n",
       {Body::none, BodyRule::refused, {}, kKeep, kKeep},
       205},
      {"an answer to HEAD",
       {{"Transfer-Encoding", "chunked"}},
       rules_with([](auto& rules) { rules.body = BodyRule::dropped; }),
       {},
       "Transfer-Encoding: chunked\r\n" + kKeepLine,
       {Body::none, BodyRule::dropped, {}, kKeep, kKeep}},
      {"cookies are one line",
       {{"Cookie", "a=1"}, {"A", "b"}, {"cookie", "c=2"}},
       kClient,
       kHello,
       "Cookie: a=1; c=2\r\nA: b\r\n" + kKeepLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep},
       0},
      {"lines of which there is one",
       {{"X", "1"}, {"Y", "1"}, {"x", "2"}, {"y", "2"}},
       rules_with([](auto& rules) {
         rules.unique = std::make_shared<const std::vector<std::string>>(1, "x");
       }),
       kHello,
       "X: 1; 2\r\nY: 1\r\ny: 2\r\n" + kKeepLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep}},
      {"a request without a body",
       {},
       kClientWithoutChunks,
       {.is_whole = true},
       kKeepLine,
       {Body::none, BodyRule::refused, 0, kKeep, kClose},
       0},
      {"a request that has a body all the same",
       {},
       kClientWithoutChunks,
       kHello,
       kKeepLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kKeep, kKeep},
       0},
      {"a request whose body goes on",
       {},
       kClientWithoutChunks,
       {.bytes = 5},
       kKeepLine + "Transfer-Encoding: chunked\r\n",
       {Body::chunked, {}, {}, kKeep, kKeep},
       0},
      {"a connection that is closed whatever was wanted",
       {},
       rules_with([](auto& rules) { rules.wanted = rules.after = kClose; }),
       kHello,
       kCloseLine + "Content-Length: 5\r\n",
       {Body::sized, {}, 5, kClose, kClose}},
  };
}

std::string text_of(const HeadText& text) { return {text.data(), text.size()}; }

TEST(ComposeHeadTest, LinesAndFramingFollowFromTheProgramsLinesAndTheRules) {
  for (const HeadCase& each : cases()) {
    SCOPED_TRACE(each.name);
    HeadText text;
    const Framing framing =
        compose_head(text, {kFirst, each.status, each.fields, {}}, each.rules, each.hint);
    EXPECT_EQ(text_of(text), std::string(kFirst) + each.lines + "\r\n");
    EXPECT_EQ(framing.body, each.framing.body);
    EXPECT_EQ(framing.rule, each.framing.rule);
    EXPECT_EQ(framing.length, each.framing.length);
    EXPECT_EQ(framing.wanted, each.framing.wanted);
    EXPECT_EQ(framing.after, each.framing.after);
  }
}

TEST(ComposeHeadTest, TheDateStandsAfterTheProgramsLinesUnlessItIsOneOfThem) {
  for (const bool has_date : {false, true}) {
    HeadText text;
    const Headers fields = has_date ? Headers{{"date", "then"}} : Headers{{"A", "b"}};
    compose_head(text, {kFirst, 200, fields, "now"}, {}, kHello);
    const std::string lines = has_date ? "date: then\r\n" : "A: b\r\nDate: now\r\n";
    EXPECT_EQ(text_of(text), std::string(kFirst) + lines + kKeepLine + "Content-Length: 5\r\n\r\n");
  }
}

TEST(ComposeHeadTest, ATrailerLineWithoutChunksIsRefusedAndLeavesTheTextAsItWas) {
  HeadText text;
  append(text, "before");
  const Headers fields{{"Trailer", "X"}, {"Content-Length", "5"}};
  try {
    compose_head(text, {kFirst, 200, fields, {}}, kUsual, kHello);
    ADD_FAILURE() << "it was composed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::trailer_invalid);
  }
  EXPECT_EQ(text_of(text), "before");
}

TEST(ComposeHeadTest, AHeadOfAnySizeIsAppendedToTheText) {
  HeadText text;
  append(text, "before");
  const std::string value(100'000, 'x');
  compose_head(text, {kFirst, 200, {{"A", value}}, {}}, kUsual, kHello);
  EXPECT_EQ(text_of(text), "before" + std::string(kFirst) + "A: " + value + "\r\n" + kKeepLine +
                               "Content-Length: 5\r\n\r\n");
}

}  // namespace
}  // namespace weir::http
