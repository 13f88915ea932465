// The options of a FileServer: codings, cache rules, origins, pages of applications, users.
#include "http/basic_auth.h"
#include "support/file_server_test.h"
#include <weir/base/encoding.h>
#include <weir/http/file_server.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir::http {
namespace {

using test::Answer;
using testing::HasSubstr;

class FileOptionsTest : public test::FileServerTest {
 protected:
  FileOptionsTest() {
    make_folder("served/assets");
    put("served/page.txt", kText);
    put("served/picture.png", kText);
    put("served/assets/app.js");
  }

  void serve_folder(FileServerOptions options = {}) {
    server = create_server(loop, FileServer(path("served"), std::move(options)));
    server->listen(0, "127.0.0.1");
  }
  static std::string accepting(std::string_view codings) {
    return fmt::format("Accept-Encoding: {}", codings);
  }
  static std::string login(std::string_view credentials) {
    return "Authorization: Basic " +
           encode(std::as_bytes(std::span(credentials)), Encoding::base64);
  }

  static inline const std::string kText = std::string(2000, 'x');
};

// --- Files beside the file ---

class PrecompressedTest : public FileOptionsTest {
 protected:
  PrecompressedTest() {
    put("served/page.txt.gz", "as gzip");
    put("served/page.txt.br", "as brotli");
    put("served/page.txt.zst", "as zstd");
  }
};

TEST_F(PrecompressedTest, AClientGetsTheCodingThatItPrefers) {
  serve_folder({.precompressed = true});
  for (int round = 0; round < 2; ++round) {
    for (const auto& [accepted, coding, body] : {std::tuple{"gzip", "gzip", "as gzip"},
                                                 {"gzip, br", "br", "as brotli"},
                                                 {"gzip, br, zstd", "zstd", "as zstd"},
                                                 {"gzip, br;q=0.5", "gzip", "as gzip"},
                                                 {"*", "zstd", "as zstd"}}) {
      const Answer answer = ask("GET", "/page.txt", {accepting(accepted)});
      EXPECT_EQ(answer.body, body) << accepted;
      EXPECT_EQ(answer.header("content-encoding"), coding);
      EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
      EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
    }
    for (const char* const accepted : {"", "deflate", "identity", "gzip;q=0"}) {
      const Answer answer = ask("GET", "/page.txt", {accepting(accepted)});
      EXPECT_EQ(answer.body, kText) << accepted;
      EXPECT_EQ(answer.header("content-encoding"), "-");
      EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
    }
    EXPECT_EQ(ask("GET", "/page.txt.gz").header("content-type"), "application/gzip");
    EXPECT_EQ(ask("GET", "/page.txt.gz").header("content-encoding"), "-");
  }
}

TEST_F(PrecompressedTest, EachCodingHasItsTagAndItsRanges) {
  serve_folder({.precompressed = true});
  const std::string plain = ask("GET", "/page.txt").header("etag");
  const std::string gzip = ask("GET", "/page.txt", {accepting("gzip")}).header("etag");
  EXPECT_NE(plain, gzip);
  EXPECT_EQ(status("/page.txt", {accepting("gzip"), "If-None-Match: " + gzip}), 304);
  EXPECT_EQ(status("/page.txt", {accepting("gzip"), "If-None-Match: " + plain}), 200);
  const Answer part = ask("GET", "/page.txt", {accepting("gzip"), "Range: bytes=3-5"});
  EXPECT_EQ(part.body, "gzi");
  EXPECT_EQ(part.header("content-range"), "bytes 3-5/7");
  EXPECT_EQ(part.header("content-encoding"), "gzip");
}

TEST_F(PrecompressedTest, AFileThatIsOlderThanItsSourceIsNotSent) {
  set_changed(path("served/page.txt.zst"), kChanged - 1);
  serve_folder({.precompressed = true});
  EXPECT_EQ(got("/page.txt", {accepting("zstd, gzip")}), "200 as gzip");
  std::filesystem::remove(path("served/page.txt"));
  EXPECT_EQ(status("/page.txt", {accepting("gzip")}), 404);
}

TEST_F(PrecompressedTest, AFileThatIsOlderByAPartOfASecondIsNotSent) {
  set_changed(path("served/page.txt"), kChanged, 500'000'000);
  set_changed(path("served/page.txt.zst"), kChanged, 499'999'999);
  set_changed(path("served/page.txt.br"), kChanged, 500'000'000);
  serve_folder({.precompressed = true});
  EXPECT_EQ(got("/page.txt", {accepting("zstd, br")}), "200 as brotli");
}

TEST_F(PrecompressedTest, AFileWhoseTimeHasNoPartsOfASecondIsComparedInSeconds) {
  set_changed(path("served/page.txt"), kChanged, 500'000'000);
  serve_folder({.precompressed = true});
  EXPECT_EQ(got("/page.txt", {accepting("gzip")}), "200 as gzip");
}

TEST_F(PrecompressedTest, OnlyOnRequestOfTheProgram) {
  serve_folder();
  EXPECT_EQ(got("/page.txt", {accepting("gzip")}), "200 " + kText);
  EXPECT_EQ(ask("GET", "/page.txt").header("vary"), "-");
}

// --- Compression on the way ---

class CompressingTest : public FileOptionsTest {
 protected:
  static std::vector<ContentEncoder> gzip() {
    return {{"gzip", [](Loop& on) -> Ref<Duplex> { return zlib::create_gzip(on); }}};
  }
  // The body of a chunked response.
  static std::string unchunked(const std::string& body) {
    std::string text;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t size = std::stoul(body.substr(at, 8), nullptr, 16);
      at = body.find("\r\n", at) + 2;
      text += body.substr(at, size);
      at += size + 2;
    }
    return text;
  }
};

