// Bytes of every kind are bytes, wherever a stream takes some.
#include "support/read_test.h"
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ByteRangesTest : public test::ReadTest {
 protected:
  // Calls `use` with the same three bytes as each kind of range.
  template <class Use>
  static void with_each(Use use) {
    use(std::vector<char>{'a', 0, 'b'});
    use(std::vector<signed char>{'a', 0, 'b'});
    use(std::vector<std::uint8_t>{'a', 0, 'b'});
    use(std::vector<std::byte>{std::byte{'a'}, std::byte{0}, std::byte{'b'}});
    use(std::array<char, 3>{'a', 0, 'b'});
    use(std::array<std::uint8_t, 3>{'a', 0, 'b'});
    std::vector<char> chars{'a', 0, 'b'};
    use(chars);
    use(std::span<const char>(chars));
    use(std::span<char>(chars));
    use(std::as_bytes(std::span(chars)));
    use(std::as_writable_bytes(std::span(chars)));
    const std::uint8_t raw[] = {'a', 0, 'b'};
    use(raw);
  }
  static constexpr std::string_view kBytes{"a\0b", 3};
};

TEST_F(ByteRangesTest, AreWritten) {
  with_each([&](auto&& bytes) {
    auto stream = make();
    sink.automatic = true;
    stream->write(bytes, cb("wcb"));
    EXPECT_EQ(now(), "_write(" + std::string(kBytes) + ")");
    EXPECT_EQ(after_ticks(), "wcb");
    stream->destroy();
    EXPECT_EQ(after_ticks(), "close");
  });
}

TEST_F(ByteRangesTest, AreMergedWithEarlierAndLaterWrites) {
  with_each([&](auto&& bytes) {
    auto stream = make({.writev = true, .delivery = Delivery::until_tick, .merges = true});
    sink.automatic = true;
    stream->write("<");
    stream->write(bytes);
    stream->write(">");
    EXPECT_EQ(after_ticks(), "_writev(<" + std::string(kBytes) + ">)");
    stream->destroy();
    after_ticks();
  });
}

TEST_F(ByteRangesTest, AreTheLastThatIsWritten) {
  with_each([&](auto&& bytes) {
    auto stream = make({.write = true, .final = true});
    sink.automatic = true;
    stream->end(bytes, cb("endcb"));
    EXPECT_EQ(now(), "_write(" + std::string(kBytes) + ") _final prefinish");
    EXPECT_EQ(after_ticks(), "endcb finish close");
  });
}

TEST_F(ByteRangesTest, AreNotDecoded) {
  auto stream = make({.write = true}, {.default_encoding = "hex"});
  sink.automatic = true;
  stream->write(std::vector<char>{'6', '1'});
  stream->write("61");
  stream->end(std::vector<char>{'6', '2'});
  EXPECT_EQ(now(), "_write(61) _write(a) _write(62) prefinish");
  after_ticks();
}

TEST_F(ByteRangesTest, ArePushedAndPutBack) {
  logs_reads = false;
  with_each([&](auto&& bytes) {
    auto stream = readable();
    EXPECT_TRUE(stream->push(bytes));
    EXPECT_TRUE(stream->unshift(bytes));
    EXPECT_EQ(stream->read(6)->text(), std::string(kBytes) + std::string(kBytes));
    stream->destroy();
    EXPECT_EQ(after_ticks(), "close");
  });
}

TEST_F(ByteRangesTest, AreOneChunkOfAReadableFromThem) {
  with_each([&](auto&& bytes) {
    auto stream = Readable::from(ticks, bytes);
    log.listen_to_data(*stream);
    EXPECT_EQ(after_ticks(), "data(" + std::string(kBytes) + ")");
  });
}

TEST_F(ByteRangesTest, OfAForeignOwnerAreSharedAndReleasedOnce) {
  std::optional<Chunk> written;
  auto stream = Writable::make(ticks, {.write = [&](Chunk chunk, Done done) {
                                 written.emplace(std::move(chunk));
                                 done();
                               }});
  int released = 0;
  const std::string mapping(100'000, 'm');
  stream->write(Buffer::adopt(std::as_bytes(std::span(mapping)), [&released] { ++released; }));
  EXPECT_EQ(written->text().data(), mapping.data());
  stream->end();
  ticks.drain();
  EXPECT_EQ(released, 0);
  written.reset();
  EXPECT_EQ(released, 1);
}

}  // namespace
}  // namespace weir
