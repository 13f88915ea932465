// support/replacing_test.h - the fixture of tests that replace files.
#pragma once

#include "support/file_calls.h"
#include "support/file_test.h"
#include <weir/fs/replacing_stream.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::test {

class ReplacingTest : public FileTest {
 protected:
  Ref<fs::WriteStream> replace(const std::string& path, fs::ReplacingStreamOptions options = {}) {
    return listened(fs::create_replacing_stream(loop, path, std::move(options)));
  }
  // Replaces the file and returns the events.
  std::string replaced(const std::string& path, const std::string& text,
                       fs::ReplacingStreamOptions options = {}) {
    failure = {};
    const auto stream = replace(path, std::move(options));
    stream->end(text);
    return after_run();
  }
  // The names in the test's folder, in order.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path("")))
      all.push_back(entry.path().filename().string());
    std::ranges::sort(all);
    return all;
  }

  static struct stat status(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status;
  }
  static mode_t mode_of(const std::string& path) { return status(path).st_mode & 07777; }

  static constexpr const char* kDone = "open ready finish close";
};

// Where new files have no name until the end, and where the file system has no such files.
class ReplacingEitherWayTest : public ReplacingTest, public testing::WithParamInterface<bool> {
 protected:
  // To fail further calls as well; one at a time.
  void fail(FailingFileCalls::Which which) {
    which.has_nameless = is_nameless();
    failing_.emplace(std::move(which));
  }
  static bool is_nameless() { return GetParam(); }
  bool have_failed() const { return failing_->have_failed(); }

 private:
  void SetUp() override { fail({.count = 0}); }

  std::optional<FailingFileCalls> failing_;
};

#define WEIR_REPLACING_EITHER_WAY(suite)                                      \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Bool(), [](const auto& either) { \
    return either.param ? std::string("Nameless") : std::string("Named");     \
  })

}  // namespace weir::test
