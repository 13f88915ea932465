// Data exchanged with the system's programs, in both directions.

#include "support/file_test.h"
#include "support/zlib_test.h"
#include <weir/zlib/sync.h>

#include <cstdlib>
#include <string>

namespace weir::zlib {
namespace {

class SystemToolsTest : public test::FileTest {
 protected:
  // The output of `command` for `given`, both through files.
  std::string run(const std::string& command, const Buffer& given) {
    put(path("in"), std::string(given.text()));
    const std::string line = command + " <" + path("in") + " >" + path("out");
    EXPECT_EQ(std::system(line.c_str()), 0) << line;
    return read(path("out"));
  }

  const std::string text = test::text_of(1'000'000);
  const Buffer input = Buffer::borrow(text);
};

TEST_F(SystemToolsTest, Gzip) {
  EXPECT_TRUE(run("gzip -dc", gzip_sync(input)) == text);
  EXPECT_TRUE(run("gzip -dc", gzip_sync(input, {.level = 9})) == text);
  EXPECT_TRUE(gunzip_sync(Buffer::adopt(run("gzip -c", input))).text() == text);
  EXPECT_TRUE(unzip_sync(Buffer::adopt(run("gzip -1c", input))).text() == text);
}

TEST_F(SystemToolsTest, Zlib) {
  const std::string python = "python3 -c 'import sys, zlib; i = sys.stdin.buffer.read(); ";
  EXPECT_TRUE(run(python + "sys.stdout.buffer.write(zlib.decompress(i))'", deflate_sync(input)) ==
              text);
  EXPECT_TRUE(run(python + "sys.stdout.buffer.write(zlib.decompress(i, -15))'",
                  deflate_raw_sync(input)) == text);
  const Buffer small =
      Buffer::adopt(run(python + "sys.stdout.buffer.write(zlib.compress(i))'", input));
  EXPECT_TRUE(inflate_sync(small).text() == text);
  EXPECT_TRUE(deflate_sync(input) == small);
}

TEST_F(SystemToolsTest, Brotli) {
  EXPECT_TRUE(run("brotli -dc", brotli_compress_sync(input, {.quality = 5})) == text);
  EXPECT_TRUE(brotli_decompress_sync(Buffer::adopt(run("brotli -q 5 -c", input))).text() == text);
}

TEST_F(SystemToolsTest, Zstd) {
  EXPECT_TRUE(run("zstd -dqc", zstd_compress_sync(input)) == text);
  EXPECT_TRUE(zstd_decompress_sync(Buffer::adopt(run("zstd -qc", input))).text() == text);
}

}  // namespace
}  // namespace weir::zlib
