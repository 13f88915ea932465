// How often a request on a kept connection allocates.
#include "support/allocations.h"

#include "support/http_test.h"
#include "support/small_sockets.h"

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""ms;

class AllocationsTest : public test::HttpTest {
 protected:
  // Allocations a request, once there have been some; the answer ends with `last`.
  double a_request(std::string_view text, std::string_view last) {
    constexpr int kRequests = 200;
    constexpr int kFirst = 50;
    const test::SmallClient client(server->address()->port);
    std::array<char, 1000> answer;
    std::size_t heard = 0;
    std::size_t before = 0;
    int asked = 0;
    client.say(text);
    const auto timer = loop.set_interval(1ms, [&] {
      heard += client.hear_into(std::span(answer).subspan(heard));
      if (!std::string_view(answer.data(), heard).ends_with(last)) return;
      heard = 0;
      if (++asked == kFirst) before = test::allocations();
      if (asked == kFirst + kRequests) return loop.stop();
      client.say(text);
    });
    const auto give_up =
        loop.set_timeout(std::chrono::seconds(20), [] { throw Error("it did not come about"); });
    loop.run();
    const std::size_t after = test::allocations();
    timer->clear();
    give_up->clear();
    return static_cast<double>(after - before) / kRequests;
  }

  void SetUp() override {
    if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer has the heap";
  }

  const std::string request_ = keeping("/", "User-Agent: a test\r\nAccept: */*\r\n");
};

TEST_F(AllocationsTest, AHelloMakesFiveAtMost) {
  serve([](auto&, auto& response) {
    response.set_header("Content-Type", "text/plain");
    response.end("hello");
  });
  EXPECT_LE(a_request(request_, "\r\n\r\nhello"), 5.0);
}

TEST_F(AllocationsTest, SoDoesOneWhoseHeadIsWrittenFirst) {
  serve([](auto&, auto& response) {
    response.write_head(200, {{"Content-Type", "text/plain"}, {"Content-Length", "5"}});
    response.end("hello");
  });
  EXPECT_LE(a_request(request_, "\r\n\r\nhello"), 5.0);
}

TEST_F(AllocationsTest, ABufferThatIsSharedMakesNoMore) {
  const Buffer hello = Buffer::copy("hello");
  serve([&](auto&, auto& response) {
    response.set_header("Content-Type", "text/plain");
    response.end(hello);
  });
  EXPECT_LE(a_request(request_, "\r\n\r\nhello"), 5.0);
}

TEST_F(AllocationsTest, ABodyInPiecesIsAChunkOfItsOwnAndAFewMore) {
  serve([](auto&, auto& response) {
    response.write("hel");
    response.write("lo");
    response.end();
  });
  EXPECT_LE(a_request(request_, "\r\n0\r\n\r\n"), 8.0);
}

}  // namespace
}  // namespace weir::http
