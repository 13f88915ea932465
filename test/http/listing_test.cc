#include "http/listing.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace weir::http {
namespace {

using By = ListingOrder::By;
using testing::HasSubstr;
using testing::Not;

std::string names_in(ListingOrder order) {
  std::vector<ListedEntry> entries{{"b", false, 30, 1},
                                   {"c", false, 10, 3},
                                   {"a", false, 10, 2},
                                   {"y", true, 9, 5},
                                   {"x", true, 99, 4}};
  sort_entries(entries, order);
  std::string names;
  for (const ListedEntry& entry : entries) names += entry.name;
  return names;
}

TEST(ListingTest, FoldersComeFirstInEveryOrder) {
  EXPECT_EQ(names_in({}), "xyabc");
  EXPECT_EQ(names_in({By::name, true}), "yxcba");
  EXPECT_EQ(names_in({By::size, false}), "xyacb");
  EXPECT_EQ(names_in({By::size, true}), "xybac");
  EXPECT_EQ(names_in({By::time, false}), "xybac");
  EXPECT_EQ(names_in({By::time, true}), "yxcab");
}

TEST(ListingTest, TheQueryNamesTheOrder) {
  EXPECT_EQ(listing_order("?sort=size&order=desc"), (ListingOrder{By::size, true}));
  EXPECT_EQ(listing_order("?order=desc"), (ListingOrder{By::name, true}));
  EXPECT_EQ(listing_order("?a=b&sort=time"), (ListingOrder{By::time, false}));
  for (const char* const other :
       {"", "?", "?sort", "?sort=", "?sort=other&order=up", "?xsort=size"})
    EXPECT_EQ(listing_order(other), ListingOrder()) << other;
}

TEST(ListingTest, SizesAreForPeople) {
  EXPECT_EQ(size_for_people(0), "0 B");
  EXPECT_EQ(size_for_people(1023), "1023 B");
  EXPECT_EQ(size_for_people(1024), "1.0 KiB");
  EXPECT_EQ(size_for_people(10'189), "10 KiB");
  EXPECT_EQ(size_for_people(1'500'000), "1.4 MiB");
  EXPECT_EQ(size_for_people(1'048'575), "1.0 MiB");
  EXPECT_EQ(size_for_people(std::int64_t{5} << 50), "5.0 PiB");
  EXPECT_EQ(size_for_people(std::int64_t{5000} << 50), "5000 PiB");
}

TEST(ListingTest, AColumnsTitleSortsByItAndReversesIt) {
  const std::string page = page_of({{"a", false, 2048, 0}}, "/", false, {By::size, true});
  EXPECT_THAT(page, HasSubstr("aria-sort=\"descending\"><a href=\"?sort=size\">Size"));
  EXPECT_THAT(page, HasSubstr("<a href=\"?sort=name\">Name</a>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"?sort=time&amp;order=desc\">Changed</a>"));
  EXPECT_THAT(page, HasSubstr("title=\"2048 bytes\">2.0 KiB"));
  EXPECT_THAT(page, HasSubstr("1970-01-01 00:00"));
  EXPECT_THAT(page, HasSubstr("0 directories, 1 file, 2.0 KiB"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace weir::http