TEST_F(CompressingTest, ATextIsCompressedForClientsThatAcceptIt) {
  serve_folder({.encoders = gzip()});
  const Answer answer = ask("GET", "/page.txt", {accepting("br, gzip")});
  EXPECT_EQ(answer.header("content-encoding"), "gzip");
  EXPECT_EQ(answer.header("content-length"), "-");
  EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
  EXPECT_TRUE(answer.header("etag").starts_with("W/"));
  const std::string body = unchunked(answer.body);
  EXPECT_LT(body.size(), kText.size());
  EXPECT_EQ(zlib::gunzip_sync(Buffer::copy(body)).text(), kText);
  EXPECT_EQ(status("/page.txt", {accepting("gzip"), "If-None-Match: " + answer.header("etag")}),
            304);
  EXPECT_EQ(ask("HEAD", "/page.txt", {accepting("gzip")}).header("content-encoding"), "gzip");
}

TEST_F(CompressingTest, OtherRequestsGetTheFileItself) {
  put("served/short.txt", "short");
  serve_folder({.encoders = gzip()});
  EXPECT_EQ(got("/page.txt"), "200 " + kText);
  EXPECT_EQ(ask("GET", "/page.txt").header("vary"), "Accept-Encoding");
  EXPECT_EQ(got("/page.txt", {accepting("gzip"), "Range: bytes=0-3"}), "206 xxxx");
  EXPECT_EQ(got("/short.txt", {accepting("gzip")}), "200 short");
  const Answer picture = ask("GET", "/picture.png", {accepting("gzip")});
  EXPECT_EQ(picture.body, kText);
  EXPECT_EQ(picture.header("vary"), "-");
}

TEST_F(CompressingTest, AFileBesideComesBeforeTheEncoder) {
  put("served/page.txt.gz", "ready");
  serve_folder({.precompressed = true, .encoders = gzip()});
  EXPECT_EQ(got("/page.txt", {accepting("gzip")}), "200 ready");
  EXPECT_EQ(ask("GET", "/assets/app.js", {accepting("gzip")}).body, kContent);
}

// --- Cache rules ---

