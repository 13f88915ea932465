#include "loop/uv_error.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <uv.h>

namespace weir {
namespace {

constexpr struct {
  int code;
  std::string_view name;
} kCodes[] = {
#define WEIR_CODE(name, message) {UV_##name, #name},
    UV_ERRNO_MAP(WEIR_CODE)
#undef WEIR_CODE
};

TEST(UvError, HasLibuvsNameAndMessageForEachOfItsCodes) {
  int compared = 0;
  for (const auto& [code, name] : kCodes) {
    // From here on they are libuv's own (EAI_*, EOF, UNKNOWN, ECHARSET) and no system call's.
    if (code <= -3000) continue;
    const Error error = internal::from_uv(code, "call");
    EXPECT_EQ(error.name(), uv_err_name(code));
    EXPECT_EQ(error.what(), std::string(name) + ": " + uv_strerror(code) + ", call");
    ++compared;
  }
  EXPECT_GE(compared, 60);
}

TEST(UvError, NamesTheSubjectOfTheCall) {
  EXPECT_STREQ(internal::from_uv(UV_EACCES, "open", "/etc/x").what(),
               "EACCES: permission denied, open '/etc/x'");
}

TEST(UvError, IsSuccessForNonnegativeResults) {
  EXPECT_FALSE(internal::from_uv(0, "read"));
  EXPECT_FALSE(internal::from_uv(4096, "read"));
}

}  // namespace
}  // namespace weir
