// fs/write_routes.h - the ways that a full buffer takes to a file, and tests that run on each.
//
//   using MyTest = test::RouteTest;
//   TEST_P(MyTest, ...) { auto stream = make(); ... }
//   WEIR_ON_EVERY_ROUTE(MyTest);
//
// A stream gets a mark of one byte unless the test names another: every batch fills the buffer
// then, and so takes the route.
#pragma once

#include "support/file_test.h"
#include <weir/fs/write_stream.h>
#include <weir/testing/faulty_files.h>

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

struct WriteRoute {
  const char* name;
  fs::WriteMode mode;
  bool here;  // whether the file may be written on the loop's thread
};

inline void PrintTo(const WriteRoute& route, std::ostream* out) { *out << route.name; }

inline const auto kWriteRoutes =
    testing::Values(WriteRoute{"in_place", fs::WriteMode::in_place, true},
                    WriteRoute{"in_place_refused", fs::WriteMode::in_place, false},
                    WriteRoute{"pool", fs::WriteMode::pool, true});

// The system's files, but none may be written on the loop's thread.
class RefusingFiles final : public fs::FileOps {
 public:
  explicit RefusingFiles(Loop& loop) : ops_(fs::system_file_ops(loop)) {}

  void open(const std::string& path, int flags, int mode, Completed completed) override {
    ops_->open(path, flags, mode, std::move(completed));
  }
  void write(int fd, Views views, std::optional<std::int64_t> offset,
             Completed completed) override {
    ops_->write(fd, views, offset, std::move(completed));
  }
  void sync(int fd, Completed completed) override { ops_->sync(fd, std::move(completed)); }
  void datasync(int fd, Completed completed) override { ops_->datasync(fd, std::move(completed)); }
  void close(int fd, Completed completed) override { ops_->close(fd, std::move(completed)); }
  void close_now(int fd) noexcept override { ops_->close_now(fd); }

 private:
  Ref<fs::FileOps> ops_;
};

class RouteTest : public FileTest, public testing::WithParamInterface<WriteRoute> {
 protected:
  RouteTest() { files->allow_here(GetParam().here); }

  static bool goes_here() { return GetParam().mode == fs::WriteMode::in_place && GetParam().here; }

  static fs::WriteStreamOptions routed(fs::WriteStreamOptions options) {
    options.write_mode = GetParam().mode;
    if (!options.high_water_mark) options.high_water_mark = 1;
    return options;
  }
  // Files of the test's own that take the route.
  static Ref<FaultyFiles> files_on(Loop& loop) {
    auto files = make_ref<FaultyFiles>(loop);
    files->allow_here(GetParam().here);
    return files;
  }
  Ref<fs::FileOps> real_files() {
    if (GetParam().here) return fs::system_file_ops(loop);
    return make_ref<RefusingFiles>(loop);
  }

  // A stream on the files that fail on command.
  Ref<fs::WriteStream> make(fs::WriteStreamOptions options = {}) {
    return FileTest::make(routed(std::move(options)));
  }
  Ref<fs::WriteStream> make_real(fs::WriteStreamOptions options = {}) {
    return make_at(path(), std::move(options));
  }
  Ref<fs::WriteStream> make_at(std::string path, fs::WriteStreamOptions options = {}) {
    options.file_ops = real_files();
    return listened(fs::create_write_stream(loop, std::move(path), routed(std::move(options))));
  }
};

}  // namespace weir::test

#define WEIR_ON_EVERY_ROUTE(suite)                                          \
  INSTANTIATE_TEST_SUITE_P(OnEveryRoute, suite, ::weir::test::kWriteRoutes, \
                           [](const auto& instance) { return std::string(instance.param.name); })
