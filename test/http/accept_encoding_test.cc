#include "http/accept_encoding.h"

#include <array>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

namespace weir::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<std::string_view, 3> kCodings{"zstd", "br", "gzip"};

TEST(AcceptEncodingTest, AWeightIsThatOfTheNameOrOfTheStar) {
  struct Case {
    std::string_view header;
    int gzip;
  };
  for (const auto& [header, gzip] : {Case{"gzip", 1000},
                                     {"GZIP", 1000},
                                     {"x-gzip", 1000},
                                     {"deflate, gzip", 1000},
                                     {" br ; q=1 , gzip ; q=0.5 ", 500},
                                     {"gzip;q=0.123", 123},
                                     {"gzip;Q=0.5", 500},
                                     {"gzip;a=b;q=0.5", 500},
                                     {"gzip;q=0", 0},
                                     {"gzip;q=0.000", 0},
                                     {"gzip;q=1.000", 1000},
                                     {"*", 1000},
                                     {"*;q=0.2", 200},
                                     {"*;q=0.2, gzip;q=0", 0},
                                     {"gzip;q=0, *", 0},
                                     {"", 0},
                                     {"br", 0},
                                     {"gzipped", 0},
                                     {"gzip;q=2", 0},
                                     {"gzip;q=1.5", 0},
                                     {"gzip;q=0.1234", 0},
                                     {"gzip;q=x", 0},
                                     {"gzip;q=", 0},
                                     {",,gzip,,", 1000}})
    EXPECT_EQ(weight_of(header, "gzip"), gzip) << header;
}

TEST(AcceptEncodingTest, TheGreatestWeightComesFirstAndThenTheOrderOfTheServer) {
  EXPECT_THAT(by_weight("gzip, br, zstd", kCodings), ElementsAre(0, 1, 2));
  EXPECT_THAT(by_weight("gzip, deflate", kCodings), ElementsAre(2));
  EXPECT_THAT(by_weight("br;q=0.5, gzip;q=0.9", kCodings), ElementsAre(2, 1));
  EXPECT_THAT(by_weight("*", kCodings), ElementsAre(0, 1, 2));
  EXPECT_THAT(by_weight("*, zstd;q=0", kCodings), ElementsAre(1, 2));
  EXPECT_THAT(by_weight("", kCodings), IsEmpty());
}

TEST(AcceptEncodingTest, AClientMayPreferTheContentItself) {
  EXPECT_THAT(by_weight("identity, gzip;q=0.5", kCodings), IsEmpty());
  EXPECT_THAT(by_weight("identity;q=0.5, gzip;q=0.5", kCodings), ElementsAre(2));
  EXPECT_THAT(by_weight("identity;q=0, gzip;q=0.1", kCodings), ElementsAre(2));
  EXPECT_EQ(best_coding("identity", kCodings), std::nullopt);
  EXPECT_EQ(best_coding("gzip", kCodings), 2u);
}

TEST(AcceptEncodingTest, TextsAreCompressedAndPicturesAreNot) {
  for (const char* const type : {"text/html; charset=utf-8", "application/json", "image/svg+xml"})
    EXPECT_TRUE(is_compressible(type)) << type;
  for (const char* const type : {"image/png", "video/mp4", "application/zip", "font/woff2",
                                 "application/octet-stream", "application/gzip"})
    EXPECT_FALSE(is_compressible(type)) << type;
}

}  // namespace
}  // namespace weir::http
