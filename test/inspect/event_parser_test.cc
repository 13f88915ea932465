#include "inspect/event_parser.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Events = std::vector<std::pair<std::string, std::string>>;

// The events of the text when it arrives in pieces of this size.
Events events_of(std::string_view text, std::size_t piece) {
  EventParser parser;
  Events events;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    EXPECT_TRUE(
        parser.add(text.substr(0, piece), [&](std::string_view name, std::string_view data) {
          events.emplace_back(name, data);
          return true;
        }));
  return events;
}

TEST(EventParserTest, FindsTheSameEventsHoweverTheTextIsCut) {
  const std::string text =
      ": a comment\n\nevent: hello\ndata: {\"a\":1}\n\nid: 7\r\nevent:update\r\ndata:one\r\ndata:  "
      "two\r\n\r\n"
      "event: without data\n\ndata\n\ndata: no name\n\nretry: 10\n\nevent: unfinished\ndata: x\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece)
    EXPECT_THAT(events_of(text, piece),
                ElementsAre(Pair("hello", "{\"a\":1}"), Pair("update", "one\n two"), Pair("", ""),
                            Pair("", "no name")))
        << piece;
}

TEST(EventParserTest, StopsWhenTheEventIsRefused) {
  EventParser parser;
  int count = 0;
  EXPECT_FALSE(parser.add("data: 1\n\ndata: 2\n\n", [&](std::string_view, std::string_view) {
    ++count;
    return false;
  }));
  EXPECT_EQ(count, 1);
}

TEST(EventParserTest, AnEventWithoutAnEndDoesNotFillTheMemory) {
  for (const std::string& line : {"data: " + std::string(100, 'x') + "\n", std::string(100, 'x')}) {
    EventParser parser;
    std::string piece;
    while (piece.size() < 1'000'000) piece += line;
    std::size_t added = 0;
    while (parser.add(piece, [](std::string_view, std::string_view) { return true; })) {
      added += piece.size();
      ASSERT_LT(added, 8 * EventParser::kMostHeld);
    }
    EXPECT_GE(added, EventParser::kMostHeld / 2);
  }
}

}  // namespace
}  // namespace weir::internal
