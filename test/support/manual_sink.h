// support/manual_sink.h - a sink that logs its calls and completes them when the test does.
//
//   ManualSink<Chunk> sink(log);
//   auto stream = Writable::make(ticks, sink.device(traits), traits);
//   stream->write("a");                       // logs "_write(a)"
//   sink.complete();                          // its Done
//   sink.automatic = true;                    // from now on: done before the function returns
#pragma once

#include "support/event_log.h"
#include <weir/stream/sink.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::test {

template <class C>
class ManualSink {
 public:
  // All its log entries begin with the prefix.
  explicit ManualSink(EventLog& log, std::string prefix = "")
      : log_(log), prefix_(std::move(prefix)) {}
  ManualSink(const ManualSink&) = delete;
  ManualSink& operator=(const ManualSink&) = delete;

  bool automatic = false;        // each operation is done before its function returns,
  Error fails;                   // with this
  bool destroys = false;         // logs destroy, and is asked to complete it
  std::function<void()> inside;  // runs once, in the next call, before all else

  // The object that the stream owns. The sink must outlive it.
  std::unique_ptr<BasicSink<C>> device(SinkTraits traits) {
    return std::make_unique<Device>(*this, traits);
  }
  std::size_t devices() const { return devices_; }  // that are alive

  // Pending operations, oldest first; `operation` is "write", "writev", "final" and so on.
  std::size_t pending() const { return pending_.size(); }
  Done take(std::string_view operation = "") {
    for (auto at = pending_.begin(); at != pending_.end(); ++at) {
      if (!operation.empty() && at->operation != operation) continue;
      Done done = std::move(at->done);
      pending_.erase(at);
      return done;
    }
    throw Error(fmt::format("the sink has no {} under way", operation));
  }
  void complete(std::string_view operation = "") { take(operation)(); }
  void complete_with(Error error, std::string_view operation = "") {
    take(operation)(std::move(error));
  }
  void drop_pending() { pending_.clear(); }

  // The chunks it was given.
  const std::vector<C>& chunks() const { return chunks_; }
  void keep_chunks() { keeps_chunks_ = true; }

 private:
  struct Pending {
    std::string_view operation;
    Done done;
  };

  class Device final : public BasicSink<C> {
   public:
    Device(ManualSink& sink, SinkTraits traits) : sink_(sink), traits_(traits) { ++sink_.devices_; }
    ~Device() override { --sink_.devices_; }

    void construct(Done done) override { sink_.on_call("construct", "", std::move(done)); }
    void write(C chunk, Done done) override {
      if (!traits_.write) return BasicSink<C>::write(std::move(chunk), std::move(done));
      const std::string text = shown(chunk);
      sink_.keep(std::move(chunk));
      sink_.on_call("write", text, std::move(done));
    }
    void writev(BasicBatch<C> batch, Done done) override {
      if (!traits_.writev) return BasicSink<C>::writev(std::move(batch), std::move(done));
      std::vector<std::string> texts;
      for (C& chunk : batch.chunks) {
        texts.push_back(shown(chunk));
        sink_.keep(std::move(chunk));
      }
      sink_.on_call("writev", fmt::format("{}", fmt::join(texts, ",")), std::move(done));
    }
    void final(Done done) override { sink_.on_call("final", "", std::move(done)); }
    void sync(Done done) override { sink_.on_call("sync", "", std::move(done)); }
    void destroy(Error error, Done done) override {
      if (!sink_.destroys) return done(std::move(error));
      sink_.on_call("destroy", error ? name_of(error) : "", std::move(done), error);
    }

   private:
    ManualSink& sink_;
    SinkTraits traits_;
  };

  void on_call(std::string_view operation, const std::string& text, Done done,
               const Error& otherwise = {}) {
    log_.add(text.empty() ? fmt::format("{}_{}", prefix_, operation)
                          : fmt::format("{}_{}({})", prefix_, operation, text));
    if (const auto run = std::exchange(inside, nullptr)) run();
    if (automatic)
      done(fails ? fails : otherwise);
    else
      pending_.push_back({operation, std::move(done)});
  }
  void keep(C chunk) {
    if (keeps_chunks_) chunks_.push_back(std::move(chunk));
  }

  EventLog& log_;
  std::string prefix_;
  std::deque<Pending> pending_;
  std::vector<C> chunks_;
  bool keeps_chunks_ = false;
  std::size_t devices_ = 0;
};

}  // namespace weir::test
