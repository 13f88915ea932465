// A file piped into a socket: with the system sending and without, the peer gets the same.
#include "support/descriptors.h"
#include "support/file_test.h"
#include "support/net_test.h"
#include "support/numbered.h"
#include <weir/fs/read_stream.h>

#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

class Files : public test::FileTest {
 public:
  using FileTest::path;
  using FileTest::put;
  void TestBody() override {}
};

using test::numbered;

class SendFileTest : public test::NetTest, public testing::WithParamInterface<bool> {
 protected:
  Ref<fs::ReadStream> reader(fs::ReadStreamOptions options = {}) {
    options.fast_pipe = GetParam();
    return fs::create_read_stream(loop, files.path("in"), std::move(options));
  }
  // The bytes that a client receives from a server that runs `sends`.
  std::string got_from(std::function<void(Socket&)> sends) {
    serve(std::move(sends));
    std::string got;
    auto c = client();
    c->on<Socket::Data>([&](const Socket::Data& data) { got += data.chunk.text(); });
    run();
    return got;
  }

  Files files;
};

INSTANTIATE_TEST_SUITE_P(BothWays, SendFileTest, testing::Bool(),
                         [](const auto& fast) { return fast.param ? "fast" : "plain"; });

TEST_P(SendFileTest, SendsFilesOfEverySize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{20'000'001}}) {
    SCOPED_TRACE(size);
    files.put(files.path("in"), numbered(size));
    std::uint64_t written = 0;
    const std::string got = got_from([&](Socket& s) {
      auto file = reader();
      file->pipe(Ref<Socket>(&s));
      s.on<Finish>([&] { written = s.bytes_written(); });
    });
    EXPECT_TRUE(got == numbered(size));
    EXPECT_EQ(written, size);
  }
}

TEST_P(SendFileTest, SendsBetweenOtherWrites) {
  files.put(files.path("in"), numbered(3'000'000));
  const std::string got = got_from([&](Socket& s) {
    s.write("head ");
    auto file = reader({.start = 1000, .end = 1'999'999});
    file->pipe(Ref<Socket>(&s), {.end = false});
    file->on<End>([&s] { s.end(" tail"); });
  });
  EXPECT_TRUE(got == "head " + numbered(3'000'000).substr(1000, 1'999'000) + " tail");
}

TEST_P(SendFileTest, SendsTheRestOfATruncatedFile) {
  files.put(files.path("in"), numbered(20'000'000));
  Ref<fs::ReadStream> file;
  const std::string got = got_from([&](Socket& s) {
    file = reader();
    file->pipe(Ref<Socket>(&s));
    file->on<fs::Open>([&] { std::filesystem::resize_file(files.path("in"), 1'000'000); });
  });
  EXPECT_TRUE(got == numbered(1'000'000));
  EXPECT_EQ(file->bytes_read(), 1'000'000u);
}

TEST_P(SendFileTest, FailsWhenThePeerClosesInTheMiddle) {
  files.put(files.path("in"), numbered(20'000'000));
  const std::size_t before = test::open_descriptors();
  Error why;
  {
    serve([&](Socket& s) {
      reader()->pipe(Ref<Socket>(&s));
      s.on<Error>([&](const Error& error) { why = error; });
    });
    auto c = client();
    c->once<Socket::Data>([&] { c->reset_and_destroy(); });
    run();
  }
  EXPECT_TRUE(why.name() == "EPIPE" || why.name() == "ECONNRESET") << why;
  loop.run();
  // The file belongs to its stream, which is not ended: Node leaves it open as well.
  EXPECT_LE(test::open_descriptors(), before + 2);
}

}  // namespace
}  // namespace weir::net
