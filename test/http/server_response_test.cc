// The bytes of responses, as recorded from Node 26.
#include <weir/http/server_response.h>

#include "support/http_test.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class ServerResponseTest : public test::HttpTest {
 protected:
  static inline const std::string kChunked = kClosing + "Transfer-Encoding: chunked\r\n\r\n";

  std::string answer(Handler handler, std::string_view request = "",
                     const ServerOptions& options = {}) {
    serve(std::move(handler), options);
    return ask(request.empty() ? get("/") : std::string(request));
  }
};

// --- When it has finished ---

// Finish means that the system has all bytes, not that the client has; the connection serves the
// next response.
TEST_F(ServerResponseTest, FinishComesOnceTheSystemHasAllAndWithoutTheConnection) {
  constexpr std::size_t kSize = 5 << 20;  // more than the system takes at once
  const Handler answers[] = {
      [](auto&, auto& r) { r.end(std::string(kSize, 'x')); },
      [](auto&, auto& r) {
        for (std::size_t i = 0; i < kSize; i += 1 << 14) r.write(std::string(1 << 14, 'x'));
        r.end();
      },
      [](auto&, auto& r) {
        r.set_header("Content-Length", kSize);
        r.write(std::string(kSize / 2, 'x'));
        r.end(std::string(kSize / 2, 'x'));
      },
      [](auto&, auto& r) { r.end("x"); },
  };
  for (const Handler& answer : answers) {
    bool has_finished = false;
    Ref<ServerResponse> response;
    serve([&](auto& request, auto& r) {
      response = Ref(&r);
      const Ref<net::Connection> connection(r.connection());
      r.template on<Finish>([&, connection] {
        has_finished = true;
        EXPECT_EQ(connection->writable_length(), 0u);
        EXPECT_EQ(response->writable_length(), 0u);
        EXPECT_EQ(response->connection(), nullptr);
        EXPECT_TRUE(response->writable_finished());
      });
      answer(request, r);
      EXPECT_FALSE(r.writable_finished());
      EXPECT_NE(r.connection(), nullptr);
    });
    test::RawClient& client = connect(get("/"));
    run_until([&] { return client.closed; });
    EXPECT_TRUE(has_finished);
    server->close();
  }
}

// --- Body framing ---

TEST_F(ServerResponseTest, EndWithDataAloneHasItsLength) {
  EXPECT_EQ(answer([](auto&, auto& r) { r.end("hello"); }),
            kClosing + "Content-Length: 5\r\n\r\nhello");
}

TEST_F(ServerResponseTest, EndWithoutDataHasNoLengthButZero) {
  EXPECT_EQ(answer([](auto&, auto& r) { r.end(); }), kClosing + "Content-Length: 0\r\n\r\n");
}

TEST_F(ServerResponseTest, WritesOfOneCallbackAreOneChunk) {
  const std::vector<std::function<void(ServerResponse&)>> writes{
      [](auto& r) {
        r.write("ab");
        r.write("cde");
        r.end("f");
      },
      [](auto& r) {
        r.write("abc");
        r.write("");
        r.write("def");
        r.end();
      },
      [](auto& r) {
        r.flush_headers();
        r.write("abcde");
        r.end("f");
      },
      [](auto& r) {
        r.cork();
        r.write("abcde");
        r.write("f");
        r.uncork();
        r.end();
      },
      [](auto& r) {
        r.set_header("Transfer-Encoding", "chunked");
        r.end("abcdef");
      },
  };
  for (const auto& write : writes) {
    const std::string heard = answer([&](auto&, auto& r) { write(r); });
    EXPECT_TRUE(heard.ends_with("\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n")) << heard;
    server->close();
  }
}

TEST_F(ServerResponseTest, WritesThatWereCorkedOverCallbacksAreOneChunk) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              r.cork();
              r.write("a");
              loop.set_immediate([response = Ref(&r)] {
                response->write("b");
                response->uncork();
                response->end();
              });
            }),
            kChunked + "2\r\nab\r\n0\r\n\r\n");
}

