// support/rotating_test.h - the fixture of tests that rotate files.
#pragma once

#include "support/file_calls.h"
#include "support/file_test.h"
#include <weir/fs/rotating_stream.h>
#include <weir/loop/stepped_clock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::test {

using Names = std::vector<std::string>;

// Holds the pool in the named call until release().
class HeldFileCall {
 public:
  explicit HeldFileCall(const std::string& call)
      : calls_({.call = call, .includes_rotation = true, .before = [this] {
                  reached_.set_value();
                  released_.get_future().wait();
                }}) {}

  bool is_reached() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  void release() { released_.set_value(); }

 private:
  std::promise<void> reached_;
  std::future<void> future_ = reached_.get_future();
  std::promise<void> released_;
  FailingFileCalls calls_;
};

class RotatingTest : public FileTest {
 protected:
  Ref<fs::RotatingStream> rotating(fs::RotatingStreamOptions options = {}) {
    auto stream = fs::create_rotating_stream(loop, path("log"), std::move(options));
    listened(stream);
    stream->on<fs::Rotated>([this](const fs::Rotated& rotated) {
      log.add("rotated(" + std::filesystem::path(rotated.path).filename().string() + ")");
    });
    stream->on<fs::RotationFailed>([this](const fs::RotationFailed& failed) {
      log.add("failed(" + std::string(failed.error.name()) + ")");
      failure = failed.error;
    });
    return stream;
  }

  // The names in the test's folder, in order.
  Names names() const {
    Names all;
    for (const auto& entry : std::filesystem::directory_iterator(path("")))
      all.push_back(entry.path().filename().string());
    std::ranges::sort(all);
    return all;
  }
  // The content of the rotated files, in order, and of the file.
  std::vector<std::string> contents() const {
    std::vector<std::string> all;
    for (const std::string& name : names())
      if (name.starts_with("log.")) all.push_back(read(path(name)));
    if (std::filesystem::exists(path("log"))) all.push_back(read(path("log")));
    return all;
  }
  std::string content() const {
    std::string all;
    for (const std::string& each : contents()) all += each;
    return all;
  }

  // Runs the loop until the condition holds.
  template <class Condition>
  void turn_until(Condition holds) {
    while (!holds()) {
      loop.poll();
      std::this_thread::yield();
    }
  }
  // Until all that was written has completed, and all switches.
  void settle(const Ref<fs::RotatingStream>& stream) {
    bool is_done = false;
    stream->reopen([&] { is_done = true; });  // without effect
    turn_until([&] { return is_done && stream->writable_length() == 0; });
  }
};

}  // namespace weir::test
