#include <weir/http/file_server.h>

#include "support/file_server_test.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace weir::http {
namespace {

using test::Answer;
using testing::HasSubstr;
using testing::Not;

class FileServerTest : public test::FileServerTest {
 protected:
  // All is served below "served".
  FileServerTest() {
    make_folder("served/folder");
    put("secret.txt", "secret");
    put("served/page.txt");
    put("served/folder/file.txt", "deep");
  }

  void serve_folder(FileServerOptions options = {}) {
    server = create_server(loop, FileServer(path("served"), std::move(options)));
    server->listen(0, "127.0.0.1");
  }
};

TEST_F(FileServerTest, AnswersWithTheFilesOfAFolder) {
  serve_folder();
  EXPECT_EQ(got("/page.txt"), "200 " + kContent);
  EXPECT_EQ(got("/folder/file.txt"), "200 deep");
  EXPECT_EQ(got("//folder/./file%2etxt?query"), "200 deep");
  EXPECT_EQ(got("/none"), "404 404 Not Found\n");
  EXPECT_EQ(got("/page.txt/"), "404 404 Not Found\n");
  EXPECT_EQ(got("/page.txt/more"), "404 404 Not Found\n");
  EXPECT_EQ(got("/page.txt", {"Range: bytes=2-4"}), "206 234");
  EXPECT_EQ(got("/page.txt", {"If-Match: \"y\""}), "412 412 Precondition Failed\n");
}

TEST_F(FileServerTest, AMissingFileIsMissingForEveryPrecondition) {
  serve_folder();
  for (const char* const line : {"If-Match: \"y\"", "If-None-Match: *", "Range: bytes=0-1"}) {
    EXPECT_EQ(status("/none", {line}), 404) << line;
    EXPECT_EQ(status("/folder", {line}), 301) << line;
  }
}

TEST_F(FileServerTest, OtherMethodsAreNotAllowed) {
  serve_folder();
  for (const char* const method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const Answer answer = ask(method, "/page.txt", {"If-Match: \"y\"", "Content-Length: 0"});
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(answer.body, "405 Method Not Allowed\n");
  }
}

TEST_F(FileServerTest, OptionsListsTheAllowedMethods) {
  serve_folder();
  for (const char* const target : {"/page.txt", "/", "*"}) {
    const Answer answer = ask("OPTIONS", target);
    EXPECT_EQ(answer.status, 204) << target;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(answer.body, "");
  }
}

// --- Folders ---

TEST_F(FileServerTest, ARedirectOfAFolderKeepsTheQuery) {
  make_folder("served/a b/evil.com");
  serve_folder();
  for (const auto& [target, location] : std::vector<std::pair<std::string, std::string>>{
           {"/folder", "/folder/"},
           {"/folder?", "/folder/?"},
           {"/folder?a=b&c=%20d", "/folder/?a=b&c=%20d"},
           {"/folder?next=/x/?y", "/folder/?next=/x/?y"},
           {"/a%20b?q", "/a%20b/?q"},
           {"//a%20b/evil.com?q", "/a%20b/evil.com/?q"},
           {"http://elsewhere/folder?q", "/folder/?q"},
           {"/folder/.?q", "/folder/?q"}}) {
    const Answer answer = ask("GET", target);
    EXPECT_EQ(answer.status, 301) << target;
    EXPECT_EQ(answer.header("location"), location) << target;
  }
}

TEST_F(FileServerTest, AFolderIsItsIndexPage) {
  put("served/folder/index.html", "<p>index");
  put("served/folder/other.htm", "<p>other");
  serve_folder();
  const Answer answer = ask("GET", "/folder/");
  EXPECT_EQ(answer.body, "<p>index");
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(got("/folder/", {"Range: bytes=0-1"}), "206 <p");
}

TEST_F(FileServerTest, AnIndexPageThatIsNotServedIsNoListing) {
  make_folder("served/out");
  make_folder("served/fifo");
  make_folder("served/folders/index.html");
  link(path("secret.txt"), "served/out/index.html");
  ASSERT_EQ(::mkfifo(path("served/fifo/index.html").c_str(), 0600), 0);
  serve_folder();
  EXPECT_EQ(got("/out/"), "403 403 Forbidden\n");
  EXPECT_EQ(got("/fifo/"), "403 403 Forbidden\n");
  EXPECT_THAT(got("/folders/"), HasSubstr("index.html/</a>"));
}

TEST_F(FileServerTest, AFolderIsAListOfServedFiles) {
  put("served/<b>&\"'.txt");
  link("../secret.txt", "served/out");
  link("page.txt", "served/in");
  ASSERT_EQ(::mkfifo(path("served/fifo").c_str(), 0600), 0);
  serve_folder();
  const Answer answer = ask("GET", "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_THAT(answer.body, HasSubstr("<a href=\"./folder/\">folder/</a>"));
  EXPECT_THAT(answer.body, HasSubstr("<a href=\"./in\">in</a>"));
  EXPECT_THAT(answer.body, HasSubstr("%3Cb%3E%26%22%27.txt\">&lt;b&gt;&amp;&quot;&#39;.txt</a>"));
  for (const char* const hidden : {"out</a>", "fifo</a>", "<b>", "../"})
    EXPECT_THAT(answer.body, Not(HasSubstr(hidden)));
  EXPECT_THAT(got("/folder/"), HasSubstr("<a href=\"../\">"));
  const Answer head = ask("HEAD", "/");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("content-length"), answer.header("content-length"));
}

