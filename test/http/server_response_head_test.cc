// The heads of responses, as recorded from Node 26.
#include "support/http_test.h"
#include <weir/http/server_response.h>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class ServerResponseHeadTest : public test::HttpTest {
 protected:
  static inline const std::string kChunked = kClosing + "Transfer-Encoding: chunked\r\n\r\n";

  std::string answer(Handler handler, const ServerOptions& options = {}) {
    serve(std::move(handler), options);
    return ask(get("/"));
  }
};

// --- The head ---

TEST_F(ServerResponseHeadTest, AWriteHeadThatThrowsChangesNothing) {
  const std::string expected = answer([](auto&, auto& r) {
    r.set_header("A", "b");
    r.end("a");
  });
  server->close();
  const std::vector<std::function<void(ServerResponse&)>> wrong{
      [](auto& r) { r.write_head(99, {{"A", "c"}}); },
      [](auto& r) { r.write_head(1000, "Reason", {{"A", "c"}}); },
      [](auto& r) { r.write_head(404, "Reason\n", {{"A", "c"}, {"X", "y"}}); },
      [](auto& r) { r.write_head(404, "Reason", {{"A", "c"}, {"X", "y\n"}}); },
      [](auto& r) { r.write_head(404, "Reason", {{"A", "c"}, {"", "y"}}); },
      [](auto& r) { r.write_head(204, "Reason", {{"A", "c"}, {"Trailer", "y"}}); },
      [](auto& r) {
        r.write_head(404, "Reason",
                     {{"Connection", "close"}, {"Trailer", "y"}, {"Content-Length", "7"}});
      },
  };
  for (const auto& each : wrong) {
    EXPECT_EQ(answer([&](auto&, auto& r) {
                r.set_header("A", "b");
                EXPECT_TRUE(test::thrown_by([&] { each(r); }));
                EXPECT_FALSE(r.headers_sent());
                EXPECT_EQ(r.status_code(), 200);
                r.end("a");
              }),
              expected)
        << &each - wrong.data();
    server->close();
  }
}

TEST_F(ServerResponseHeadTest, WriteHeadOverridesEarlierHeaders) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.set_header("A", "1");
              r.write_head(201, "Yo", {{"A", "2"}, {"B", "3"}});
              r.end();
            }),
            "HTTP/1.1 201 Yo\r\nA: 2\r\nB: 3\r\nDate: X\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_F(ServerResponseHeadTest, SeveralValuesAreSeveralLines) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.set_header("Set-Cookie", {"a", "b"});
              r.set_header("X-Y", "1");
              r.append_header("x-y", "2");
              EXPECT_EQ(r.get_header("x-y"), "1, 2");
              EXPECT_TRUE(r.has_header("X-y"));
              EXPECT_EQ(r.get_header_names(), (std::vector<std::string_view>{"Set-Cookie", "X-Y"}));
              r.end();
            }),
            "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Y: 1\r\nx-y: 2\r\nDate: X\r\n"
            "Connection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ServerResponseHeadTest, SeveralValuesOfAUniqueHeaderAreOneLine) {
  serve(
      [](auto&, auto& r) {
        r.set_header("X-One", {"a", "b"});
        r.set_header("X-Two", {"a", "b"});
        r.append_header("x-one", "");
        r.set_header("Cookie", {"c", "d"});
        r.end();
      },
      {.unique_headers = {"x-ONE", "Connection"}});
  EXPECT_EQ(
      ask(get("/")),
      "HTTP/1.1 200 OK\r\nX-One: a; b; \r\nX-Two: a\r\nX-Two: b\r\nCookie: c; d\r\nDate: X\r\n"
      "Connection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ServerResponseHeadTest, TheStatusIsThatOfTheFirstWrite) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.set_status_code(404);
              r.write("a");
              r.set_status_code(500);
              r.end();
            }),
            "HTTP/1.1 404 Not Found\r\nDate: X\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
}

TEST_F(ServerResponseHeadTest, WriteHeadSendsEachOfItsLinesWithOneName) {
  for (const bool was_set : {false, true}) {
    EXPECT_EQ(answer([&](auto&, auto& r) {
                if (was_set) r.set_header("A", "0");
                r.write_head(200, {{"A", "1"}, {"A", "2"}, {"B", "3"}});
                r.end();
              }),
              "HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nB: 3\r\nDate: X\r\nConnection: close\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    server->close();
  }
}

TEST_F(ServerResponseHeadTest, InterimHeadsComeBeforeTheHead) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              r.write_information(100, {}, log.callback("100"));
              r.write_information(104, {{"X", "1"}, {"X", "2"}});
              r.write_information(103, {{"Link", "</a>; rel=preload"}});
              r.end("x");
            }),
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 104 unknown\r\nX: 1\r\nX: 2\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" +
                kClosing + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(log.take(), "100");
}