TEST_F(FileOptionsTest, TheFirstCacheRuleThatMatchesCounts) {
  serve_folder(
      {.cache_control = "no-cache",
       .cache_rules = {{"assets/*.js", "max-age=9"}, {"*.js", "max-age=1"}, {"*.png", ""}}});
  put("served/main.js");
  EXPECT_EQ(ask("GET", "/assets/app.js").header("cache-control"), "max-age=9");
  EXPECT_EQ(ask("GET", "/main.js").header("cache-control"), "max-age=1");
  EXPECT_EQ(ask("GET", "/page.txt").header("cache-control"), "no-cache");
  EXPECT_EQ(ask("GET", "/picture.png").header("cache-control"), "-");
  EXPECT_THROW(FileServer(path("served"), {.cache_rules = {{"*", "a\nb"}}}), Error);
}

// --- Other origins ---

TEST_F(FileOptionsTest, ScriptsOfOtherOriginsMayReadTheResponses) {
  serve_folder({.cors = "*"});
  for (const char* const target : {"/page.txt", "/none", "/assets", "/assets/"})
    EXPECT_EQ(ask("GET", target).header("access-control-allow-origin"), "*") << target;
  const Answer flight = ask("OPTIONS", "/page.txt",
                            {"Origin: http://a", "Access-Control-Request-Method: GET",
                             "Access-Control-Request-Headers: range"});
  EXPECT_EQ(flight.status, 204);
  EXPECT_EQ(flight.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(flight.header("access-control-allow-headers"), "range");
  EXPECT_EQ(ask("OPTIONS", "/page.txt").header("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(FileOptionsTest, AnOriginOfItsOwnVariesTheResponse) {
  serve_folder({.cors = "https://a.example"});
  const Answer answer = ask("GET", "/page.txt");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(answer.header("vary"), "Origin");
}

// --- Applications ---

TEST_F(FileOptionsTest, APathOfAnApplicationIsItsPage) {
  put("served/app.html", "<p>app");
  serve_folder({.spa = "app.html"});
  for (const char* const target : {"/users/1", "/users/", "/page.txt/users"})
    EXPECT_EQ(got(target), "200 <p>app") << target;
  EXPECT_EQ(got("/page.txt"), "200 " + kText);
  EXPECT_EQ(status("/missing.js"), 404);
  EXPECT_EQ(status("/users/1", {"Accept: application/json"}), 404);
  EXPECT_EQ(status("/users/1", {"Accept: text/html"}), 200);
  EXPECT_EQ(ask("GET", "/users/1").header("content-type"), "text/html; charset=utf-8");
}

// --- Users ---

TEST_F(FileOptionsTest, OnlyUsersWithTheirPasswordsAreAnswered) {
  serve_folder({.users = {{"anna", "a:b"}, {"ben", ""}}, .realm = "the \"files\""});
  const Answer refused = ask("GET", "/page.txt");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("www-authenticate"),
            "Basic realm=\"the \\\"files\\\"\", charset=\"UTF-8\"");
  EXPECT_EQ(status("/page.txt", {login("anna:a:b")}), 200);
  EXPECT_EQ(status("/page.txt", {login("ben:")}), 200);
  for (const char* const wrong : {"anna:a", "anna:", "ben:x", "anna", "", ":", "Anna:a:b"})
    EXPECT_EQ(status("/page.txt", {login(wrong)}), 401) << wrong;
  for (const char* const line :
       {"Authorization: Basic", "Authorization: Bearer x", "Authorization: Basic !!!"})
    EXPECT_EQ(status("/page.txt", {line}), 401) << line;
  EXPECT_EQ(ask("POST", "/page.txt").status, 401);
}

TEST(BasicAuthTest, SecretsAreEqualOnlyAsAWhole) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  for (const auto& [a, b] :
       {std::pair{"a", ""}, {"", "a"}, {"abc", "abd"}, {"abc", "ab"}, {"aa", "a"}, {"a", "aa"}})
    EXPECT_FALSE(same_secret(a, b)) << a << ' ' << b;
}

}  // namespace
}  // namespace weir::http
