// PUT of a FileServer.
#include "support/file_server_test.h"
#include <weir/http/file_server.h>
#include <weir/testing/connection.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace weir::http {
namespace {

using test::Answer;

class UploadTest : public test::FileServerTest {
 protected:
  explicit UploadTest(FileServerOptions options = {.writable = true}) {
    make_folder("served/folder");
    put("served/page.txt");
    server = create_server(loop, FileServer(path("served"), std::move(options)));
    server->listen(0, "127.0.0.1");
  }

  Answer upload(std::string_view target, std::string_view body,
                const std::vector<std::string>& lines = {}) {
    std::string text =
        fmt::format("PUT {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n",
                    target, body.size());
    for (const std::string& line : lines) text += line + "\r\n";
    test::RawClient& client = connect(text + "\r\n" + std::string(body));
    run_until([&client] { return client.closed; });
    return parsed(client.heard);
  }
  std::string content(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    if (!file) return "(none)";
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files_in(std::string_view name) const {
    const std::filesystem::directory_iterator entries(path(name));
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

TEST_F(UploadTest, AFileIsCreatedOrReplaced) {
  const Answer created = upload("/folder/new.txt", "first");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(content("served/folder/new.txt"), "first");
  EXPECT_EQ(got("/folder/new.txt"), "200 first");
  const Answer replaced = upload("/folder/new.txt", "second");
  EXPECT_EQ(replaced.status, 204);
  EXPECT_EQ(got("/folder/new.txt"), "200 second");
  EXPECT_EQ(ask("GET", "/folder/new.txt").header("etag"), replaced.header("etag"));
  EXPECT_EQ(upload("/empty", "").status, 201);
  EXPECT_EQ(content("served/empty"), "");
  EXPECT_EQ(files_in("served/folder"), 1u);
}

TEST_F(UploadTest, ALargeBodyArrivesAsItIs) {
  std::string large;
  for (int i = 0; i < 500'000; ++i) large += fmt::format("{}\n", i);
  EXPECT_EQ(upload("/large", large).status, 201);
  EXPECT_TRUE(content("served/large") == large);
}

TEST_F(UploadTest, APreconditionMayRefuseIt) {
  const std::string tag = ask("GET", "/page.txt").header("etag");
  EXPECT_EQ(upload("/page.txt", "x", {"If-None-Match: *"}).status, 412);
  EXPECT_EQ(upload("/page.txt", "x", {"If-Match: \"other\""}).status, 412);
  EXPECT_EQ(upload("/none.txt", "x", {"If-Match: *"}).status, 412);
  EXPECT_EQ(content("served/page.txt"), kContent);
  EXPECT_EQ(content("served/none.txt"), "(none)");
  EXPECT_EQ(upload("/page.txt", "new", {"If-Match: " + tag}).status, 204);
  EXPECT_EQ(upload("/page.txt", "newer", {"If-Match: " + tag}).status, 412);
  EXPECT_EQ(upload("/other.txt", "x", {"If-None-Match: *"}).status, 201);
  EXPECT_EQ(content("served/page.txt"), "new");
}

TEST_F(UploadTest, AFileThatIsCreatedMeanwhileIsNotReplaced) {
  test::RawClient& client = connect(
      "PUT /slow.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIf-None-Match: *\r\n"
      "Content-Length: 4\r\n\r\nab");
  run_until([&] { return server->listening() && files_in("served/folder") == 0; });
  EXPECT_EQ(upload("/slow.txt", "fast", {"If-None-Match: *"}).status, 201);
  client.socket->write("cd");
  run_until([&] { return client.closed; });
  EXPECT_EQ(parsed(client.heard).status, 412);
  EXPECT_EQ(content("served/slow.txt"), "fast");
}

class SimultaneousUploadTest : public UploadTest {
 protected:
  // The last bytes of "aaaa" and "bbbb" come in the same turn.
  std::vector<Answer> upload_two(std::string_view target, std::string_view line) {
    std::vector<test::RawClient*> uploading;
    for (const char* const begun : {"aaa", "bbb"})
      uploading.push_back(&connect(
          fmt::format("PUT {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n"
                      "{}\r\n\r\n{}",
                      target, line, begun)));
    run_until([&] { return server->connections() == 2; });
    for (int i = 0; i < 20; ++i) static_cast<void>(got("/page.txt"));  // both files are open
    uploading[0]->socket->write("a");
    uploading[1]->socket->write("b");
    run_until([&] { return uploading[0]->closed && uploading[1]->closed; });
    return {parsed(uploading[0]->heard), parsed(uploading[1]->heard)};
  }
  void expect_one(const std::vector<Answer>& answers, int taken, const std::string& target) {
    EXPECT_THAT((std::vector{answers[0].status, answers[1].status}),
                testing::UnorderedElementsAre(taken, 412));
    const std::size_t winner = answers[0].status == taken ? 0 : 1;
    const Answer now = ask("GET", target);
    EXPECT_EQ(now.body, winner == 0 ? "aaaa" : "bbbb");
    EXPECT_EQ(now.header("etag"), answers[winner].header("etag"));
  }
};

TEST_F(SimultaneousUploadTest, OnlyOneCreatesTheFile) {
  for (const std::string target : {"/1.txt", "/2.txt", "/3.txt"})
    expect_one(upload_two(target, "If-None-Match: *"), 201, target);
}

TEST_F(SimultaneousUploadTest, OnlyOneReplacesTheFileThatBothKnow) {
  for (const std::string target : {"/1.txt", "/2.txt", "/3.txt"}) {
    put("served" + target);
    const std::string tag = ask("GET", target).header("etag");
    expect_one(upload_two(target, "If-Match: " + tag), 204, target);
  }
}

TEST_F(UploadTest, AClientThatLeavesChangesNothing) {
  const std::size_t before = files_in("served");
  test::RawClient& client =
      connect("PUT /page.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegun");
  run_until([&] { return !client.socket->connecting(); });
  static_cast<void>(got("/page.txt"));
  client.socket->destroy();
  run_until([&] { return client.closed; });
  static_cast<void>(got("/page.txt"));
  EXPECT_EQ(content("served/page.txt"), kContent);
  EXPECT_EQ(files_in("served"), before);
}

TEST_F(UploadTest, NoNameLeadsOutOfTheFolder) {
  put("secret.txt", "secret");
  make_folder("elsewhere");
  link("../secret.txt", "served/link");
  link("../elsewhere", "served/out");
  for (const char* const target : {"/link", "/out/file", "/../secret.txt", "/..%2fsecret.txt"}) {
    const int status = upload(target, "x").status;
    EXPECT_THAT(status, testing::AnyOf(403, 400)) << target;
  }
  EXPECT_EQ(content("secret.txt"), "secret");
  EXPECT_EQ(files_in("elsewhere"), 0u);
}

TEST_F(UploadTest, OnlyFilesInExistingFoldersAreTaken) {
  ASSERT_EQ(::mkfifo(path("served/fifo").c_str(), 0600), 0);
  EXPECT_EQ(upload("/folder", "x").status, 409);
  EXPECT_EQ(upload("/folder/", "x").status, 409);
  EXPECT_EQ(upload("/", "x").status, 409);
  EXPECT_EQ(upload("/none/file", "x").status, 409);
  EXPECT_EQ(upload("/page.txt/file", "x").status, 409);
  EXPECT_EQ(upload("/fifo", "x").status, 403);
}

TEST_F(UploadTest, ANameThatIsTooLongIsA404AsOfAGet) {
  const std::string name = "/" + std::string(300, 'x');
  for (const std::string& target : {name, "/folder" + name, name + "/file"}) {
    EXPECT_EQ(upload(target, "x").status, 404) << target;
    EXPECT_EQ(upload(target, "x", {"If-None-Match: *"}).status, 404) << target;
    EXPECT_EQ(status(target), 404) << target;
  }
}

TEST_F(UploadTest, OnlyWholeFilesAreTaken) {
  EXPECT_EQ(upload("/page.txt", "x", {"Content-Range: bytes 0-0/10"}).status, 400);
  EXPECT_EQ(upload("/page.txt", "x", {"Content-Encoding: gzip"}).status, 415);
  EXPECT_EQ(content("served/page.txt"), kContent);
}

TEST_F(UploadTest, ABodyInACodingIsRefused) {
  const std::string line = "Content-Encoding: ";
  EXPECT_EQ(upload("/new.txt", "x", {line + "identity", line + "gzip"}).status, 415);
  EXPECT_EQ(upload("/new.txt", "x", {line + "identity, gzip"}).status, 415);
  EXPECT_EQ(content("served/new.txt"), "(none)");
  EXPECT_EQ(upload("/new.txt", "x", {line + "Identity", line}).status, 201);
}

TEST_F(UploadTest, ATransferCodingOtherThanChunkedIsA501) {
  for (const char* const codings :
       {"gzip, chunked", "identity, chunked", "gzip\r\nTransfer-Encoding: chunked"})
    EXPECT_THAT(
        ask_up_to(fmt::format("PUT /new.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {}\r\n\r\n"
                              "1\r\nx\r\n0\r\n\r\n",
                              codings),
                  "\r\n\r\n"),
        testing::StartsWith("HTTP/1.1 501 "))
        << codings;
  EXPECT_EQ(content("served/new.txt"), "(none)");
}

// --- A limit ---

class LimitedUploadTest : public UploadTest {
 protected:
  LimitedUploadTest() : UploadTest({.writable = true, .max_upload = 10}) {}
  // Uploads in chunks, and asks for a page on the same connection.
  std::string upload_in_chunks_and_go_on(std::string_view body) {
    std::string text = "PUT /new.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 8)))
      text +=
          fmt::format("{:x}\r\n{}\r\n", std::min<std::size_t>(body.size(), 8), body.substr(0, 8));
    text += "0\r\n\r\nGET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    test::RawClient& client = connect(text);
    run_until([&client] { return client.closed; });
    return client.heard;
  }
};

TEST_F(LimitedUploadTest, ABodyOfItsLengthIsTaken) {
  EXPECT_EQ(upload("/new.txt", "0123456789").status, 201);
  EXPECT_THAT(upload_in_chunks_and_go_on("9876543210"), testing::StartsWith("HTTP/1.1 204 "));
  EXPECT_EQ(content("served/new.txt"), "9876543210");
}

TEST_F(LimitedUploadTest, ALongerBodyIsA413AndChangesNothing) {
  const std::size_t before = files_in("served");
  EXPECT_EQ(upload("/new.txt", "0123456789x").status, 413);
  EXPECT_EQ(upload("/page.txt", "0123456789x").status, 413);
  EXPECT_THAT(upload_in_chunks_and_go_on("0123456789x"), testing::StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(files_in("served"), before);
  EXPECT_EQ(content("served/page.txt"), kContent);
}

TEST_F(LimitedUploadTest, TheRestOfARefusedBodyDoesNotHoldUpTheNextRequest) {
  const auto [client, far] = test::connect(loop, {.network = {.window = 4'000}});
  server->serve(far);
  std::string heard;
  client->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
  client->write("PUT /new.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i)
    client->write(fmt::format("{:x}\r\n{}\r\n", 10'000, std::string(10'000, 'x')));
  client->write("0\r\n\r\nGET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  run_until([&] { return heard.ends_with(kContent); });
  EXPECT_THAT(heard, testing::StartsWith("HTTP/1.1 413 "));
}

TEST_F(UploadTest, TheMethodsAreListed) {
  EXPECT_EQ(ask("OPTIONS", "/").header("allow"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(ask("DELETE", "/page.txt").status, 405);
}

}  // namespace
}  // namespace weir::http
