#include <weir/http/send_file.h>

#include "support/file_server_test.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::http {
namespace {

using test::Answer;

class SendFileTest : public test::FileServerTest {
 protected:
  // Each request is answered with the file of its URL.
  void serve_files(std::function<SendFileOptions()> options = [] { return SendFileOptions(); }) {
    serve([this, options = std::move(options)](auto& request, auto& response) {
      send_file(request, response, path(request.url().substr(1)), options());
    });
  }
};

TEST_F(SendFileTest, SendsAFileWithItsHeaders) {
  put("page.html");
  serve_files();
  const Answer answer = ask("GET", "/page.html");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kContent);
  EXPECT_EQ(answer.header("content-length"), "10");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("last-modified"), kChangedText);
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.header("etag"), testing::MatchesRegex("\"[0-9a-f.-]+\""));
  EXPECT_EQ(answer.header("transfer-encoding"), "-");
}

// Small parts are read at once, others are streamed.
TEST_F(SendFileTest, FilesOfAnySizeAreSent) {
  serve_files();
  std::string content;
  for (int i = 0; content.size() < 200'000; ++i) content += fmt::to_string(i);
  for (const std::size_t size : {1, 1024, 16'383, 16'384, 16'385, 65'536, 65'537, 200'000}) {
    put("file", content.substr(0, size));
    EXPECT_EQ(got("/file"), "200 " + content.substr(0, size)) << size;
    EXPECT_EQ(got("/file", {"Range: bytes=0-0"}), "206 0") << size;
  }
  EXPECT_EQ(got("/file", {"Range: bytes=1000-17383"}), "206 " + content.substr(1000, 16'384));
  EXPECT_EQ(got("/file", {"Range: bytes=1000-17384"}), "206 " + content.substr(1000, 16'385));
  EXPECT_EQ(got("/file", {"Range: bytes=-16384"}),
            "206 " + content.substr(200'000 - 16'384, 16'384));
}

TEST_F(SendFileTest, AHeadHasTheLinesOfAGet) {
  put("page.txt");
  put("empty.txt", "");
  serve_files();
  const std::string etag = ask("GET", "/page.txt").header("etag");
  for (const char* const target : {"/page.txt", "/empty.txt", "/none"})
    for (const std::string& line :
         {std::string("A: b"), "If-None-Match: " + etag, std::string("If-Match: \"y\"")}) {
      const Answer get = ask("GET", target, {line});
      const Answer head = ask("HEAD", target, {line});
      EXPECT_EQ(head.body, "") << target;
      EXPECT_EQ(head.status, get.status) << target << " " << line;
      EXPECT_EQ(head.headers.names(), get.headers.names()) << target << " " << line;
      for (const auto [name, value] : get.headers)
        if (name != "Date") {
          EXPECT_EQ(head.header(name), value) << target << " " << name;
        }
    }
}

// --- Settings of the program ---

TEST_F(SendFileTest, OptionsAndLinesOfTheProgramAreKept) {
  put("page.txt");
  serve([this](auto& request, auto& response) {
    if (request.url() == "/type")
      return send_file(request, response, path("page.txt"),
                       {.content_type = "text/x-mine", .cache_control = "max-age=60"});
    response.set_header("Content-Type", "text/x-own");
    response.set_header("ETag", "\"own\"");
    response.set_header("Last-Modified", "Sun, 09 Sep 2001 01:46:41 GMT");
    send_file(request, response, path("page.txt"));
  });
  const Answer typed = ask("GET", "/type");
  EXPECT_EQ(typed.header("content-type"), "text/x-mine");
  EXPECT_EQ(typed.header("cache-control"), "max-age=60");
  const Answer own = ask("GET", "/");
  EXPECT_EQ(own.header("content-type"), "text/x-own");
  EXPECT_EQ(own.header("etag"), "\"own\"");
  EXPECT_EQ(status("/", {"If-None-Match: \"own\""}), 304);
  EXPECT_EQ(status("/", {"If-Match: \"own\""}), 200);
  EXPECT_EQ(status("/", {"If-Unmodified-Since: " + kChangedText}), 412);
  EXPECT_EQ(status("/", {"If-Modified-Since: " + kChangedText}), 200);
  EXPECT_EQ(got("/", {"Range: bytes=2-4", "If-Range: \"own\""}), "206 234");
}

TEST_F(SendFileTest, AnErrorPageIsSentCompletelyForEveryRequest) {
  put("sorry.html");
  serve([this](auto& request, auto& response) {
    response.set_status_code(404);
    send_file(request, response, path("sorry.html"));
  });
  for (const char* const line :
       {"Range: bytes=0-1", "Range: bytes=99-", "If-None-Match: *", "If-Match: \"y\"",
        "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"})
    EXPECT_EQ(got("/", {line}), "404 " + kContent) << line;
}

TEST_F(SendFileTest, AnOtherMethodGetsTheFileTheProgramHasChosen) {
  put("thanks.txt");
  serve_files();
  const std::string etag = ask("GET", "/thanks.txt").header("etag");
  EXPECT_EQ(ask("POST", "/thanks.txt").body, kContent);
  EXPECT_EQ(ask("POST", "/thanks.txt", {"Range: bytes=2-4"}).body, kContent);
  EXPECT_EQ(ask("POST", "/thanks.txt", {"If-None-Match: " + etag}).status, 412);
  EXPECT_EQ(ask("PUT", "/thanks.txt", {"If-None-Match: *"}).status, 412);
  EXPECT_EQ(ask("POST", "/thanks.txt", {"If-Modified-Since: " + kChangedText}).status, 200);
}

// --- Where there is no file ---

TEST_F(SendFileTest, ReportsWhyThereIsNoFile) {
  make_folder("folder");
  put("file");
  link("loop", "loop");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  serve_files();
  for (const auto& [target, text] : std::vector<std::pair<std::string, std::string>>{
           {"/none", "404 404 Not Found\n"},
           {"/file/none", "404 404 Not Found\n"},
           {"/loop", "404 404 Not Found\n"},
           {"/" + std::string(300, 'a'), "404 404 Not Found\n"},
           {"/folder", "403 403 Forbidden\n"},
           {"/fifo", "403 403 Forbidden\n"}})
    EXPECT_EQ(got(target), text) << target;
  if (::geteuid() == 0) return;
  ASSERT_EQ(::chmod(path("file").c_str(), 0), 0);
  EXPECT_EQ(got("/file"), "403 403 Forbidden\n");
}

TEST_F(SendFileTest, TheProgramMayAnswerInstead) {
  make_folder("folder");
  put("sorry.html", "sorry");
  serve_files([this] {
    return SendFileOptions{
        .failed = [this](auto& request, auto& response, int status, const Error& error) {
          log.add(fmt::format("{} {} {}", status, error.name(),
                              error.subject().substr(error.subject().rfind('/'))));
          response.set_status_code(status);
          send_file(request, response, path("sorry.html"));
        }};
  });
  EXPECT_EQ(got("/none"), "404 sorry");
  EXPECT_EQ(got("/folder"), "403 sorry");
  EXPECT_EQ(log.take(), "404 ENOENT /none 403 EISDIR /folder");
}

TEST_F(SendFileTest, AZeroByteDoesNotEndAName) {
  put("page.txt");
  serve([this](auto& request, auto& response) {
    send_file(request, response, path("page.txt") + std::string("\0.png", 5));
  });
  EXPECT_EQ(got("/"), "404 404 Not Found\n");
}

TEST_F(SendFileTest, ARefusalHasNoHeadersOfTheFile) {
  put("page.txt");
  serve([this](auto& request, auto& response) {
    response.set_header("Content-Encoding", "gzip");
    response.set_header("ETag", "\"own\"");
    send_file(request, response, path(request.url().substr(1)), {.cache_control = "max-age=60"});
  });
  for (const auto& [target, line] :
       std::vector<std::pair<std::string, std::string>>{{"/none", "A: b"},
                                                        {"/page.txt", "If-Match: \"y\""},
                                                        {"/page.txt", "Range: bytes=99-"}}) {
    const Answer answer = ask("GET", target, {line});
    EXPECT_GE(answer.status, 400) << target;
    EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8") << target;
    for (const char* const name : {"content-encoding", "etag", "last-modified", "cache-control"})
      EXPECT_EQ(answer.header(name), "-") << target << " " << name;
  }
}

// --- Preconditions and ranges, over a connection; the tables are in their own tests ---

TEST_F(SendFileTest, APreconditionThatFailsHasNoFile) {
  put("page.txt");
  serve_files();
  for (const std::string& line :
       {std::string("If-Match: \"y\""), std::string("If-Match: W/\"y\""),
        std::string("If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT")}) {
    EXPECT_EQ(got("/page.txt", {line}), "412 412 Precondition Failed\n") << line;
    EXPECT_EQ(got("/page.txt", {line, "Range: bytes=2-4"}), "412 412 Precondition Failed\n");
  }
  const std::string etag = ask("GET", "/page.txt").header("etag");
  EXPECT_EQ(got("/page.txt", {"If-Match: \"a,b\"", "If-Match: " + etag}), "200 " + kContent);
}

TEST_F(SendFileTest, AFileThatTheClientHasIsNotSentAgain) {
  put("page.txt");
  serve_files();
  const Answer first = ask("GET", "/page.txt");
  for (const std::string& line :
       {"If-None-Match: " + first.header("etag"), "If-None-Match: \"y\", W/" + first.header("etag"),
        "If-Modified-Since: " + first.header("last-modified")}) {
    const Answer answer = ask("GET", "/page.txt", {line, "Range: bytes=2-4"});
    EXPECT_EQ(answer.status, 304) << line;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("etag"), first.header("etag"));
    EXPECT_EQ(answer.header("last-modified"), first.header("last-modified"));
    EXPECT_EQ(answer.header("content-type"), "-");
    EXPECT_EQ(answer.header("content-length"), "-");
  }
}

TEST_F(SendFileTest, SendsAPart) {
  put("page.txt");
  serve_files();
  const Answer answer = ask("GET", "/page.txt", {"Range: BYTES=2-4"});
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, "234");
  EXPECT_EQ(answer.header("content-range"), "bytes 2-4/10");
  EXPECT_EQ(answer.header("content-length"), "3");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=-3"}), "206 789");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=8-99999999999999999999"}), "206 89");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=-99999999999999999999"}), "206 " + kContent);
  EXPECT_EQ(got("/page.txt", {"Range: bytes=0-1", "Range: bytes=4-5"}), "200 " + kContent);
  const Answer beyond = ask("GET", "/page.txt", {"Range: bytes=99999999999999999999-"});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */10");
}

TEST_F(SendFileTest, AHeadHasNoParts) {
  put("page.txt");
  serve_files();
  for (const char* const range : {"Range: bytes=2-4", "Range: bytes=99-"}) {
    const Answer answer = ask("HEAD", "/page.txt", {range});
    EXPECT_EQ(answer.status, 200) << range;
    EXPECT_EQ(answer.header("content-length"), "10");
    EXPECT_EQ(answer.header("content-range"), "-");
  }
}

TEST_F(SendFileTest, AnEmptyFileIsWhole) {
  put("empty", "");
  serve_files();
  for (const char* const range :
       {"A: b", "Range: bytes=0-", "Range: bytes=-1", "Range: bytes=-0"}) {
    const Answer answer = ask("GET", "/empty", {range});
    EXPECT_EQ(answer.status, 200) << range;
    EXPECT_EQ(answer.header("content-length"), "0") << range;
    EXPECT_EQ(answer.header("content-range"), "-") << range;
  }
}

TEST_F(SendFileTest, APartIsNeverOneOfAnotherState) {
  const std::string place = put("page.txt");
  serve_files();
  const Answer before = ask("GET", "/page.txt");
  const std::string by_tag = "If-Range: " + before.header("etag");
  const std::string by_date = "If-Range: " + before.header("last-modified");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4", by_tag}), "206 234");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4", by_date}), "206 234");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4", "If-Range: W/" + before.header("etag")}),
            "200 " + kContent);
  put("page.txt", "abcdefghij");
  set_changed(place, kChanged + 1);
  for (const std::string& line : {by_tag, by_date})
    EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4", line}), "200 abcdefghij") << line;
  EXPECT_EQ(status("/page.txt", {"Range: bytes=2-4", "If-Match: " + before.header("etag")}), 412);
}

