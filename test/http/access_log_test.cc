#include <weir/http/access_log.h>

#include "support/file_server_test.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace weir::http {
namespace {

using testing::MatchesRegex;

class AccessLogTest : public test::FileServerTest {
 protected:
  std::string line(AccessFormat format, const std::vector<std::string>& lines = {},
                   std::string_view target = "/page?x=1") {
    std::string logged;
    serve([&](auto&, auto& response) {
      response.template on<Close>(
          [&, record = AccessRecord(response)] { logged = record.line(response, format); });
      response.end("hello");
    });
    static_cast<void>(ask("GET", target, lines));
    run_until([&] { return !logged.empty(); });
    server->close();
    return logged;
  }
};

const std::string kTime = R"(\[[0-9]+/[A-Z][a-z]+/20[0-9]+:[0-9]+:[0-9]+:[0-9]+ \+0000\])";

TEST_F(AccessLogTest, TheCommonFormat) {
  EXPECT_THAT(line(AccessFormat::common),
              MatchesRegex("127.0.0.1 - - " + kTime + " \"GET /page\\?x=1 HTTP/1.1\" 200 5\n"));
}

TEST_F(AccessLogTest, TheCombinedFormatAddsTwoHeaders) {
  EXPECT_THAT(line(AccessFormat::combined, {"User-Agent: a \"b\" \\ \xc3\xa9", "Referer: http://r/",
                                            "Authorization: Basic YW5uYTpi"}),
              MatchesRegex("127.0.0.1 - anna " + kTime +
                           " \"GET /page\\?x=1 HTTP/1.1\" 200 5 \"http://r/\" "
                           "\"a \\\\\"b\\\\\" \\\\\\\\ \\\\xc3\\\\xa9\"\n"));
  EXPECT_THAT(line(AccessFormat::combined), MatchesRegex(".* 200 5 \"-\" \"-\"\n"));
}

TEST_F(AccessLogTest, TheJsonFormat) {
  EXPECT_THAT(line(AccessFormat::json, {"User-Agent: a\"\xe9"}),
              MatchesRegex("\\{\"time\":\"20..-..-..T..:..:..Z\",\"client\":\"127.0.0.1\","
                           "\"method\":\"GET\",\"url\":\"/page\\?x=1\",\"version\":\"1.1\","
                           "\"status\":200,\"bytes\":5,\"seconds\":[0-9.]+,\"complete\":true,"
                           "\"user_agent\":\"a\\\\\"\\\\u00e9\"\\}\n"));
}

}  // namespace
}  // namespace weir::http
