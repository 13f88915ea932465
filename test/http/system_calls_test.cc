// How often a server asks the system to send, and that chunks which are memory of others, or a
// file, arrive as they are.
#include "support/system_calls.h"

#include "support/http_test.h"
#include "support/numbered.h"
#include "support/small_sockets.h"
#include "support/temporary_folder.h"
#include <weir/fs/read_stream.h>

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class SystemCallsTest : public test::HttpTest {
 protected:
  // Asks without a send that is counted, so that all of them are the server's.
  std::string ask(const std::string& text, const std::string& last) {
    const test::SmallClient client(server->address()->port);
    client.say(text);
    std::string heard;
    run_until([&] {
      heard += client.hear(1 << 16);
      return heard.ends_with(last);
    });
    return masked(heard);
  }
  static std::size_t sends() { return test::system_calls().send; }
};

TEST_F(SystemCallsTest, AHelloIsOneCallARequest) {
  serve([](auto&, auto& response) { response.end("hello"); });
  const test::SmallClient client(server->address()->port);
  const std::size_t before = sends();
  for (int i = 0; i < 100; ++i) {
    client.say(keeping("/"));
    run_until([&] { return client.hear(1000).ends_with("hello"); });
  }
  EXPECT_EQ(sends() - before, 100u);
}

TEST_F(SystemCallsTest, HeadAndWritesOfOneTickAreOneCall) {
  serve([](auto&, auto& response) {
    response.write_head(200, {{"A", "b"}});
    for (int i = 0; i < 10; ++i) response.write("piece");
    response.end("end");
  });
  const std::size_t before = sends();
  ask(keeping("/"), "end\r\n0\r\n\r\n");
  EXPECT_EQ(sends() - before, 1u);
}

TEST_F(SystemCallsTest, AResponseThatWaitsForEachDrainIsSentInFewCallsIfTheSystemHasRoom) {
  constexpr int kChunks = 64;
  const Buffer chunk = Buffer::adopt(std::string(16 * 1024, 'x'));
  int left = kChunks;
  serve([&](auto&, auto& response) {
    response.template on<Drain>(
        [&] { left-- > 0 ? void(response.write(chunk)) : void(response.end()); });
    EXPECT_FALSE(response.write(chunk));
  });
  const test::SystemCalls before = test::system_calls();
  const std::string heard = HttpTest::ask(get("/"));
  EXPECT_GT(heard.size(), kChunks * chunk.size());
  EXPECT_TRUE(heard.ends_with("\r\n0\r\n\r\n"));
  // A call for each time that the connection is at its mark would be 17, and one is the client's.
  // How many of those go together depends on how long they take, but two do always.
  EXPECT_LE(test::system_calls().send - before.send, 1u + 17u / 2 + 2);
}

TEST_F(SystemCallsTest, AHeadAndBuffersOfOthersAreOneCallAndArriveAsTheyAre) {
  static const std::string text = test::numbered(6000);
  const std::string adopted(5000, 'a');
  serve([&](auto&, auto& response) {
    response.write(Buffer::borrow(text));
    response.write(Buffer::adopt(adopted).slice(1000, 4000));
    response.end(Buffer::literal("small"));
  });
  test::RawClient& client = connect();
  run_until([&] { return !client.socket->connecting(); });
  client.socket->write(get("/"));
  const std::size_t before = sends();
  run_until([&] { return client.closed; });
  EXPECT_EQ(sends() - before, 2u);  // of which one is the client's
  EXPECT_EQ(masked(client.heard), kClosing + "Transfer-Encoding: chunked\r\n\r\n232d\r\n" + text +
                                      std::string(3000, 'a') + "small\r\n0\r\n\r\n");
}

// Whether its length is known or each piece is a chunk.
class FileSystemCallsTest : public SystemCallsTest, public testing::WithParamInterface<bool> {};

INSTANTIATE_TEST_SUITE_P(BothWays, FileSystemCallsTest, testing::Bool(),
                         [](const auto& known) { return known.param ? "sized" : "chunked"; });

TEST_P(FileSystemCallsTest, AFileIsSentByTheSystemAndArrivesAsItIs) {
  const test::TemporaryFolder folder;
  const std::string content = test::numbered(3'000'000);
  std::ofstream(folder.path("file")) << content;
  serve([&](auto&, auto& response) {
    if (GetParam()) response.set_header("Content-Length", content.size());
    fs::create_read_stream(loop, folder.path("file"))->pipe(Ref<ServerResponse>(&response));
  });
  const test::SystemCalls before = test::system_calls();
  std::string heard = HttpTest::ask(get("/"));
  EXPECT_GE(test::system_calls().sendfile - before.sendfile, 3u);
  heard.erase(0, heard.find("\r\n\r\n") + 4);
  if (GetParam()) {
    EXPECT_TRUE(heard == content);
    EXPECT_LE(test::system_calls().send - before.send, 2u);  // with the client's own
    // The head shares its packets with the file.
    EXPECT_EQ(test::system_calls().send_more - before.send_more, 1u);
    return;
  }
  std::string body;
  for (std::size_t at = 0; at < heard.size();) {
    const std::size_t size = std::stoul(heard.substr(at, 8), nullptr, 16);
    at = heard.find("\r\n", at) + 2;
    body += heard.substr(at, size);
    at += size + 2;
  }
  EXPECT_TRUE(body == content);
}

}  // namespace
}  // namespace weir::http