// Two states of one second have the same date, and may have the same tag.
TEST_F(SendFileTest, AFileThatHasJustChangedIsSentWhole) {
  const std::string place = put("page.txt");
  set_changed(place, std::time(nullptr));
  serve_files();
  const Answer first = ask("GET", "/page.txt");
  EXPECT_TRUE(first.header("etag").starts_with("W/\""));
  for (const char* const name : {"etag", "last-modified"})
    EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4", "If-Range: " + first.header(name)}),
              "200 " + kContent)
        << name;
  EXPECT_EQ(status("/page.txt", {"If-None-Match: " + first.header("etag")}), 304);
  EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4"}), "206 234");
}

// --- Files that change, and clients that leave ---

class LargeFileTest : public SendFileTest {
 protected:
  static constexpr std::size_t kSize = std::size_t{64} << 20;

  // A client that has taken the first bytes, and reads no more.
  test::RawClient& ask_for_large(std::size_t size = kSize) {
    put("large", "");
    std::filesystem::resize_file(path("large"), size);
    serve([this](auto& request, auto& response) {
      before_ = test::open_descriptors();
      send_file(request, response, path("large"));
      response.template on<Finish>([this] { log.add("finish"); });
      response.template on<Error>([this] { log.add("error"); });
      response.template on<Close>([this] { log.add("close"); });
    });
    test::RawClient& client = connect(get("/"));
    run_until([&] { return !client.heard.empty(); });
    client.socket->pause();
    return client;
  }
  void expect_file_closed() {
    run_until([this] { return test::open_descriptors() <= before_; });
  }

