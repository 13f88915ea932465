// The default high-water mark of a loop, in every stream that is made on it.
#include "support/certificates.h"
#include "support/connection_pair.h"
#include "support/loop_test.h"
#include "support/temporary_folder.h"
#include <weir/weir.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::test {
namespace {

std::string marks(const ReadableBase& stream) {
  return fmt::format("{}", stream.readable_high_water_mark());
}
std::string marks(const WritableBase& stream) {
  return fmt::format("{}", stream.writable_high_water_mark());
}
template <class S>
  requires std::derived_from<S, ReadableBase> && std::derived_from<S, WritableBase>
std::string marks(const S& stream) {
  return fmt::format("{} {}", stream.readable_high_water_mark(), stream.writable_high_water_mark());
}
template <class S>
std::string marks(const Ref<S>& stream) {
  return marks(*stream);
}

struct Kind {
  std::string name;
  std::string expected;  // B: the default of bytes; O: that of objects
  std::function<std::string(Loop&, const TemporaryFolder&)> made;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

// The mark of a stream that is created and dropped.
template <class F>
Kind kind(std::string name, std::string expected, F make) {
  return {std::move(name), std::move(expected), [make](Loop& loop, const TemporaryFolder& folder) {
            const auto stream = make(loop, folder);
            std::string made = marks(stream);
            stream->template on<Error>([](const Error&) {});
            stream->destroy();
            return made;
          }};
}

using Folder = const TemporaryFolder&;
using Values = ObjectPassThrough<int>;

std::vector<Kind> every_kind() {
  const auto bytes = [](Loop& loop) { return PassThrough::make(loop); };
  return {
      kind("Readable", "B", [](Loop& l, Folder) { return Readable::make(l, {}); }),
      kind("Writable", "B", [](Loop& l, Folder) { return Writable::make(l, {}); }),
      kind("Duplex", "B B", [](Loop& l, Folder) { return Duplex::make(l, {}); }),
      kind("Transform", "B B", [](Loop& l, Folder) { return Transform::make(l, {}); }),
      kind("PassThrough", "B B", [](Loop& l, Folder) { return PassThrough::make(l); }),
      kind("DuplexPair", "B B", [](Loop& l, Folder) { return duplex_pair(l).second; }),
      kind("ReadableOfABuffer", "B",
           [](Loop& l, Folder) { return Readable::from(l, Buffer::literal("x")); }),
      kind("ReadableOfARange", "1",
           [](Loop& l, Folder) { return Readable::from(l, std::vector<std::string>{"x"}); }),
      kind("ObjectReadable", "O", [](Loop& l, Folder) { return ObjectReadable<int>::make(l, {}); }),
      kind("ObjectWritable", "O", [](Loop& l, Folder) { return ObjectWritable<int>::make(l, {}); }),
      kind("ObjectDuplex", "O O",
           [](Loop& l, Folder) { return ObjectDuplex<int, int>::make(l, {}); }),
      kind("ObjectTransform", "O O",
           [](Loop& l, Folder) { return ObjectTransform<int, int>::make(l, {}); }),
      kind("FromBytesToValues", "O B",
           [](Loop& l, Folder) { return ObjectTransform<Chunk, int>::make(l, {}); }),
      kind("FromValuesToBytes", "B O",
           [](Loop& l, Folder) { return ObjectTransform<int, Chunk>::make(l, {}); }),
      kind("ObjectPassThrough", "O O", [](Loop& l, Folder) { return Values::make(l); }),
      kind("ObjectReadableOfARange", "1",
           [](Loop& l, Folder) { return ObjectReadable<int>::from(l, std::vector{1}); }),
      kind("ResultOfMap", "1",
           [](Loop& l, Folder) { return Values::make(l)->map([](int i) { return i; }); }),
      kind("Compose", "B B", [bytes](Loop& l, Folder) { return compose(bytes(l), bytes(l)); }),
      kind("ComposeOfOtherMarks", "B B",
           [](Loop& l, Folder) {
             return compose(PassThrough::make(l, {.high_water_mark = 7}),
                            PassThrough::make(l, {.high_water_mark = 8}));
           }),
      kind("ComposeOfValues", "O O",
           [](Loop& l, Folder) { return compose(Values::make(l), Values::make(l)); }),
      kind("DuplexFrom", "B B",
           [bytes](Loop& l, Folder) {
             return Duplex::from(Ref<Readable>(bytes(l)), Ref<Writable>(bytes(l)));
           }),
      kind("WriteStream", "B",
           [](Loop& l, Folder f) { return fs::create_write_stream(l, f.path("w")); }),
      kind("ReplacingStream", "B",
           [](Loop& l, Folder f) { return fs::create_replacing_stream(l, f.path("r")); }),
      kind("ReadStream", "65536",
           [](Loop& l, Folder) { return fs::create_read_stream(l, "/dev/null"); }),
      kind("ReadLines", "O B", [](Loop& l, Folder) { return fs::read_lines(l); }),
      kind("Gzip", "B B", [](Loop& l, Folder) { return zlib::create_gzip(l); }),
      kind("Gunzip", "B B", [](Loop& l, Folder) { return zlib::create_gunzip(l); }),
      kind("Brotli", "B B", [](Loop& l, Folder) { return zlib::create_brotli_compress(l); }),
      kind("Zstd", "B B", [](Loop& l, Folder) { return zlib::create_zstd_decompress(l); }),
      kind("Socket", "B B", [](Loop& l, Folder) { return net::Socket::make(l); }),
      kind("TlsSocket", "B B",
           [](Loop& l, Folder) { return tls::Socket::make(connection_pair(l).first); }),
      kind("ClientRequest", "B",
           [](Loop& l, Folder) { return http::request(l, {.socket_path = "/dev/null"}); }),
      kind("StandardOutput", "B", [](Loop& l, Folder) { return standard_output(l); }),
      kind("StandardError", "B", [](Loop& l, Folder) { return standard_error(l); }),
  };
}

class DefaultMarkTest : public testing::TestWithParam<Kind> {
 protected:
  std::string expected(std::string_view bytes, std::string_view objects) {
    std::string text;
    for (const char c : GetParam().expected)
      text += c == 'B' ? bytes : c == 'O' ? objects : std::string_view(&c, 1);
    return text;
  }
  std::string made() { return GetParam().made(loop, folder); }

