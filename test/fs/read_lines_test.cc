#include <weir/fs/read_lines.h>

#include "support/event_log.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

using TextLines = std::vector<std::string>;

class ReadLinesTest : public testing::Test {
 protected:
  void TearDown() override { ticks.close(); }

  // The lines of these chunks; after a failure, "!" and the error.
  TextLines lines(std::vector<std::string> chunks, const ReadLinesOptions& options = {}) {
    TextLines result;
    const auto stream = read_lines(ticks, options);
    stream->on<DataOf<std::string>>(
        [&](const DataOf<std::string>& line) { result.push_back(line.chunk); });
    stream->on<Error>(
        [&](const Error& error) { result.push_back("!" + std::string(error.name())); });
    for (const std::string& chunk : chunks) stream->write(chunk);
    stream->end();
    ticks.drain();
    return result;
  }

  TickQueue ticks;
};

TEST_F(ReadLinesTest, EndsLinesAsNodeDoes) {
  EXPECT_EQ(lines({"a\nb\r\nc\rd"}), (TextLines{"a", "b", "c", "d"}));
  EXPECT_EQ(lines({"\n\n\r\r\n\n"}), (TextLines{"", "", "", "", ""}));
  EXPECT_EQ(lines({"a\r"}), TextLines{"a"});
  EXPECT_EQ(lines({"a\xE2\x80\xA8"
                   "b"}),
            TextLines{"a\xE2\x80\xA8"
                      "b"})
      << "U+2028 ends no line";
}

TEST_F(ReadLinesTest, GivesALastLineThatHasNoEnd) {
  EXPECT_EQ(lines({"a\nb"}), (TextLines{"a", "b"}));
  EXPECT_EQ(lines({"a\n"}), TextLines{"a"});
  EXPECT_EQ(lines({}), TextLines{});
}

TEST_F(ReadLinesTest, JoinsALineThatIsSplit) {
  EXPECT_EQ(lines({"on", "e\ntw", "", "o", "\nthree"}), (TextLines{"one", "two", "three"}));
  EXPECT_EQ(lines({"caf\xC3", "\xA9\n"}), TextLines{"café"});
}

TEST_F(ReadLinesTest, TakesAReturnAndANewlineOfTwoChunksAsOneEnd) {
  EXPECT_EQ(lines({"a\r", "\nb"}), (TextLines{"a", "b"}));
  EXPECT_EQ(lines({"a\r", "", "\nb"}), (TextLines{"a", "b"}));
  EXPECT_EQ(lines({"a\r", "b\n"}), (TextLines{"a", "b"}));
  EXPECT_EQ(lines({"\r", "\r", "\n", "\n"}), (TextLines{"", "", ""}));
}

TEST_F(ReadLinesTest, SplitsTheSameWhereverAChunkEnds) {
  const std::string text = "one\n\ntwo\r\n\r\nthree\rfour\r\r\n\nfive";
  const TextLines whole = lines({text});
  for (std::size_t first = 0; first <= text.size(); ++first)
    for (std::size_t second = first; second <= text.size(); ++second)
      EXPECT_EQ(
          lines({text.substr(0, first), text.substr(first, second - first), text.substr(second)}),
          whole)
          << first << ' ' << second;
}

TEST_F(ReadLinesTest, KeepsBytesThatAreNoText) {
  EXPECT_EQ(lines({std::string("\xFF\0\x80\n", 4)}), TextLines{std::string("\xFF\0\x80", 3)});
  EXPECT_EQ(lines({"\xEF\xBB\xBF"
                   "a\n"}),
            TextLines{"\xEF\xBB\xBF"
                      "a"});
}

