#include <weir/stream/writable.h>

#include "support/stream_test.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

struct Unknown {
  [[maybe_unused]] static constexpr std::string_view kEventName = "unknown";
};

template <class S, class Event>
concept CanListen = requires(S& stream) {
  stream.template on<Event>([] {});
  stream.template once<Event>([] {});
};
static_assert(CanListen<Writable, Drain> && CanListen<Writable, Prefinish>);
static_assert(CanListen<Writable, Finish> && CanListen<Writable, Close>);
static_assert(CanListen<Writable, Pipe> && CanListen<Writable, Unpipe>);
static_assert(CanListen<Writable, Error> && CanListen<Writable, NewListener>);
static_assert(!CanListen<Writable, Unknown> && !CanListen<Writable, int>);

template <class S, class... Args>
concept CanWrite = requires(S& stream, Args... args) { stream.write(std::forward<Args>(args)...); };
static_assert(CanWrite<Writable, const char*> && CanWrite<Writable, std::string>);
static_assert(CanWrite<Writable, std::string_view, const char*, Callback>);
static_assert(CanWrite<Writable, std::span<const std::byte>> && CanWrite<Writable, Buffer>);
static_assert(CanWrite<Writable, std::vector<std::byte>>);
static_assert(!CanWrite<Writable, int> && !CanWrite<Writable, std::vector<int>>);
static_assert(!CanWrite<Writable> && !CanWrite<Writable, std::nullptr_t>);
static_assert(!CanWrite<Writable, Buffer, Encoding>);  // only text has an encoding

class WritableTest : public test::StreamTest {};

// --- Making one ---

