// What a kept connection that waits for its next request holds of the program's memory.
#include "support/http_test.h"
#include "support/small_sockets.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

namespace weir::http {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnsTheHeap = false;  // the sanitizer does
#else
constexpr bool kOwnsTheHeap = true;
#endif

constexpr std::size_t kMostEach = 6 << 10;
constexpr std::size_t kUsualCount = 500;

std::size_t in_use() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// As many as the environment says, as far as there are descriptors for both ends.
std::size_t connection_count() {
  const char* const said = std::getenv("WEIR_IDLE_CONNECTIONS");
  const std::size_t wanted = said ? std::strtoul(said, nullptr, 10) : kUsualCount;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, (limit.rlim_cur - 50) / 2);
}

class IdleConnectionsTest : public test::HttpTest {
 protected:
  using Clients = std::vector<std::unique_ptr<test::SmallClient>>;

  // A client that had a request answered and keeps its connection.
  void add_to(Clients& idle) {
    idle.push_back(std::make_unique<test::SmallClient>(server->address()->port));
    idle.back()->say(keeping("/hello", "User-Agent: test\r\nAccept: */*\r\nCookie: a=b; c=d\r\n"));
    while (!idle.back()->hear(1000).ends_with("hello")) loop.poll();
  }
};

TEST_F(IdleConnectionsTest, HoldLessThanSixKibibytesEach) {
  if (!kOwnsTheHeap) GTEST_SKIP() << "the heap is a sanitizer's";
  serve([](auto&, auto& response) { response.end("hello"); }, {.keep_alive_timeout = {}});
  const std::size_t count = connection_count();
  Clients idle;
  idle.reserve(count + 1);
  add_to(idle);  // and what is there once for all
  loop.poll();
  const std::size_t before = in_use();
  for (std::size_t i = 0; i < count; ++i) add_to(idle);
  for (int turn = 0; turn < 10; ++turn) loop.poll();
  EXPECT_EQ(server->connections(), count + 1);
  const std::size_t each = (in_use() - before) / count - sizeof(test::SmallClient);
  RecordProperty("bytes_each", static_cast<int>(each));
  EXPECT_LT(each, kMostEach);
}

}  // namespace
}  // namespace weir::http