TEST_F(ReadLinesTest, FailsAtALineThatIsTooLong) {
  const ReadLinesOptions options{.max_length = 3};
  EXPECT_EQ(lines({"one\ntwo\r\nlast"}, options), (TextLines{"one", "two", "!ERR_LINE_TOO_LONG"}));
  EXPECT_EQ(lines({"12", "3", "\n4"}, options), (TextLines{"123", "4"}));
  EXPECT_EQ(lines({"12", "34"}, options), TextLines{"!ERR_LINE_TOO_LONG"});
  EXPECT_EQ(lines({"\n", "1"}, {.max_length = 0}), (TextLines{"", "!ERR_LINE_TOO_LONG"}));
}

TEST_F(ReadLinesTest, ReportsTheLimitOfALinesLength) {
  Error failure;
  const auto stream = read_lines(ticks, {.max_length = 80});
  stream->on<Error>([&](const Error& error) { failure = error; });
  stream->write(std::string(81, 'x'));
  ticks.drain();
  EXPECT_EQ(failure.message(), "A line is longer than 80 bytes");
}

TEST_F(ReadLinesTest, MakesNoMoreThanAChunksLinesAhead) {
  int chunks = 0;
  auto source = Readable::make(ticks,
                               {.read =
                                    [&](Readable& stream, std::size_t) {
                                      ++chunks;
                                      stream.push("1\n2\n3\n4\n");
                                    }},
                               {.high_water_mark = 1});
  const auto stream = source->pipe(read_lines(ticks, {.high_water_mark = 2}));
  ticks.drain();
  EXPECT_EQ(stream->readable_length(), 4u);
  const int before = chunks;
  stream->read();
  ticks.drain();
  EXPECT_EQ(chunks, before) << "three lines are still over the mark of two";
  stream->read();
  stream->read();
  ticks.drain();
  EXPECT_EQ(stream->readable_length(), 5u);
  stream->destroy();  // or the pipe would wait for ever
  ticks.drain();
}

TEST_F(ReadLinesTest, StopsWhereALinesListenerDestroysIt) {
  TextLines seen;
  const auto stream = read_lines(ticks);
  stream->on<DataOf<std::string>>([&](const DataOf<std::string>& line) {
    seen.push_back(line.chunk);
    if (line.chunk == "2") stream->destroy();
  });
  stream->resume();
  ticks.drain();
  stream->write("1\n2\n3\n4");
  ticks.drain();
  EXPECT_EQ(seen, (TextLines{"1", "2"}));
}

TEST_F(ReadLinesTest, StandsInAPipeline) {
  TextLines seen;
  test::EventLog log;
  auto destination =
      ObjectWritable<std::string>::make(ticks, {.write = [&](std::string line, Done done) {
                                          seen.push_back(std::move(line));
                                          done();
                                        }});
  pipeline(Readable::from(ticks, Buffer::literal("one\ntwo\n")), read_lines(ticks), destination,
           log.callback("done"));
  ticks.drain();
  EXPECT_EQ(seen, (TextLines{"one", "two"}));
  EXPECT_EQ(log.take(), "done");
}

TEST_F(ReadLinesTest, FeedsOperators) {
  TextLines found;
  Readable::from(ticks, Buffer::literal("apple\nbanana\navocado\nplum\n"))
      ->pipe(read_lines(ticks))
      ->filter([](const std::string& line) { return line.starts_with('a'); })
      ->to_vector([&](const Error&, TextLines lines) { found = std::move(lines); });
  ticks.drain();
  EXPECT_EQ(found, (TextLines{"apple", "avocado"}));
}

TEST_F(ReadLinesTest, ExaminesEachByteOnceForEveryKindOfLineEnd) {
  // Lines of returns alone: looking for newlines anew at each would take minutes.
  const std::string line = "x\r";
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += line;
  EXPECT_EQ(lines({text}).size(), 1'000'000u);
}

TEST_F(ReadLinesTest, IsStoppedByAToken) {
  std::stop_source stop;
  const auto stream = read_lines(ticks, {.signal = stop.get_token()});
  Error failure;
  stream->on<Error>([&](const Error& error) { failure = error; });
  stop.request_stop();
  ticks.drain();
  EXPECT_EQ(failure.code(), Errc::aborted);
}

}  // namespace
}  // namespace weir::fs
