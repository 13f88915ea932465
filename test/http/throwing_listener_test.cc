// Listeners that throw: the client is not left waiting, and the exception is the program's.
#include "support/http_test.h"

#include <functional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

const std::string kError = "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n";

[[noreturn]] void fail() { throw std::runtime_error("the listener threw"); }

class ThrowingListenerTest : public test::HttpTest {
 protected:
  ThrowingListenerTest() {
    loop.on_uncaught([this](const std::exception_ptr& thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::runtime_error& error) {
        if (error.what() == std::string("the listener threw")) ++thrown_;
      }
    });
  }

  // The client's response, and "reset" if its connection was reset.
  std::string outcome(std::string_view text) {
    test::RawClient& client = connect();
    bool was_reset = false;
    client.socket->on<Error>([&](const Error& error) { was_reset = error.name() == "ECONNRESET"; });
    client.socket->write(text);
    run_until([&] { return client.closed; });
    return masked(client.heard) + (was_reset ? "reset" : "");
  }

  int thrown_ = 0;
};

struct ThrowMoment {
  const char* name;
  std::function<void(IncomingMessage&, ServerResponse&)> handler;
};

// Moments before the first byte of the head is sent.
const ThrowMoment kBeforeTheHead[] = {
    {"at once", [](auto&, auto&) { fail(); }},
    {"behind set_header",
     [](auto&, auto& response) {
       response.set_header("A", "b");
       fail();
     }},
    {"behind write_head",
     [](auto&, auto& response) {
       response.write_head(200, {{"Content-Length", "5"}});
       fail();
     }},
    {"behind a write",
     [](auto&, auto& response) {
       response.write("abc");
       fail();
     }},
    {"with a Ref kept",
     [](auto&, auto& response) {
       response.ticks().next_tick([kept = Ref(&response)] { kept->end("too late"); });
       fail();
     }},
    {"in Data", [](auto& request, auto&) { request.template on<Data>([] { fail(); }); }},
    {"in End",
     [](auto& request, auto&) {
       request.resume();
       request.template on<End>([] { fail(); });
     }},
    {"in an event of the response, later",
     [](auto&, auto& response) {
       response.template on<Drain>([] { fail(); });
       response.ticks().next_tick([kept = Ref(&response)] { kept->emit(Drain{}); });
     }},
};

TEST_F(ThrowingListenerTest, IsAnsweredWith500WhereNoHeadWasSent) {
  const ThrowMoment* moment = nullptr;
  serve([&](auto& request, auto& response) { moment->handler(request, response); });
  for (const ThrowMoment& each : kBeforeTheHead) {
    moment = &each;
    thrown_ = 0;
    EXPECT_EQ(outcome("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), kError)
        << each.name;
    EXPECT_EQ(thrown_, 1) << each.name;
  }
}

TEST_F(ThrowingListenerTest, EndsTheResponsesStreamAndItsWrites) {
  serve([&](auto&, auto& response) {
    log.listen(static_cast<WritableBase&>(response), "r.");
    response.write("abc", cb("written"));
    fail();
  });
  EXPECT_EQ(outcome(keeping("/")), kError);
  EXPECT_EQ(log.take(), "written(ERR_STREAM_DESTROYED) r.close");
}

TEST_F(ThrowingListenerTest, HasTheConnectionResetOnceAHeadWasSent) {
  serve([this](auto&, auto& response) {
    response.write("abc");
    loop.set_immediate([kept = Ref(&response)] {
      kept->template on<Drain>([] { fail(); });
      kept->emit(Drain{});
    });
  });
  EXPECT_TRUE(outcome(keeping("/")).ends_with("\r\n\r\n3\r\nabc\r\nreset"));
  EXPECT_EQ(thrown_, 1);
}

TEST_F(ThrowingListenerTest, LeavesAnAnswerThatIsEndedAsItIs) {
  serve([](auto&, auto& response) {
    response.end("abc");
    fail();
  });
  EXPECT_EQ(outcome(get("/")), kClosing + "Content-Length: 3\r\n\r\nabc");
  EXPECT_EQ(thrown_, 1);
}

TEST_F(ThrowingListenerTest, LeavesTheAnswersBeforeItAsTheyAre) {
  Ref<ServerResponse> first;
  serve([&](auto& request, auto& response) {
    if (request.url() == "/2") fail();
    if (request.url() == "/1")
      first = Ref(&response);
    else
      response.end("never");
  });
  test::RawClient& client = connect(keeping("/1") + keeping("/2") + keeping("/3"));
  run_until([&] { return thrown_ == 1; });
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(client.heard, "");
  first->write("a");
  loop.poll();
  first->end("b");
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard),
            kKeeping + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n" + kError);
}

TEST_F(ThrowingListenerTest, CostsNoOtherConnection) {
  serve([](auto& request, auto& response) {
    if (request.url() == "/bad") fail();
    response.end("good");
  });
  EXPECT_EQ(outcome(get("/bad")), kError);
  EXPECT_TRUE(outcome(get("/")).ends_with("good"));
}

TEST_F(ThrowingListenerTest, AnAnswerComesBeforeAnUploadIsReset) {
  serve([](auto&, auto&) { fail(); });
  EXPECT_EQ(outcome("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" +
                    std::string(4'000'000, 'x')),
            kError);
}

TEST_F(ThrowingListenerTest, OfCheckContinueAndCheckExpectationIsAnswered) {
  http::Server& made = serve({});
  made.on<CheckContinue>([] { fail(); });
  made.on<CheckExpectation>([] { fail(); });
  EXPECT_EQ(outcome(keeping("/", "Expect: 100-continue\r\nContent-Length: 3\r\n")), kError);
  EXPECT_EQ(outcome(keeping("/", "Expect: x\r\n")), kError);
  EXPECT_EQ(thrown_, 2);
}

TEST_F(ThrowingListenerTest, OfUpgradeAndConnectIsAnsweredIfItWroteNoByte) {
  http::Server& made = serve({});
  made.on<Upgrade>([] { fail(); });
  made.on<http::ConnectEvent>([] { fail(); });
  EXPECT_EQ(outcome(keeping("/", "Connection: Upgrade\r\nUpgrade: x\r\n")), kError);
  EXPECT_EQ(outcome("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), kError);
  EXPECT_EQ(thrown_, 2);
}

TEST_F(ThrowingListenerTest, OfUpgradeResetsTheConnectionIfItHasWritten) {
  serve({}).on<Upgrade>([](const Upgrade& event) {
    event.connection.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    fail();
  });
  EXPECT_TRUE(outcome(keeping("/", "Connection: Upgrade\r\nUpgrade: x\r\n")).ends_with("reset"));
}

TEST_F(ThrowingListenerTest, OfClientErrorIsAnsweredAsIfThereWereNone) {
  serve({}).on<ClientError>([] { fail(); });
  EXPECT_EQ(outcome("GARBAGE\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(thrown_, 1);
}

TEST_F(ThrowingListenerTest, LeavesRunWithoutAHandlerForIt) {
  loop.on_uncaught({});
  serve([](auto&, auto&) { fail(); });
  test::RawClient& client = connect(keeping("/"));
  EXPECT_THROW(loop.run(), std::runtime_error);
  run_until([&] { return client.closed; });
  EXPECT_EQ(client.heard, kError);
}

}  // namespace
}  // namespace weir::http