TEST_F(FileServerTest, AListingMayBeSwitchedOff) {
  put("served/folder/home", "home");
  serve_folder({.index = "home", .listing = false});
  EXPECT_EQ(got("/"), "404 404 Not Found\n");
  EXPECT_EQ(got("/folder/"), "200 home");
  EXPECT_EQ(got("/folder/file.txt"), "200 deep");
}

TEST_F(FileServerTest, AnIndexPageMayBeSwitchedOff) {
  put("served/index.html", "index");
  serve_folder({.index = ""});
  EXPECT_THAT(got("/"), HasSubstr("index.html</a>"));
}

// --- Names that are known ---

TEST_F(FileServerTest, AFileThatChangesIsSentAsItIsNow) {
  serve_folder();
  const std::string first = ask("GET", "/page.txt").header("etag");
  EXPECT_EQ(ask("GET", "/page.txt").header("etag"), first);
  put("served/page.txt", "longer than before");
  const Answer second = ask("GET", "/page.txt");
  EXPECT_EQ(second.body, "longer than before");
  EXPECT_EQ(second.header("content-length"), "18");
  EXPECT_NE(second.header("etag"), first);
  put("served/other");
  set_changed(path("served/other"), kChanged + 1);
  std::filesystem::rename(path("served/other"), path("served/page.txt"));
  EXPECT_EQ(ask("GET", "/page.txt").header("last-modified"), "Sun, 09 Sep 2001 01:46:41 GMT");
}

TEST_F(FileServerTest, ANameThatWasAFileMayBecomeAnythingElse) {
  serve_folder();
  EXPECT_EQ(got("/page.txt"), "200 " + kContent);
  std::filesystem::remove(path("served/page.txt"));
  EXPECT_EQ(status("/page.txt"), 404);
  make_folder("served/page.txt");
  EXPECT_EQ(status("/page.txt"), 301);
  std::filesystem::remove(path("served/page.txt"));
  link("../secret.txt", "served/page.txt");
  EXPECT_EQ(status("/page.txt"), 403);
  std::filesystem::remove(path("served/page.txt"));
  put("served/page.txt", "again");
  EXPECT_EQ(got("/page.txt"), "200 again");
  std::filesystem::remove(path("served/page.txt"));
  ASSERT_EQ(::mkfifo(path("served/page.txt").c_str(), 0600), 0);
  EXPECT_EQ(status("/page.txt"), 403);
}

TEST_F(FileServerTest, HeadersThatTheProgramHasSetStay) {
  const FileServer files(path("served"));
  serve([&](auto& request, auto& response) {
    response.set_header("Content-Type", "text/special");
    response.set_header("X-Own", "1");
    files(request, response);
  });
  for (int i = 0; i < 2; ++i) {
    const Answer answer = ask("GET", "/page.txt");
    EXPECT_EQ(answer.header("content-type"), "text/special");
    EXPECT_EQ(answer.header("x-own"), "1");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.body, kContent);
  }
}

// The system finds no name of /proc in its cache, so the pool looks it up.
TEST_F(FileServerTest, NamesThatMayTakeADiskAreLookedUpOnThePool) {
  server = create_server(loop, FileServer("/proc/self/net"));
  server->listen(0, "127.0.0.1");
  EXPECT_EQ(status("/dev"), 200);
  EXPECT_EQ(status("/none"), 404);
  EXPECT_EQ(status("/dev/"), 404);
  EXPECT_THAT(got("/"), HasSubstr("tcp</a>"));
  EXPECT_THAT(got("/stat"), HasSubstr("301 "));
}

// --- The way out ---

TEST_F(FileServerTest, NoNameLeadsOut) {
  link("../secret.txt", "served/up");
  link(path(""), "served/parent");
  link("/dev/null", "served/device");
  serve_folder();
  for (const char* const target :
       {"/../secret.txt", "/%2e%2e/secret.txt", "/folder/../../secret.txt", "/..", "/up",
        "/parent/secret.txt", "/parent/", "/parent", "/device"})
    EXPECT_EQ(got(target), "403 403 Forbidden\n") << target;
  for (const char* const target : {"/..%2fsecret.txt", "/page.txt%00", "/%zz"})
    EXPECT_EQ(got(target), "400 400 Bad Request\n") << target;
}

