// support/zlib_test.h - the fixture of tests that compress: a stream's output and its events, in
// order.
//
//   auto gunzip = listened(zlib::create_gunzip(loop));
//   gunzip->end("garbage");
//   EXPECT_EQ(after_run(), "resume error(Z_DATA_ERROR) close");
#pragma once

#include "support/event_log.h"
#include <weir/base/buffer.h>
#include <weir/loop/loop.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::test {

// Text that compresses about as well as a log does; the same for the same size.
inline std::string text_of(std::size_t size) {
  static constexpr std::string_view kWords[] = {"stream", "drain", "finish", "close", "error"};
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size) {
    text += kWords[random() % std::size(kWords)];
    text += ' ';
    text += std::to_string(random() % 1000);
    text += '\n';
  }
  text.resize(size);
  return text;
}

// Bytes that do not compress.
inline std::string noise_of(std::size_t size) {
  std::mt19937 random(2);
  std::string noise(size, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

inline Buffer joined(std::initializer_list<Buffer> parts) {
  std::string text;
  for (const Buffer& part : parts) text += part.text();
  return Buffer::adopt(std::move(text));
}

class ZlibTest : public testing::Test {
 protected:
  // Logs the stream's events, except its data, which `output` and `pieces` collect.
  template <class S>
  Ref<S> listened(Ref<S> stream) {
    stream->template on<Data>([this](const Data& data) {
      output += data.chunk.text();
      pieces.push_back(data.chunk.size());
    });
    return logged(std::move(stream));
  }
  // Without reading it.
  template <class S>
  Ref<S> logged(Ref<S> stream) {
    stream->template on<End>([this] { log.add("end"); });
    stream->template on<Prefinish>([this] { log.add("prefinish"); });
    stream->template on<Finish>([this] { log.add("finish"); });
    stream->template on<Error>([this](const Error& error) {
      log.add("error(" + std::string(error.name()) + ")");
      failure = error;
    });
    stream->template on<Close>([this] { log.add("close"); });
    return stream;
  }

  // The output of `stream` for `input`, written in chunks of `size`.
  std::string through(const Ref<zlib::CompressionStream>& stream, std::string_view input,
                      std::size_t size) {
    listened(stream);
    output.clear();
    pieces.clear();
    for (; !input.empty(); input.remove_prefix(std::min(size, input.size())))
      stream->write(input.substr(0, size));
    stream->end();
    loop.run();
    log.take();
    return std::exchange(output, {});
  }

  Callback cb(std::string name) { return log.callback(std::move(name)); }
  std::string after_run() {
    loop.run();
    return log.take();
  }

  EventLog log;
  std::string output;
  std::vector<std::size_t> pieces;
  Error failure;  // the last that a stream emitted
  Loop loop;
};

}  // namespace weir::test
