// The memory that an idle kept-alive connection holds.
#include "support/heap.h"
#include "support/http_test.h"
#include "support/small_sockets.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace weir::http {
namespace {

constexpr std::size_t kMostEach = 6 << 10;
constexpr std::size_t kUsualCount = 500;
constexpr std::size_t kLine = 500;  // bytes
constexpr std::chrono::seconds kCheckingInterval{30};

// The number in the environment, limited by the descriptors for both ends.
std::size_t connection_count() {
  const char* const said = std::getenv("WEIR_IDLE_CONNECTIONS");
  const std::size_t wanted = said ? std::strtoul(said, nullptr, 10) : kUsualCount;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, (limit.rlim_cur - 50) / 2);
}

// The exchange before the connection became idle.
struct Past {
  const char* name;
  std::vector<std::string> pieces;  // of the request, each as the server reads it
  std::size_t answer;               // bytes
  bool in_lines = false;            // each written on a tick of its own
};

const std::string kIdleRequest = "POST /hello HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n";

const std::string kCookie = "Cookie: " + std::string(1500, 'c');

const Past kPasts[] = {
    {"a_small_request", {kIdleRequest + "Accept: */*\r\nCookie: a=b; c=d\r\n\r\n"}, 5},
    {"an_upload", {kIdleRequest + "Content-Length: 3000\r\n\r\n", std::string(3000, 'u')}, 5},
    {"a_large_answer", {kIdleRequest + "\r\n"}, 100'000},
    {"an_answer_in_lines", {kIdleRequest + "\r\n"}, 50'000, true},
    {"a_large_head_in_pieces", {kIdleRequest + kCookie, kCookie, kCookie + "\r\n\r\n"}, 5},
};

void write_lines(Ref<ServerResponse> response, std::size_t count) {
  if (count == 0) return static_cast<void>(response->end());
  response->write(std::string(kLine, 'a'));
  TickQueue& ticks = response->ticks();
  ticks.next_tick([response = std::move(response), count] { write_lines(response, count - 1); });
}

class IdleConnectionsTest : public test::HttpTest, public testing::WithParamInterface<Past> {
 protected:
  using Clients = std::vector<std::unique_ptr<test::SmallClient>>;

  // A client that had its answer and keeps its connection.
  void add_to(Clients& idle) {
    idle.push_back(std::make_unique<test::SmallClient>(server->address()->port));
    for (const std::string& piece : GetParam().pieces) {
      idle.back()->say(piece);
      for (int turn = 0; turn < 3; ++turn) loop.poll();
    }
    std::string heard;
    while (heard.find("\r\n\r\n") == heard.npos ||
           heard.size() - heard.find("\r\n\r\n") - 4 < GetParam().answer) {
      loop.poll();
      heard += idle.back()->hear(4096);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(After, IdleConnectionsTest, testing::ValuesIn(kPasts),
                         [](const auto& past) { return past.param.name; });

TEST_P(IdleConnectionsTest, HoldLessThanSixKibibytesEach) {
  if (!test::counts_the_heap()) GTEST_SKIP() << "the heap is a sanitizer's";
  SteppedClock clock(loop);
  const std::string answer(GetParam().answer, 'a');
  serve(
      [&](auto&, auto& response) {
        if (GetParam().in_lines)
          write_lines(Ref(&response), GetParam().answer / kLine);
        else
          response.end(answer);
      },
      {.connections_checking_interval = kCheckingInterval, .keep_alive_timeout = {}});
  const std::size_t count = connection_count();
  Clients idle;
  idle.reserve(count + 1);
  add_to(idle);  // memory that is allocated once
  loop.poll();
  const std::size_t before = test::heap_in_use();
  for (std::size_t i = 0; i < count; ++i) add_to(idle);
  clock.pass(4 * kCheckingInterval);
  EXPECT_EQ(server->connections(), count + 1);
  const std::size_t each = (test::heap_in_use() - before) / count;
  RecordProperty("bytes_each", static_cast<int>(each));
  EXPECT_LT(each, kMostEach);
}

}  // namespace
}  // namespace weir::http
