// The options of file streams, and the properties that report them.
#include "support/file_test.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>

#include <optional>
#include <string>

#include <fcntl.h>

namespace weir::fs {
namespace {

using StreamOptionsTest = test::FileTest;

TEST_F(StreamOptionsTest, ReportsItsFlagsAndMode) {
  const auto w = create_write_stream(loop, path());
  EXPECT_EQ(w->flags(), OpenFlags("w"));
  EXPECT_EQ(w->mode(), 0666);
  const auto a = create_write_stream(loop, path("a"), {.flags = "ax", .mode = 0600});
  EXPECT_EQ(a->flags(), OpenFlags("ax"));
  EXPECT_EQ(a->mode(), 0600);
  w->end();
  a->end();
  loop.run();
  EXPECT_EQ(w->flags(), OpenFlags("w")) << "once it is closed, too";
  const auto r = create_read_stream(loop, path());
  EXPECT_EQ(r->flags(), OpenFlags("r"));
  EXPECT_EQ(r->mode(), 0666);
  r->resume();
  loop.run();
}

TEST_F(StreamOptionsTest, ADescriptorHasNeitherFlagsNorMode) {
  const auto w = create_write_stream(
      loop, "", {.flags = "a", .mode = 0600, .fd = ::open(path().c_str(), O_CREAT | O_RDWR, 0600)});
  EXPECT_EQ(w->flags(), std::nullopt);
  EXPECT_EQ(w->mode(), std::nullopt);
  const auto r = create_read_stream(loop, "", {.fd = ::open(path().c_str(), O_RDONLY)});
  EXPECT_EQ(r->flags(), std::nullopt);
  EXPECT_EQ(r->mode(), std::nullopt);
  w->end();
  r->resume();
  loop.run();
}

TEST_F(StreamOptionsTest, AnEncodingThatIsNoneIsAnInvalidValueOfTheOptions) {
  const auto refused = [](auto call) {
    const Error error = test::thrown_by(call);
    EXPECT_EQ(error.code(), Errc::invalid_arg_value);
    EXPECT_EQ(error.message(), "The argument 'encoding' is invalid encoding. Received 'nope'");
  };
  refused([&] { create_write_stream(loop, path(), {.encoding = "nope"}); });
  refused([&] { create_read_stream(loop, path(), {.encoding = "nope"}); });
  const auto w = create_write_stream(loop, path(), {.encoding = std::string("hex")});
  EXPECT_EQ(test::name_of(test::thrown_by([&] { w->set_default_encoding("nope"); })),
            "ERR_UNKNOWN_ENCODING");
  w->end("6162");
  loop.run();
  EXPECT_EQ(read(path()), "ab");
}

}  // namespace
}  // namespace weir::fs