TEST_F(ServerResponseHeadTest, AnInterimHeadNeedsAnInterimStatusAndValidLines) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              for (const int status : {99, 101, 200, -1})
                log.add(std::to_string(status),
                        test::thrown_by([&] { r.write_information(status); }));
              log.add("name", test::thrown_by([&] { r.write_early_hints({{"a b", "c"}}); }));
              log.add("value", test::thrown_by([&] { r.write_information(103, {{"a", "\n"}}); }));
              r.end("x");
            }),
            kClosing + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(log.take(),
            "99(ERR_OUT_OF_RANGE) 101(ERR_HTTP_INVALID_STATUS_CODE) 200(ERR_OUT_OF_RANGE) "
            "-1(ERR_OUT_OF_RANGE) name(ERR_INVALID_HTTP_TOKEN) value(ERR_INVALID_CHAR)");
}

TEST_F(ServerResponseHeadTest, NoInterimHeadIsSentWithinABody) {
  const std::vector<std::function<void(ServerResponse&)>> interim{
      [](auto& r) { r.write_continue(); },
      [](auto& r) { r.write_processing(); },
      [](auto& r) { r.write_early_hints({}); },
      [](auto& r) { r.write_information(110); },
  };
  EXPECT_EQ(answer([&](auto&, auto& r) {
              r.write("a");
              for (const auto& each : interim) log.add("", test::thrown_by([&] { each(r); }));
              r.end();
              for (const auto& each : interim) log.add("", test::thrown_by([&] { each(r); }));
            }),
            kChunked + "1\r\na\r\n0\r\n\r\n");
  std::string expected;
  for (std::size_t i = 0; i < 2 * interim.size(); ++i) expected += " (ERR_HTTP_HEADERS_SENT)";
  EXPECT_EQ(log.take(), expected.substr(1));
}

TEST_F(ServerResponseHeadTest, TheHeadIsFixedByTheFirstWrite) {
  answer([this](auto&, auto& r) {
    EXPECT_FALSE(r.headers_sent());
    r.write("a");
    EXPECT_TRUE(r.headers_sent());
    log.add("set", test::thrown_by([&] { r.set_header("A", "1"); }));
    log.add("write_head", test::thrown_by([&] { r.write_head(200); }));
    log.add("remove", test::thrown_by([&] { r.remove_header("A"); }));
    r.end();
  });
  EXPECT_EQ(log.take(),
            "set(ERR_HTTP_HEADERS_SENT) write_head(ERR_HTTP_HEADERS_SENT) "
            "remove(ERR_HTTP_HEADERS_SENT)");
}

TEST_F(ServerResponseHeadTest, InvalidHeadersAreRefused) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              log.add("name", test::thrown_by([&] { r.set_header("a b", "1"); }));
              log.add("value", test::thrown_by([&] { r.set_header("a", "\r\nb"); }));
              log.add("low", test::thrown_by([&] { r.write_head(99); }));
              log.add("high", test::thrown_by([&] { r.write_head(1000); }));
              log.add("reason", test::thrown_by([&] { r.write_head(200, "\n"); }));
              r.set_status_message("");
              r.end();
            }),
            kClosing + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(log.take(),
            "name(ERR_INVALID_HTTP_TOKEN) value(ERR_INVALID_CHAR) "
            "low(ERR_HTTP_INVALID_STATUS_CODE) high(ERR_HTTP_INVALID_STATUS_CODE) "
            "reason(ERR_INVALID_CHAR)");
}

TEST_F(ServerResponseHeadTest, TheDateCanBeLeftOut) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.set_send_date(false);
              r.end();
            }),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(ServerResponseHeadTest, HeadsBeforeTheHeadAreSentAtOnce) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.write_continue();
              r.write_processing();
              r.write_early_hints({{"Link", "</s.css>; rel=preload"}});
              r.end("k");
            }),
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n" +
                kClosing + "Content-Length: 1\r\n\r\nk");
}

TEST_F(ServerResponseHeadTest, AFlushedHeadDoesNotWaitForTheBody) {
  Ref<ServerResponse> response;
  serve([&](auto&, auto& r) {
    r.flush_headers();
    response = Ref(&r);
  });
  test::RawClient& client = connect(get("/"));
  run_until([&] { return !client.heard.empty(); });
  EXPECT_EQ(masked(client.heard), kChunked);
  response->end("z");
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard), kChunked + "1\r\nz\r\n0\r\n\r\n");
}
}  // namespace
}  // namespace weir::http