TEST_F(WritableTest, StartsWritableAndOtherwiseBlank) {
  const auto stream = make();
  EXPECT_TRUE(stream->writable());
  EXPECT_EQ(stream->writable_length(), 0u);
  EXPECT_EQ(stream->writable_high_water_mark(), 16384u);
  EXPECT_FALSE(stream->writable_need_drain());
  EXPECT_EQ(stream->writable_corked(), 0u);
  EXPECT_FALSE(stream->writable_ended());
  EXPECT_FALSE(stream->writable_finished());
  EXPECT_FALSE(stream->writable_aborted());
  EXPECT_FALSE(stream->writable_object_mode());
  EXPECT_TRUE(stream->writable_buffer().empty());
  EXPECT_FALSE(stream->destroyed());
  EXPECT_FALSE(stream->closed());
  EXPECT_FALSE(stream->errored());
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(WritableTest, ReportsItsHighWaterMarkUnchanged) {
  for (const std::int64_t mark : {std::int64_t{0}, std::int64_t{4}, (std::int64_t{1} << 53) - 1})
    EXPECT_EQ(make({.write = true}, {.high_water_mark = mark})->writable_high_water_mark(),
              static_cast<std::size_t>(mark));
}

TEST_F(WritableTest, RejectsANegativeHighWaterMark) {
  const Error error = thrown_by([&] { make({.write = true}, {.high_water_mark = -1}); });
  EXPECT_EQ(error.code(), Errc::invalid_arg_value);
  EXPECT_EQ(error.message(), "The property 'options.high_water_mark' is invalid. Received -1");
}

TEST_F(WritableTest, RejectsAnUnknownEncoding) {
  const auto stream = make();
  const auto expect_unknown = [](const Error& error) {
    EXPECT_EQ(error.code(), Errc::unknown_encoding);
    EXPECT_EQ(error.message(), "Unknown encoding: klingon");
  };
  expect_unknown(
      thrown_by([&] { make({.write = true}, WritableOptions{.default_encoding = "klingon"}); }));
  expect_unknown(thrown_by([&] { stream->set_default_encoding("klingon"); }));
  expect_unknown(thrown_by([&] { stream->write("a", "klingon"); }));
  expect_unknown(thrown_by([&] { stream->end("a", "klingon"); }));
  EXPECT_FALSE(stream->writable_ended());
  EXPECT_EQ(after_ticks(), "");

  stream->end();
  after_ticks();
  expect_unknown(thrown_by([&] { stream->write("a", "klingon"); }));
  EXPECT_EQ(after_ticks(), "");
}

// --- Types of chunks ---

TEST_F(WritableTest, TakesTextBytesAndBuffers) {
  sink.automatic = true;
  const auto stream = make();
  const std::vector<std::byte> bytes(2, std::byte{'b'});
  EXPECT_TRUE(stream->write("a"));
  EXPECT_TRUE(stream->write(std::string("string")));
  EXPECT_TRUE(stream->write(bytes));
  EXPECT_TRUE(stream->write(Buffer::copy("buffer")));
  EXPECT_TRUE(stream->write("61", Encoding::hex));
  EXPECT_EQ(now(), "_write(a) _write(string) _write(bb) _write(buffer) _write(a)");
}

TEST_F(WritableTest, CopiesTextAndBytesButSharesABuffer) {
  sink.keep_chunks();
  const auto stream = make();
  std::string text = "text";
  const Buffer buffer = Buffer::copy("buffer");
  stream->write("first");  // the others are queued
  stream->write(text);
  stream->write(std::as_bytes(std::span(text)));
  stream->write(buffer);
  text = "XXXX";
  for (int i = 0; i < 4; ++i) sink.complete();
  EXPECT_EQ(now(), "_write(first) _write(text) _write(text) _write(buffer)");
  EXPECT_EQ(sink.chunks()[3].data(), buffer.data());
}

TEST_F(WritableTest, DecodesTextIntoBytes) {
  sink.automatic = true;
  sink.keep_chunks();
  const struct {
    std::string_view text, encoding, bytes;
  } cases[] = {
      {"h\u00e9", "utf8", "h\xc3\xa9"},
      {"h\u00e9", "UTF-8", "h\xc3\xa9"},
      {"h\u00e9", "latin1", "h\xe9"},
      {"h\u00e9", "binary", "h\xe9"},
      {"h\u00e9", "ascii", "h\xe9"},
      {"h\u00e9", "utf16le", std::string_view("h\0\xe9\0", 4)},
      {"h\u00e9", "ucs2", std::string_view("h\0\xe9\0", 4)},
      {"61fF", "hex", "a\xff"},
      {"61fg61", "hex", "a"},
      {"YWI=", "base64", "ab"},
      {"Pz8_-w", "base64url", "???\xfb"},
  };
  const auto stream = make();
  for (const auto& [text, encoding, bytes] : cases) {
    stream->write(text, encoding);
    EXPECT_EQ(sink.chunks().back().text(), bytes) << encoding;
    EXPECT_EQ(sink.chunks().back().encoding, Encoding::buffer) << encoding;
  }
}

TEST_F(WritableTest, HandsTextOnWithItsEncodingWhereItShallNotDecode) {
  sink.automatic = true;
  const auto stream = make({.write = true}, {.decode_strings = false});
  stream->write("h\u00e9");
  stream->write("6162", "hex");
  stream->write(Buffer::copy("bytes"));
  EXPECT_EQ(now(), "_write(utf8:h\u00e9) _write(hex:6162) _write(bytes)");
}

TEST_F(WritableTest, CountsUndecodedTextInUtf16Units) {
  const struct {
    std::string_view text;
    std::size_t length;
  } cases[] = {{"abc", 3}, {"\u00e9", 1}, {"\u20ac", 1}, {"\U0001f600", 2}, {"", 0}};
  for (const auto& [text, length] : cases) {
    const auto stream = make({.write = true}, {.decode_strings = false});
    stream->write(text);
    EXPECT_EQ(stream->writable_length(), length) << text;
  }
  const auto decoding = make();
  decoding->write("\U0001f600");
  EXPECT_EQ(decoding->writable_length(), 4u);
}

TEST_F(WritableTest, ReadsTextInItsDefaultEncoding) {
  sink.automatic = true;
  const auto stream = make({.write = true}, {.default_encoding = Encoding::hex});
  stream->write("61");
  EXPECT_EQ(&stream->set_default_encoding("base64"), stream.get());
  stream->write("YWI=");
  stream->write("utf8", "utf8");
  stream->end("YmM=");
  EXPECT_EQ(now(), "_write(a) _write(ab) _write(utf8) _write(bc) prefinish");
}

TEST_F(WritableTest, PrintsFormattedText) {
  sink.automatic = true;
  const auto stream = make();
  EXPECT_TRUE(stream->print("{}-{:02}", "a", 7));
  EXPECT_TRUE(stream->print("plain"));
  EXPECT_EQ(now(), "_write(a-07) _write(plain)");
}

TEST_F(WritableTest, HandsAnEmptyChunkOnWithoutCountingIt) {
  const auto stream = make({.write = true}, {.high_water_mark = 1});
  EXPECT_TRUE(stream->write("", cb("cb1")));
  EXPECT_EQ(sink.pending(), 1u);
  EXPECT_FALSE(stream->write("full"));
  EXPECT_FALSE(stream->write(Buffer(), cb("cb3")));
  EXPECT_EQ(stream->writable_length(), 4u);
  for (int i = 0; i < 3; ++i) sink.complete();
  EXPECT_EQ(after_ticks(), "_write _write(full) cb1 _write drain cb3");
}

TEST_F(WritableTest, PassesOnAWholeChunkAboveTheMark) {
  const auto stream = make({.write = true}, {.high_water_mark = 2});
  EXPECT_FALSE(stream->write("12345678"));
  EXPECT_EQ(now(), "_write(12345678)");
}

// --- Order ---

TEST_F(WritableTest, WritesAtOnceWhereNothingIsUnderWay) {
  const auto stream = make();
  stream->write("a");
  EXPECT_EQ(now(), "_write(a)");
  EXPECT_EQ(stream->writable_length(), 1u);  // until it is done
  EXPECT_TRUE(stream->writable_buffer().empty());
}

TEST_F(WritableTest, KeepsTheSinkAtOneWriteAndTheRestInOrder) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->write("c", cb("cbC"));
  EXPECT_EQ(now(), "_write(a)");
  EXPECT_EQ(stream->writable_length(), 3u);
  ASSERT_EQ(stream->writable_buffer().size(), 2u);
  // The next write is under way before the callback of the one that is done.
  sink.complete();
  EXPECT_EQ(now(), "_write(b) cbA");
  sink.complete();
  EXPECT_EQ(now(), "_write(c) cbB");
  sink.complete();
  EXPECT_EQ(now(), "cbC");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(WritableTest, CallsBackOnALaterTickWhereTheSinkIsDoneAtOnce) {
  sink.automatic = true;
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  EXPECT_EQ(now(), "_write(a) _write(b)");
  ticks.next_tick([&] { log.add("tick"); });
  EXPECT_EQ(after_ticks(), "cbA cbB tick");
}

TEST_F(WritableTest, QueuesWritesOfTheSinkItself) {
  const auto stream = make();
  sink.inside = [&] { stream->write("nested", cb("nested")); };
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  for (int i = 0; i < 3; ++i) sink.complete();
  EXPECT_EQ(now(), "_write(a) _write(nested) cbA _write(b) nested cbB");
}

TEST_F(WritableTest, QueuesWritesOfACallbackAfterTheOthers) {
  const auto stream = make();
  stream->write("a", [&] { stream->write("x"); });
  stream->write("b");
  for (int i = 0; i < 3; ++i) sink.complete();
  EXPECT_EQ(now(), "_write(a) _write(b) _write(x)");
}

TEST_F(WritableTest, KeepsADeepQueueInOrder) {
  constexpr int kCount = 1000;
  sink.keep_chunks();
  const auto stream = make();
  int completed = 0;
  for (int i = 0; i < kCount; ++i)
    stream->print("{}", i), stream->write("", [&completed, i] { EXPECT_EQ(completed++, i); });
  while (sink.pending()) sink.complete();
  EXPECT_EQ(completed, kCount);
  ASSERT_EQ(sink.chunks().size(), 2u * kCount);
  for (int i = 0; i < kCount; ++i)
    ASSERT_EQ(sink.chunks()[2 * static_cast<std::size_t>(i)].text(), fmt::to_string(i));
}

TEST_F(WritableTest, TwoStreamsTakeTurnsTickByTick) {
  sink.automatic = true;
  const auto a = make_silent();
  const auto b = make_silent();
  log.listen(*a, "A.");
  log.listen(*b, "B.");
  a->end(cb("A.endcb"));
  b->end(cb("B.endcb"));
  EXPECT_EQ(now(), "A.prefinish B.prefinish");
  EXPECT_EQ(after_ticks(), "A.endcb A.finish B.endcb B.finish A.close B.close");
}

// --- Sinks that lack functions, or throw ---

TEST_F(WritableTest, WithOnlyWritevHandsSingleWritesOnAsBatches) {
  const auto stream = make({.writev = true});
  stream->write("a", cb("cbA"));
  EXPECT_EQ(now(), "_writev(a)");
  sink.complete();
  EXPECT_EQ(now(), "cbA");
}

TEST_F(WritableTest, WithoutWriteAndWritevThrowsOnTheFirstWrite) {
  const auto stream = make({});
  const Error error = thrown_by([&] { stream->write("a"); });
  EXPECT_EQ(error.code(), Errc::method_not_implemented);
  EXPECT_EQ(error.message(), "The write() method is not implemented");
}

TEST_F(WritableTest, PropagatesAnExceptionOfWriteAndKeepsItsState) {
  const auto stream = make();
  sink.inside = [] { throw Error("thrown"); };
  EXPECT_EQ(thrown_by([&] { stream->write("a", cb("cbA")); }).message(), "thrown");
  EXPECT_TRUE(stream->writable());
  EXPECT_FALSE(stream->errored());
  EXPECT_EQ(stream->writable_length(), 1u);
  stream->write("b", cb("cbB"));  // queued after a write that never completes
  EXPECT_EQ(after_ticks(), "_write(a)");
}

// --- The properties over a life ---

TEST_F(WritableTest, PropertiesFollowALife) {
  const auto state = [](const Writable& s) {
    std::string text;
    if (s.writable()) text += "writable ";
    if (s.writable_need_drain()) text += "need_drain ";
    if (s.writable_ended()) text += "ended ";
    if (s.writable_finished()) text += "finished ";
    if (s.writable_aborted()) text += "aborted ";
    if (s.destroyed()) text += "destroyed ";
    if (s.closed()) text += "closed ";
    return text + fmt::to_string(s.writable_length());
  };
  const auto stream = make_silent({.write = true, .final = true}, {.high_water_mark = 2});
  std::vector<std::string> seen;
  const auto look = [&] { seen.push_back(state(*stream)); };
  stream->on<Drain>(look);
  stream->on<Prefinish>(look);
  stream->on<Finish>(look);
  stream->on<Close>(look);

  stream->write("abc");
  EXPECT_EQ(state(*stream), "writable need_drain 3");
  sink.complete();
  stream->end(look);
  EXPECT_EQ(state(*stream), "ended 0");
  sink.complete();
  ticks.drain();
  EXPECT_EQ(seen,
            (std::vector<std::string>{"writable 0", "ended 0", "ended finished 0",
                                      "ended finished 0", "ended finished destroyed closed 0"}));
}

TEST_F(WritableTest, AChunkOfItsOwnQueueCanBeWrittenAgain) {
  const auto stream = make();
  stream->write("first");
  stream->write(Buffer::copy("again"));
  for (int i = 0; i < 20; ++i) stream->write(stream->writable_buffer()[0]);
  EXPECT_EQ(stream->writable_buffer().size(), 21u);
  for (std::size_t i = 0; i < 21; ++i) EXPECT_EQ(stream->writable_buffer()[i].text(), "again");
}

}  // namespace
}  // namespace weir