// Batches that reach the mark are written to the connection at once.
TEST_F(ServerResponseTest, LargeWritesAndSmallOnesArriveAsOneBodyHoweverTheyAreChunked) {
  const std::string large(40'000, 'a');
  const std::string heard = answer([&](auto&, auto& r) {
    for (int i = 0; i < 5; ++i) {
      r.write(large);
      r.write("b");
    }
    r.end("c");
  });
  std::string body;
  for (std::size_t at = heard.find("\r\n\r\n") + 4; at < heard.size();) {
    const std::size_t size = std::stoul(heard.substr(at, 8), nullptr, 16);
    at = heard.find("\r\n", at) + 2;
    body += heard.substr(at, size);
    at += size + 2;
  }
  std::string expected;
  for (int i = 0; i < 5; ++i) expected += large + "b";
  EXPECT_TRUE(body == expected + "c") << body.size();
}

TEST_F(ServerResponseTest, AWriteAndAnEndAreChunkedToo) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.write("ab");
              r.end();
            }),
            kChunked + "2\r\nab\r\n0\r\n\r\n");
}

TEST_F(ServerResponseTest, AWriteOnALaterTickIsAChunkOfItsOwn) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              r.write("ab");
              loop.set_immediate([response = Ref(&r)] { response->end("c"); });
            }),
            kChunked + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
}

TEST_F(ServerResponseTest, AnEmptyWriteIsNoChunk) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.write("");
              r.end("a");
            }),
            kChunked + "1\r\na\r\n0\r\n\r\n");
}

TEST_F(ServerResponseTest, OldClientsGetTheBodyUpToTheConnectionsEnd) {
  EXPECT_EQ(answer(
                [](auto&, auto& r) {
                  r.write("ab");
                  r.end("c");
                },
                "GET / HTTP/1.0\r\n\r\n"),
            kClosing + "\r\nabc");
}

TEST_F(ServerResponseTest, ALengthThatWasSetIsKept) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.set_header("Content-Length", 3);
              r.write("ab");
              r.end("c");
            }),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nDate: X\r\nConnection: close\r\n\r\nabc");
}

TEST_F(ServerResponseTest, AHeadThatWasWrittenFirstKnowsNoLength) {
  EXPECT_EQ(answer([](auto&, auto& r) { r.write_head(200).end(); }), kChunked + "0\r\n\r\n");
}

