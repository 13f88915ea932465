// support/read_test.h - the fixture of tests that need streams to read from and no loop.
//
//   auto stream = readable();                     // its source logs "_read"; the test pushes
//   auto stream = readable_of({"a", "b"});        // one for each read, then the end
//   auto w = destination("w");                    // logs "w._write(a)", done at once
//   sink_of("w").automatic = false;               // completes when the test does
//
// Events are logged with the stream's prefix, but for ReadableEvent and, unless they are asked
// for, the chunks; see event_log.h.
#pragma once

#include "support/stream_test.h"
#include <weir/stream/readable.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::test {

class ReadTest : public StreamTest {
 protected:
  void TearDown() override {
    for (auto& [name, named] : sinks_) {
      named->automatic = true;
      named->drop_pending();
    }
    StreamTest::TearDown();
    for (const auto& [name, named] : sinks_)
      EXPECT_EQ(named->devices(), 0u) << name << " was leaked";
    EXPECT_EQ(sources_, 0u) << "a readable was leaked";
  }

  Ref<Readable> readable_silent(const ReadableOptions& options = {}) {
    return Readable::make(ticks, std::make_unique<LoggedSource>(*this, ""), options);
  }
  Ref<Readable> readable(const ReadableOptions& options = {}, const std::string& prefix = "") {
    auto stream = Readable::make(ticks, std::make_unique<LoggedSource>(*this, prefix), options);
    log.listen(*stream, prefix);
    return stream;
  }
  Ref<Readable> readable_of(std::vector<std::string> chunks, const ReadableOptions& options = {},
                            const std::string& prefix = "") {
    auto stream = Readable::make(
        ticks, std::make_unique<ListSource>(*this, prefix, std::move(chunks)), options);
    log.listen(*stream, prefix);
    return stream;
  }
  std::size_t sources() const { return sources_; }  // that are alive
  bool logs_reads = true;

  // A stream with this name, whose sink completes writes at once unless the test decides otherwise.
  Ref<Writable> destination_silent(const std::string& name, const WritableOptions& options = {}) {
    return Writable::make(ticks, sink_of(name).device({.write = true}), {.write = true}, options);
  }
  Ref<Writable> destination(const std::string& name, const WritableOptions& options = {}) {
    auto stream = destination_silent(name, options);
    log.listen(*stream, name + ".");
    return stream;
  }
  ManualSink<Chunk>& sink_of(const std::string& name) {
    auto& named = sinks_[name];
    if (!named) {
      named = std::make_unique<ManualSink<Chunk>>(log, name + ".");
      named->automatic = true;
    }
    return *named;
  }

 private:
  class CountedSource : public Source {
   public:
    explicit CountedSource(ReadTest& test) : test_(test) { ++test_.sources_; }
    ~CountedSource() override { --test_.sources_; }

   protected:
    ReadTest& test_;
  };
  class LoggedSource final : public CountedSource {
   public:
    LoggedSource(ReadTest& test, std::string prefix)
        : CountedSource(test), prefix_(std::move(prefix)) {}
    void read(Readable&, std::size_t) override {
      if (test_.logs_reads) test_.log.add(prefix_ + "_read");
    }

   private:
    std::string prefix_;
  };
  class ListSource final : public CountedSource {
   public:
    ListSource(ReadTest& test, std::string prefix, std::vector<std::string> chunks)
        : CountedSource(test), prefix_(std::move(prefix)), chunks_(std::move(chunks)) {}
    void read(Readable& stream, std::size_t) override {
      if (test_.logs_reads) test_.log.add(prefix_ + "_read");
      if (next_ == chunks_.size())
        stream.push(nullptr);
      else
        stream.push(chunks_[next_++]);
    }

   private:
    std::string prefix_;
    std::vector<std::string> chunks_;
    std::size_t next_ = 0;
  };

  std::size_t sources_ = 0;
  std::map<std::string, std::unique_ptr<ManualSink<Chunk>>> sinks_;
};

}  // namespace weir::test