TEST_F(FileServerTest, LinksToTargetsInTheFolderAreFollowed) {
  link("page.txt", "served/relative");
  link(path("served/page.txt"), "served/absolute");
  link("../page.txt", "served/folder/up");
  serve_folder();
  for (const char* const target : {"/relative", "/absolute", "/folder/up"})
    EXPECT_EQ(got(target), "200 " + kContent) << target;
}

TEST_F(FileServerTest, AFolderThatIsRenamedIsServedOn) {
  serve_folder();
  EXPECT_EQ(got("/page.txt"), "200 " + kContent);
  std::filesystem::rename(path("served"), path("renamed"));
  make_folder("served");
  put("served/page.txt", "another");
  EXPECT_EQ(got("/page.txt"), "200 " + kContent);
}

// --- Options ---

TEST_F(FileServerTest, ItMayBeMountedBelowAPrefix) {
  for (const char* const prefix : {"/as sets", "as%20sets/", "/as%20sets"}) {
    serve_folder({.prefix = prefix});
    EXPECT_EQ(got("/as%20sets/page.txt"), "200 " + kContent) << prefix;
    EXPECT_EQ(ask("GET", "/as%20sets?q").header("location"), "/as%20sets/?q");
    EXPECT_EQ(ask("GET", "/as%20sets/folder?q").header("location"), "/as%20sets/folder/?q");
    EXPECT_THAT(got("/as%20sets/"), HasSubstr("<h1>/as sets/</h1>"));
    EXPECT_THAT(got("/as%20sets/"), Not(HasSubstr("../")));
    for (const char* const target : {"/page.txt", "/", "/as%20setspage.txt", "/as"})
      EXPECT_EQ(status(target), 404) << target;
    server->close();
    loop.run();
  }
  for (const char* const prefix : {"/..", "/%", "/a?b"})
    EXPECT_THROW(FileServer(path("served"), {.prefix = prefix}), Error) << prefix;
}

TEST_F(FileServerTest, TheProgramMayAnswerARequestWithoutAFile) {
  put("app.html", "app");
  serve_folder({.listing = false,
                .failed = [this](auto& request, auto& response, int status, const Error& error) {
                  log.add(fmt::format("{} {}", status, error.name()));
                  send_file(request, response, path("app.html"));
                }});
  for (const char* const target : {"/some/route", "/", "/%zz", "/../x"})
    EXPECT_EQ(got(target), "200 app") << target;
  EXPECT_EQ(got("/page.txt"), "200 " + kContent);
  EXPECT_EQ(log.take(), "404 ENOENT 404 ENOENT 400 ERR_INVALID_URL 403 ERR_INVALID_URL");
}

TEST_F(FileServerTest, CacheControlIsSentWithTheFileAndA304) {
  serve_folder({.cache_control = "max-age=60"});
  const Answer answer = ask("GET", "/page.txt");
  EXPECT_EQ(answer.header("cache-control"), "max-age=60");
  const Answer known = ask("GET", "/page.txt", {"If-None-Match: " + answer.header("etag")});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.header("cache-control"), "max-age=60");
  EXPECT_EQ(ask("GET", "/none").header("cache-control"), "-");
}

TEST_F(FileServerTest, RefusesAMissingFolderByItsName) {
  for (const auto& [name, error] : std::vector<std::pair<std::string, std::string>>{
           {"none", "ENOENT: no such file or directory, open '{}'"},
           {"secret.txt", "ENOTDIR: not a directory, open '{}'"}}) {
    try {
      const FileServer files(path(name));
      ADD_FAILURE() << name;
    } catch (const Error& thrown) {
      EXPECT_EQ(thrown.what(), fmt::format(fmt::runtime(error), path(name)));
    }
  }
}

// --- Lifetime ---

TEST_F(FileServerTest, ItMayBeDestroyedBeforeAResponsesTurn) {
  std::optional<FileServer> files(path("served"));
  Ref<ServerResponse> first;
  serve([&](auto& request, auto& response) {
    if (!first) {
      first = Ref(&response);
      return;
    }
    files->answer(request, response);
    files.reset();
    first->end("first");
  });
  EXPECT_THAT(ask_up_to(keeping("/1") + get("/page.txt"), kContent),
              HasSubstr("first" + kClosing.substr(0, 15)));
}

TEST_F(FileServerTest, LeavesNoDescriptorOpen) {
  link("../secret.txt", "served/up");
  link(path("served/page.txt"), "served/absolute");
  serve_folder();
  got("/page.txt");
  const std::size_t before = test::open_descriptors();
  for (const char* const target :
       {"/page.txt", "/", "/folder", "/folder/", "/up", "/none", "/absolute", "/%zz", "/.."})
    for (const char* const line :
         {"A: b", "Range: bytes=2-4", "Range: bytes=99-", "If-None-Match: *", "If-Match: \"y\""}) {
      static_cast<void>(ask("GET", target, {line}));
      static_cast<void>(ask("HEAD", target, {line}));
    }
  run_until([&] { return test::open_descriptors() <= before; });
}

}  // namespace
}  // namespace weir::http