TEST_F(ServerResponseTest, LargeChunksAreFramedLikeSmallOnes) {
  const std::string large(100'000, 'a');
  EXPECT_EQ(answer([&](auto&, auto& r) {
              r.write(large);
              r.end("b");
            }),
            kChunked + "186a0\r\n" + large + "\r\n1\r\nb\r\n0\r\n\r\n");
}

TEST_F(ServerResponseTest, ALargeEndHasItsLength) {
  const std::string large(100'000, 'a');
  EXPECT_EQ(answer([&](auto&, auto& r) { r.end(large); }),
            kClosing + "Content-Length: 100000\r\n\r\n" + large);
}

TEST_F(ServerResponseTest, AResponseToHeadHasNoBody) {
  EXPECT_EQ(answer(
                [](auto&, auto& r) {
                  r.write("ab");
                  r.end("c");
                },
                "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            kClosing + "\r\n");
}

TEST_F(ServerResponseTest, AResponseToHeadKeepsTheLengthThatWasSet) {
  EXPECT_EQ(answer(
                [](auto&, auto& r) {
                  r.set_header("Content-Length", 5);
                  r.end("hello");
                },
                "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: X\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerResponseTest, NoContentHasNoBody) {
  EXPECT_EQ(answer([](auto&, auto& r) { r.write_head(204).end("abc"); }),
            "HTTP/1.1 204 No Content\r\nDate: X\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerResponseTest, NotModifiedHasNotEvenAnEmptyChunk) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.write_head(304, {{"Transfer-Encoding", "chunked"}});
              r.end();
            }),
            "HTTP/1.1 304 Not Modified\r\nDate: X\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerResponseTest, WithoutAnyFramingTheConnectionsEndIsTheBodys) {
  EXPECT_EQ(answer(
                [](auto&, auto& r) {
                  r.remove_header("Transfer-Encoding");
                  r.write("a");
                  r.end("b");
                },
                keeping("/")),
            kKeeping + "\r\nab");
}

TEST_F(ServerResponseTest, TrailersComeAfterTheLastChunk) {
  EXPECT_EQ(answer([](auto&, auto& r) {
              r.write_head(200, {{"Trailer", "X-T"}});
              r.write("a");
              r.add_trailers({{"X-T", "v"}});
              r.end();
            }),
            "HTTP/1.1 200 OK\r\nTrailer: X-T\r\nDate: X\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: v\r\n\r\n");
}

TEST_F(ServerResponseTest, ATrailerLineNeedsChunks) {
  EXPECT_EQ(answer([this](auto&, auto& r) {
              log.add("write_head", test::thrown_by([&] {
                        r.write_head(200, {{"Trailer", "X-T"}, {"Content-Length", "1"}});
                      }));
              r.end("a");
            }),
            kClosing + "Content-Length: 1\r\n\r\na");
  EXPECT_EQ(log.take(), "write_head(ERR_HTTP_TRAILER_INVALID)");
}

// --- Order ---

TEST_F(ServerResponseTest, FinishComesWhenTheSystemHasItThenClose) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.write("x", log.callback("wcb"));
    r.end("y", log.callback("endcb"));
    EXPECT_TRUE(r.writable_ended());
    EXPECT_FALSE(r.writable_finished());
    log.add("returned");
  });
  ask(get("/"));
  EXPECT_EQ(log.take(), "returned wcb r.prefinish endcb r.finish q.end r.close q.close");
}

TEST_F(ServerResponseTest, AWriteAfterTheEndIsAnErrorAndTheResponseStillArrives) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.end("x");
    EXPECT_FALSE(r.write("y", log.callback("wcb")));
  });
  EXPECT_EQ(ask(get("/")), kClosing + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(log.take(),
            "wcb(ERR_STREAM_WRITE_AFTER_END) r.error(ERR_STREAM_WRITE_AFTER_END) r.close "
            "q.end q.close");
}

TEST_F(ServerResponseTest, AWriteAfterTheEndFailsTheCallbackOfTheEnd) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.end("x", log.callback("endcb"));
    EXPECT_FALSE(r.write("y", log.callback("wcb")));
  });
  EXPECT_EQ(ask(get("/")), kClosing + "Content-Length: 1\r\n\r\nx");
  EXPECT_EQ(log.take(),
            "wcb(ERR_STREAM_WRITE_AFTER_END) endcb(ERR_STREAM_WRITE_AFTER_END) "
            "r.error(ERR_STREAM_WRITE_AFTER_END) r.close q.end q.close");
}

TEST_F(ServerResponseTest, ARequestThatIsReadClosesBeforeItsResponseFinishes) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    q.resume();
    r.end("x", log.callback("endcb"));
    log.add("returned");
  });
  ask(get("/"));
  EXPECT_EQ(log.take(), "returned q.end q.close r.prefinish endcb r.finish r.close");
}

TEST_F(ServerResponseTest, ARequestThatIsDestroyedClosesAfterItsResponse) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.write("x");
    loop.set_immediate([q = Ref(&q), r = Ref(&r)] { q->destroy(); });
  });
  ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.close");
}