  TemporaryFolder folder;
  Loop loop;
};

INSTANTIATE_TEST_SUITE_P(Every, DefaultMarkTest, testing::ValuesIn(every_kind()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(DefaultMarkTest, Is16KiBOr16Objects) {
  EXPECT_EQ(made(), expected("16384", "16"));
  loop.run();
}

TEST_P(DefaultMarkTest, IsTheLoopsForLaterStreams) {
  loop.set_default_high_water_mark(1000);
  EXPECT_EQ(made(), expected("1000", "16"));
  loop.run();
}

TEST_P(DefaultMarkTest, IsAnotherOneForValues) {
  loop.set_default_object_high_water_mark(5);
  EXPECT_EQ(made(), expected("16384", "5"));
  loop.run();
}

TEST_P(DefaultMarkTest, MayBeNone) {
  loop.set_default_high_water_mark(0);
  loop.set_default_object_high_water_mark(0);
  EXPECT_EQ(made(), expected("0", "0"));
  loop.run();
}

TEST_P(DefaultMarkTest, IsNotThatOfAnotherLoop) {
  Loop other;
  other.set_default_high_water_mark(1000);
  other.set_default_object_high_water_mark(5);
  EXPECT_EQ(made(), expected("16384", "16"));
  loop.run();
}

class DefaultMarkOfALoopTest : public LoopTest {};

TEST_F(DefaultMarkOfALoopTest, DoesNotChangeEarlierStreams) {
  const auto stream = PassThrough::make(loop);
  loop.set_default_high_water_mark(1000);
  EXPECT_EQ(marks(stream), "16384 16384");
  EXPECT_EQ(marks(PassThrough::make(loop)), "1000 1000");
}

TEST_F(DefaultMarkOfALoopTest, GivesWayToAnOption) {
  loop.set_default_high_water_mark(1000);
  loop.set_default_object_high_water_mark(5);
  EXPECT_EQ(marks(Writable::make(loop, {}, {.high_water_mark = 16384})), "16384");
  EXPECT_EQ(marks(PassThrough::make(loop, {.readable_high_water_mark = 3})), "3 1000");
  EXPECT_EQ(marks(ObjectReadable<int>::make(loop, {}, {.high_water_mark = 0})), "0");
}

TEST_F(DefaultMarkOfALoopTest, DecidesWhenAWriteAnswersFalse) {
  loop.set_default_high_water_mark(4);
  const TemporaryFolder folder;
  const auto stream = fs::create_write_stream(loop, folder.path("f"));
  EXPECT_TRUE(stream->write("abc"));
  EXPECT_FALSE(stream->write("d"));
  stream->on<Drain>(says("drain"));
  EXPECT_EQ(after_run(), "drain");
  stream->end();
  loop.run();
}

TEST_F(DefaultMarkOfALoopTest, RefusesInvalidMarks) {
  const auto message = [](auto call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return fmt::format("{}: {}", error.name(), error.message());
    }
    return "none";
  };
  constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
  EXPECT_EQ(message([this] { loop.set_default_high_water_mark(-1); }),
            "ERR_OUT_OF_RANGE: The value of \"bytes\" is out of range. It must be >= 0 && <= "
            "9007199254740991. Received -1");
  EXPECT_EQ(message([this] { loop.set_default_object_high_water_mark(-5); }),
            "ERR_OUT_OF_RANGE: The value of \"objects\" is out of range. It must be >= 0 && <= "
            "9007199254740991. Received -5");
  EXPECT_EQ(message([this] { loop.set_default_high_water_mark(kMost + 1); }),
            "ERR_OUT_OF_RANGE: The value of \"bytes\" is out of range. It must be >= 0 && <= "
            "9007199254740991. Received 9007199254740992");
  EXPECT_EQ(loop.default_high_water_mark(), 16384u);
  EXPECT_EQ(loop.default_object_high_water_mark(), 16u);
  loop.set_default_high_water_mark(kMost);
  loop.set_default_object_high_water_mark(kMost);
  EXPECT_EQ(loop.default_high_water_mark(), std::size_t{kMost});
  EXPECT_EQ(loop.default_object_high_water_mark(), std::size_t{kMost});
}

// As in Node: a connection has the default of when its server was made, a client's that of when it
// connects.
TEST_F(DefaultMarkOfALoopTest, IsForConnectionsThatOfTheirServer) {
  std::string accepted;
  const auto serve = [&] {
    return net::create_server(loop, [&](net::Socket& socket) {
      accepted = marks(socket);
      socket.destroy();
    });
  };
  const auto ask = [&](net::Server& server) {
    server.listen(0, "127.0.0.1");
    const auto client = net::connect(loop, {.port = server.address()->port, .host = "127.0.0.1"});
    client->on<Error>([](const Error&) {});
    client->on<Close>([&] { server.close(); });
    client->resume();
    loop.run();
    return fmt::format("{}, {}", marks(client), accepted);
  };
  const auto early = serve();
  loop.set_default_high_water_mark(1000);
  const auto late = serve();
  EXPECT_EQ(ask(*early), "1000 1000, 16384 16384");
  EXPECT_EQ(ask(*late), "1000 1000, 1000 1000");
}

class DefaultMarkOfMessagesTest : public LoopTest {
 protected:
  // The marks of a server's request and response, and of the client's request and response.
  std::string ask(http::Server& server, const std::string& scheme) {
    std::string seen;
    server.on<http::RequestEvent>([&](const http::RequestEvent& event) {
      seen += fmt::format("{} {}, ", marks(event.request), marks(event.response));
      event.response.end();
    });
    server.listen(0, "127.0.0.1");
    const auto agent = http::make_https_agent(
        loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
    http::RequestOptions options{
        .protocol = scheme, .port = server.address()->port, .host = "127.0.0.1"};
    if (scheme == "https:") options.agent = agent;
    const auto request = http::get(loop, std::move(options), [&](http::IncomingMessage& response) {
      seen += marks(response);
      response.resume();
      response.on<End>([&] {
        server.close();
        server.close_all_connections();
      });
    });
    seen += fmt::format("{}, ", marks(*request));
    loop.run();
    return seen;
  }
  Ref<http::Server> make_secure(const http::ServerOptions& options = {}) {
    const Identity identity = authority.issue();
    return http::Server::make_secure(
        loop, {.context = {.key = identity.key, .cert = identity.cert}}, options);
  }

  Authority authority;
};

TEST_F(DefaultMarkOfMessagesTest, IsThatOfTheirServer) {
  const auto early = http::Server::make(loop);
  const auto early_secure = make_secure();
  loop.set_default_high_water_mark(1000);
  EXPECT_EQ(ask(*early, "http:"), "1000, 16384 16384, 1000");
  EXPECT_EQ(ask(*early_secure, "https:"), "1000, 16384 16384, 1000");
  EXPECT_EQ(ask(*http::Server::make(loop), "http:"), "1000, 1000 1000, 1000");
  EXPECT_EQ(ask(*make_secure(), "https:"), "1000, 1000 1000, 1000");
  EXPECT_EQ(ask(*http::Server::make(loop, {.high_water_mark = 33}), "http:"), "1000, 33 33, 1000");
  EXPECT_EQ(ask(*make_secure({.high_water_mark = 33}), "https:"), "1000, 33 33, 1000");
}

}  // namespace
}  // namespace weir::test