  std::size_t before_ = 0;  // with the connections open
};

TEST_F(LargeFileTest, AFileThatGrowsIsSentAsItWas) {
  test::RawClient& client = ask_for_large();
  std::filesystem::resize_file(path("large"), 2 * kSize);
  client.socket->resume();
  run_until([&] { return client.closed; });
  EXPECT_EQ(parsed(client.heard).body.size(), kSize);
  EXPECT_EQ(log.take(), "finish close");
  expect_file_closed();
}

TEST_F(LargeFileTest, AFileThatShrinksBreaksTheConnectionOff) {
  test::RawClient& client = ask_for_large();
  std::filesystem::resize_file(path("large"), 1000);
  client.socket->resume();
  run_until([&] { return client.closed; });
  EXPECT_LT(parsed(client.heard).body.size(), kSize);
  EXPECT_THAT(log.take(), testing::Not(testing::HasSubstr("finish")));
  expect_file_closed();
}

// The bytes that are missing are the last ones, of which the connection has taken a part.
TEST_F(LargeFileTest, AFileThatShrinksAtItsEndBreaksTheConnectionOff) {
  constexpr std::size_t kPiece = std::size_t{8} << 20;
  for (const std::size_t size : {kPiece, 2 * kPiece - 1}) {
    test::RawClient& client = ask_for_large(size);
    std::filesystem::resize_file(path("large"), size - 1);
    client.socket->resume();
    run_until([&] { return client.closed; });
    EXPECT_EQ(parsed(client.heard).body.size(), size - 1);
    EXPECT_EQ(log.take(), "close") << size;
    expect_file_closed();
    server->close();
  }
}

