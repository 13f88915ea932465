// support/file_test.h - the fixture of tests that write files: a folder of their own, a loop, and
// files that fail on command.
#pragma once

#include "support/event_log.h"
#include "support/temporary_folder.h"
#include <weir/fs/file_handle.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>
#include <weir/testing/faulty_files.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

class FileTest : public testing::Test {
 protected:
  std::string path(const std::string& name = "file") const { return folder_.path(name); }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  // A stream on the files that fail on command.
  Ref<fs::WriteStream> make(fs::WriteStreamOptions options = {}) {
    options.file_ops = files;
    return listened(fs::create_write_stream(loop, "x", std::move(options)));
  }
  Ref<fs::WriteStream> make_real(fs::WriteStreamOptions options = {}) {
    return listened(fs::create_write_stream(loop, path(), std::move(options)));
  }
  Ref<fs::WriteStream> listened(Ref<fs::WriteStream> stream) {
    stream->on<fs::Open>([this] { log.add("open"); });
    stream->on<fs::Ready>([this] { log.add("ready"); });
    stream->on<Drain>([this] { log.add("drain"); });
    stream->on<Finish>([this] { log.add("finish"); });
    stream->on<Error>([this](const Error& error) {
      log.add("error(" + std::string(error.name()) + ")");
      failure = error;
    });
    stream->on<Close>([this] { log.add("close"); });
    return stream;
  }
  Callback cb(std::string name) { return log.callback(std::move(name)); }

  std::string after_run() {
    loop.run();
    return log.take();
  }

  EventLog log;
  Error failure;  // the last that a stream emitted
  Loop loop;
  Ref<FaultyFiles> files = make_ref<FaultyFiles>(loop);

 private:
  TemporaryFolder folder_;
};

}  // namespace weir::test
