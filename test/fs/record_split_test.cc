#include "fs/record_split.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

// All ways to divide a text into three chunks, some of them empty.
std::vector<std::vector<Chunk>> divisions(std::string_view text) {
  std::vector<std::vector<Chunk>> all;
  for (std::size_t i = 0; i <= text.size(); ++i)
    for (std::size_t j = i; j <= text.size(); ++j)
      all.push_back({Chunk(Buffer::copy(text.substr(0, i))),
                     Chunk(Buffer::copy(text.substr(i, j - i))),
                     Chunk(Buffer::copy(text.substr(j)))});
  return all;
}

constexpr std::string_view kTexts[] = {"",     "\n",           "a",          "a\n",
                                       "\n\n", "ab\ncd\n\nef", "ab\ncdef\n", "\nabc"};

TEST(RecordSplitTest, FindsEachEndOfALineInAllDivisions) {
  for (const std::string_view text : kTexts)
    for (const auto& chunks : divisions(text))
      for (std::size_t at = 0; at <= text.size() + 1; ++at) {
        std::size_t from = kNoRecordEnd;
        std::size_t upto = 0;
        for (std::size_t end = text.size(); end > 0; --end) {
          if (text[end - 1] != '\n') continue;
          if (end >= at) from = end;
          if (end <= at && upto == 0) upto = end;
        }
        EXPECT_EQ(record_end_from(chunks, RecordEnd::line, at), from) << text << " at " << at;
        EXPECT_EQ(record_end_upto(chunks, RecordEnd::line, at), upto) << text << " at " << at;
      }
}

TEST(RecordSplitTest, EachChunkIsARecordOfWrites) {
  for (const auto& chunks : divisions("abcdef"))
    for (std::size_t at = 0; at <= 7; ++at) {
      std::size_t from = kNoRecordEnd;
      std::size_t upto = 0;
      std::size_t end = 0;
      for (const Chunk& chunk : chunks) {
        if (chunk.empty()) continue;
        end += chunk.size();
        if (end >= at && from == kNoRecordEnd) from = end;
        if (end <= at) upto = end;
      }
      EXPECT_EQ(record_end_from(chunks, RecordEnd::write, at), from) << at;
      EXPECT_EQ(record_end_upto(chunks, RecordEnd::write, at), upto) << at;
    }
}

TEST(RecordSplitTest, KnowsIfTheLastLineIsComplete) {
  for (const std::string_view text : kTexts)
    for (const auto& chunks : divisions(text))
      EXPECT_EQ(ends_with_record(chunks, RecordEnd::line), text.empty() || text.back() == '\n');
}

TEST(RecordSplitTest, TakesAnyNumberOfBytesFromTheFront) {
  constexpr std::string_view kText = "abcdef";
  const auto text_of = [](const std::vector<Chunk>& chunks) {
    std::string text;
    for (const Chunk& chunk : chunks) text += chunk.text();
    return text;
  };
  for (std::size_t length = 0; length <= kText.size(); ++length)
    for (auto& chunks : divisions(kText)) {
      EXPECT_EQ(total_length(chunks), kText.size());
      EXPECT_EQ(text_of(take_front(chunks, length)), kText.substr(0, length));
      EXPECT_EQ(text_of(chunks), kText.substr(length));
    }
}

}  // namespace
}  // namespace weir::fs