TEST_F(LargeFileTest, AClientThatDisconnectsLeavesNoFileOpen) {
  for (const bool resets : {false, true}) {
    test::RawClient& client = ask_for_large();
    if (resets)
      client.socket->reset_and_destroy();
    else
      client.socket->destroy();
    expect_file_closed();
    EXPECT_THAT(log.take(), testing::Not(testing::HasSubstr("finish")));
    server->close_all_connections();
    server->close();
  }
}

TEST_F(LargeFileTest, ADestroyedResponseIsNotAnswered) {
  put("page.txt");
  serve([this](auto& request, auto& response) {
    response.destroy();
    send_file(request, response, path("page.txt"));
  });
  const std::size_t before = test::open_descriptors();
  EXPECT_EQ(ask("GET", "/").status, 0);
  run_until([&] { return test::open_descriptors() == before; });
}

TEST_F(LargeFileTest, AResponseThatWasAnsweredBeforeItsTurnIsLeftAlone) {
  put("page.txt");
  Ref<ServerResponse> first;
  serve([&](auto& request, auto& response) {
    if (!first) {
      first = Ref(&response);
      return;
    }
    send_file(request, response, path("page.txt"));
    response.set_status_code(503);
    response.end("too late");
    first->end("first");
  });
  const std::string answers = ask_up_to(keeping("/1") + get("/2"), "too late");
  EXPECT_THAT(answers, testing::HasSubstr("first"));
  EXPECT_TRUE(answers.ends_with("\r\n\r\ntoo late")) << answers;
  EXPECT_THAT(answers, testing::Not(testing::HasSubstr("nosniff")));
}

TEST_F(LargeFileTest, PipelinedRequestsOpenOneFileAfterTheOther) {
  put("large", "");
  std::filesystem::resize_file(path("large"), kSize);
  std::size_t most = 0;
  int requests = 0;
  serve([&](auto& request, auto& response) {
    ++requests;
    send_file(request, response, path("large"));
    most = std::max(most, test::open_descriptors());
  });
  const std::size_t before = test::open_descriptors();
  std::string text;
  for (int i = 0; i < 20; ++i) text += keeping("/");
  test::RawClient& client = connect(text);
  run_until([&] { return requests == 20; });
  EXPECT_LE(most, before + 4);  // both ends of the connection, and two files
  client.socket->destroy();
  run_until([&] { return test::open_descriptors() <= before; });
}

}  // namespace
}  // namespace weir::http
