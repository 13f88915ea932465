// The lines of a head against a list of pairs, through the object's own memory and blocks.
#include <weir/http/internal/field_lines.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using Model = std::vector<std::pair<std::string, std::string>>;

void expect_same(const FieldLines& lines, const Model& model) {
  ASSERT_EQ(lines.size(), model.size());
  for (std::size_t i = 0; i < model.size(); ++i) {
    EXPECT_EQ(lines[i].name, model[i].first);
    EXPECT_EQ(lines[i].value, model[i].second);
  }
}

TEST(FieldLinesTest, BehaveLikeAListOfPairsUnderAnyOperation) {
  for (unsigned start = 0; start < 50; ++start) {
    std::minstd_rand random(start + 1);
    const auto below = [&](std::size_t bound) { return std::size_t{random()} % bound; };
    const auto text = [&] { return std::string(below(start % 2 ? 8 : 80), "abc"[below(3)]); };
    FieldLines lines;
    Model model;
    for (int step = 0; step < 200; ++step) {
      const std::size_t at = below(model.size() + 1);
      const bool has_any = at < model.size();
      switch (below(8)) {
        case 0:
          lines.clear();
          model.clear();
          break;
        case 1:
          if (!has_any) break;
          lines.erase(at);
          model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        case 2: {
          if (!has_any) break;
          const std::string value = text();
          lines.replace(at, model[at].first, value);
          model[at].second = value;
          break;
        }
        case 3: {
          FieldLines copy(lines);
          expect_same(lines, model);
          lines = FieldLines();
          lines = copy;
          break;
        }
        case 4: {
          FieldLines taken(std::move(lines));
          EXPECT_EQ(lines.size(), 0u);
          lines.insert(0, "soon", "gone");
          lines = std::move(taken);
          break;
        }
        case 5:
          lines.reserve(below(40), below(2000));
          break;
        default: {
          const std::string name = text(), value = text();
          lines.insert(at, name, value);
          model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), {name, value});
        }
      }
      expect_same(lines, model);
    }
  }
}

TEST(FieldLinesTest, TakeTextsThatAreTheirOwn) {
  FieldLines lines;
  Model model;
  lines.insert(0, "name", "value");
  model.emplace_back("name", "value");
  for (int i = 0; i < 100; ++i) {
    lines.insert(lines.size(), lines[lines.size() - 1].value, lines[0].name);
    model.emplace_back(model.back().second, model[0].first);
    lines.replace(0, lines[0].value, lines[0].name);
    model[0] = {model[0].second, model[0].first};
    expect_same(lines, model);
  }
}

}  // namespace
}  // namespace weir::http
