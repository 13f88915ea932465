// weir/testing/manual_sink.h - ManualSink: the destination of a stream, completed by the test.
//
//   weir::test::ManualSink<> sink;
//   auto stream = sink.make(loop, {.high_water_mark = 8});
//   EXPECT_FALSE(stream->write("eight888"));   // the sink has the chunk, and has not completed it
//   sink.complete();
//   loop.run();                                // Drain
//
// - With an EventLog, it adds each of its calls: "_write(eight888)", "_writev(a,b)", "_final".
// - A call waits until the test completes it, or is completed at once if `automatic`.
// - It may be destroyed before its streams; their calls are completed at once from then on.
#pragma once

#include <weir/base/function.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/sink.h>
#include <weir/stream/writable.h>
#include <weir/testing/event_log.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace weir::test {

// C: Chunk, or the value type of an ObjectWritable.
template <class C = Chunk>
class ManualSink {
 public:
  using Stream = std::conditional_t<std::is_same_v<C, Chunk>, Writable, ObjectWritable<C>>;

  ManualSink() = default;
  // All entries in the log begin with the prefix. REQUIRES: the log outlives this.
  explicit ManualSink(EventLog& log, std::string prefix = "")
      : log_(&log), prefix_(std::move(prefix)) {}
  ManualSink(const ManualSink&) = delete;
  ManualSink& operator=(const ManualSink&) = delete;
  ~ManualSink() { *self_ = nullptr; }

  bool automatic = false;   // completes each call before it returns,
  Error fails;              // with this
  bool destroys = false;    // destroy waits as the other calls do
  Function<void()> inside;  // runs once, in the next call, before all else

  // Makes a stream whose sink has the functions of the traits.
  // ERRORS: throws as the stream's make does for invalid options.
  Ref<Stream> make(TickQueue& ticks, const WritableOptions& options = {},
                   SinkTraits traits = {.write = true}) {
    return Stream::make(ticks, device(traits), traits, options);
  }
  // The object that a stream owns; several may use one ManualSink.
  std::unique_ptr<BasicSink<C>> device(SinkTraits traits) {
    ++devices_;
    return std::make_unique<Device>(self_, traits);
  }
  std::size_t devices() const { return devices_; }  // that are alive

  // --- Calls that wait; `operation` is "write", "writev", "final" and so on ---

  std::size_t pending() const { return pending_.size(); }
  // Takes the Done of the oldest call, or of the oldest of that operation.
  // ERRORS: throws if no such call waits.
  Done take(std::string_view operation = "") {
    for (auto at = pending_.begin(); at != pending_.end(); ++at) {
      if (!operation.empty() && at->operation != operation) continue;
      Done done = std::move(at->done);
      pending_.erase(at);
      return done;
    }
    throw Error(fmt::format("the sink has no {} under way", operation));
  }
  // Complete it, with success or a failure. ERRORS: as take.
  void complete(std::string_view operation = "") { take(operation)(); }
  void complete_with(Error error, std::string_view operation = "") {
    take(operation)(std::move(error));
  }
  // Destroys each Done uncalled, as a sink with a bug does.
  void drop_pending() { pending_.clear(); }

  // --- Chunks; kept only after keep_chunks() ---

  void keep_chunks() { keeps_chunks_ = true; }
  const std::vector<C>& chunks() const { return chunks_; }

 private:
  struct Pending {
    std::string_view operation;
    Done done;
  };

  class Device final : public BasicSink<C> {
   public:
    Device(std::shared_ptr<ManualSink*> sink, SinkTraits traits)
        : sink_(std::move(sink)), traits_(traits) {}
    ~Device() override {
      if (*sink_) --(*sink_)->devices_;
    }

    void construct(Done done) override { call("construct", "", std::move(done)); }
    void write(C chunk, Done done) override {
      if (!traits_.write) return BasicSink<C>::write(std::move(chunk), std::move(done));
      const std::string text = shown(chunk);
      keep(std::move(chunk));
      call("write", text, std::move(done));
    }
    void writev(BasicBatch<C> batch, Done done) override {
      if (!traits_.writev) return BasicSink<C>::writev(std::move(batch), std::move(done));
      std::string texts;
      for (C& chunk : batch.chunks) {
        if (&chunk != &batch.chunks.front()) texts += ',';
        texts += shown(chunk);
        keep(std::move(chunk));
      }
      call("writev", texts, std::move(done));
    }
    void final(Done done) override { call("final", "", std::move(done)); }
    void sync(Done done) override { call("sync", "", std::move(done)); }
    void destroy(Error error, Done done) override {
      if (!*sink_ || !(*sink_)->destroys) return done(std::move(error));
      (*sink_)->on_call("destroy", error ? name_of(error) : "", std::move(done), error);
    }

   private:
    void call(std::string_view operation, const std::string& text, Done done) {
      if (!*sink_) return done();
      (*sink_)->on_call(operation, text, std::move(done));
    }
    void keep(C chunk) {
      if (*sink_) (*sink_)->keep(std::move(chunk));
    }

    std::shared_ptr<ManualSink*> sink_;  // to null, once it is destroyed
    SinkTraits traits_;
  };

  void on_call(std::string_view operation, const std::string& text, Done done,
               const Error& otherwise = {}) {
    if (log_)
      log_->add(text.empty() ? fmt::format("{}_{}", prefix_, operation)
                             : fmt::format("{}_{}({})", prefix_, operation, text));
    if (auto run = std::exchange(inside, nullptr)) run();
    if (automatic)
      done(fails ? fails : otherwise);
    else
      pending_.push_back({operation, std::move(done)});
  }
  void keep(C chunk) {
    if (keeps_chunks_) chunks_.push_back(std::move(chunk));
  }

  std::shared_ptr<ManualSink*> self_ = std::make_shared<ManualSink*>(this);
  EventLog* log_ = nullptr;
  std::string prefix_;
  std::vector<Pending> pending_;
  std::vector<C> chunks_;
  bool keeps_chunks_ = false;
  std::size_t devices_ = 0;
};

}  // namespace weir::test
