#include "inspect/assets.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

const Asset* find_asset(std::string_view path) {
  const std::span<const Asset> assets = inspector_assets();
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found == assets.end() ? nullptr : &*found;
}

TEST(InspectorAssetsTest, HaveThePageWithItsMediaTypes) {
  const Asset* const page = find_asset("index.html");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->type, "text/html; charset=utf-8");
  EXPECT_TRUE(page->content.starts_with("<!doctype html>"));
  EXPECT_TRUE(page->content.ends_with("</html>\n"));
  ASSERT_TRUE(find_asset("main.js"));
  EXPECT_EQ(find_asset("main.js")->type, "text/javascript; charset=utf-8");
  ASSERT_TRUE(find_asset("inspector.css"));
  EXPECT_EQ(find_asset("inspector.css")->type, "text/css; charset=utf-8");
  ASSERT_TRUE(find_asset("icon.svg"));
  EXPECT_EQ(find_asset("icon.svg")->type, "image/svg+xml");
  EXPECT_TRUE(find_asset("uPlot.iife.min.js"));
}

TEST(InspectorAssetsTest, HaveEveryFileThatThePageNames) {
  for (const Asset& asset : inspector_assets()) {
    for (const std::string_view before : {"src=\"", "href=\"", "from \"./"}) {
      for (std::size_t at = asset.content.find(before); at != std::string_view::npos;
           at = asset.content.find(before, at + 1)) {
        const std::string_view rest = asset.content.substr(at + before.size());
        const std::string_view name = rest.substr(0, rest.find('"'));
        EXPECT_TRUE(find_asset(name)) << asset.path << " names " << name;
      }
    }
  }
}

TEST(InspectorAssetsTest, AreSmall) {
  std::size_t size = 0;
  for (const Asset& asset : inspector_assets()) {
    EXPECT_FALSE(asset.content.empty()) << asset.path;
    size += asset.content.size();
  }
  EXPECT_LT(size, 150'000U);
}

TEST(InspectorAssetsTest, HaveNoCommentLinesAndNoIndentation) {
  for (const Asset& asset : inspector_assets()) {
    if (asset.path.starts_with("uPlot") || asset.path == "icon.svg") continue;
    EXPECT_EQ(asset.content.find("\n "), std::string_view::npos) << asset.path;
    EXPECT_EQ(asset.content.find("\n//"), std::string_view::npos) << asset.path;
    EXPECT_EQ(asset.content.find("\n\n"), std::string_view::npos) << asset.path;
    EXPECT_FALSE(asset.content.starts_with("//")) << asset.path;
  }
}

}  // namespace
}  // namespace weir::internal