TEST_F(ServerResponseTest, AClientThatDisconnectsIsNoErrorOfTheResponse) {
  Ref<ServerResponse> response;
  serve([&](auto& q, auto& r) {
    watch(q, r);
    r.write("a");
    response = Ref(&r);
  });
  test::RawClient& client = connect(get("/"));
  run_until([&] { return !client.heard.empty(); });
  client.socket->destroy();
  run_until([&] { return response->closed(); });
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(ECONNRESET) q.close");
  EXPECT_FALSE(response->write("b", log.callback("late")));
  response->end();
  loop.poll();
  EXPECT_EQ(log.take(), "late(ERR_STREAM_DESTROYED)");
  EXPECT_FALSE(response->writable_finished());
}

TEST_F(ServerResponseTest, DestroyTakesTheConnectionWithItQuietly) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.destroy(Error("rd"));
  });
  EXPECT_EQ(ask(get("/")), "");
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(ECONNRESET) q.close");
}

TEST_F(ServerResponseTest, DrainComesWhenTheClientHasRead) {
  const std::string large(4'000'000, 'a');
  serve([&](auto&, auto& r) {
    EXPECT_FALSE(r.write(large));
    EXPECT_TRUE(r.writable_need_drain());
    log.listen(static_cast<WritableBase&>(r), "r.");
    r.template once<Drain>([response = &r] { response->end(); });
  });
  const std::string answer = ask(get("/"));
  EXPECT_GT(answer.size(), large.size());
  EXPECT_EQ(log.take(), "r.drain r.prefinish r.finish r.close");
}

TEST_F(ServerResponseTest, WritesGoOutTogetherWhileTheConnectionHasRoom) {
  const std::string chunk(16 * 1024, 'a');
  std::vector<std::size_t> waiting;  // for the system, at each Drain
  serve([&](auto&, auto& r) {
    EXPECT_FALSE(r.write(chunk));
    r.template on<Drain>([&, response = &r] {
      waiting.push_back(response->connection()->writable_length() / chunk.size());
      if (waiting.size() < 5)
        response->write(chunk);
      else
        response->end();
    });
  });
  const std::string answer = ask(get("/"));
  EXPECT_EQ(std::ranges::count(answer, 'a'), static_cast<std::ptrdiff_t>(5 * chunk.size() + 2));
  EXPECT_EQ(waiting, (std::vector<std::size_t>{1, 2, 3, 0, 1}));
}

TEST_F(ServerResponseTest, ACallbackAndFinishComeOnceTheSystemHasTheBytes) {
  const std::string chunk(16 * 1024, 'a');
  Ref<net::Connection> connection;
  const auto says_what_waits = [&](std::string name) {
    return [&, name = std::move(name)] {
      log.add(fmt::format("{}:{}", name, connection->writable_length()));
    };
  };
  serve([&](auto&, auto& r) {
    connection = Ref(r.connection());
    r.write(chunk);
    r.template once<Drain>([&, response = &r] {
      response->write("b", says_what_waits("written"));
      response->template once<Finish>(says_what_waits("finish"));
      loop.set_immediate([&, response] {
        response->write("c");
        loop.next_tick([response] { response->end(); });
      });
    });
  });
  ask(get("/", "X-A: b\r\n"));
  EXPECT_EQ(log.take(), "written:0 finish:0");
}

// --- Options ---

TEST_F(ServerResponseTest, AStrictLengthIsHeld) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    r.set_strict_content_length(true);
    r.set_header("Content-Length", 3);
    r.end("abcd");
  });
  ask(get("/"));
  loop.poll();
  EXPECT_EQ(log.take(),
            "r.error(ERR_HTTP_CONTENT_LENGTH_MISMATCH) r.close q.aborted q.error(ECONNRESET) "
            "q.close");
}

TEST_F(ServerResponseTest, ABodyWhereNoneMayBeCanBeRefused) {
  serve([this](auto& q, auto& r) { watch(q, r), r.write_head(204).end("abc"); },
        {.reject_non_standard_body_writes = true});
  ask(get("/"));
  loop.poll();
  EXPECT_EQ(log.take(),
            "r.error(ERR_HTTP_BODY_NOT_ALLOWED) r.close q.aborted q.error(ECONNRESET) q.close");
}

}  // namespace
}  // namespace weir::http
