// weir/testing/manual_source.h - ManualSource: the origin of a stream, which pushes when the test
// does.
//
//   weir::test::ManualSource<> source;
//   auto stream = source.make(loop, {.high_water_mark = 8});
//   stream->pipe(destination);
//   loop.run();
//   EXPECT_TRUE(source.is_asked());     // the stream waits for data
//   source.push("eight888");
//   loop.run();
//   EXPECT_FALSE(source.is_asked());    // the destination is full: the stream has stopped asking
//
// A stream asks with one call of read, and again after a push if it wants more. The source may be
// destroyed before its stream.
#pragma once

#include <weir/base/assert.h>
#include <weir/base/error.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/readable.h>
#include <weir/stream/source.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace weir::test {

// C: Chunk, or the value type of an ObjectReadable.
template <class C = Chunk>
class ManualSource {
 public:
  using Stream = ReadableOf<C>;

  ManualSource() = default;
  ManualSource(const ManualSource&) = delete;
  ManualSource& operator=(const ManualSource&) = delete;
  ~ManualSource() { *self_ = nullptr; }

  // Makes the stream of this source, its only one.
  // ERRORS: throws as the stream's make does for invalid options.
  Ref<Stream> make(TickQueue& ticks, const ReadableOptions& options = {}) {
    WEIR_REQUIRE(!stream_);
    Ref<Stream> stream = Stream::make(ticks, std::make_unique<Device>(self_), options);
    stream_ = stream.get();
    return stream;
  }

  // Whether the stream has called read and waits for a push, and how often it has called it.
  bool is_asked() const noexcept { return is_asked_; }
  std::size_t reads() const noexcept { return reads_; }
  // Whether the stream still has its source: it is neither destroyed nor closed.
  bool has_stream() const noexcept { return stream_ != nullptr; }

  // Pushes a chunk: what the stream's push takes. Returns false if its buffer is full.
  // REQUIRES, for this, end and fail: has_stream().
  template <class T>
  bool push(T&& chunk) {
    WEIR_REQUIRE(stream_);
    is_asked_ = false;
    return stream_->push(std::forward<T>(chunk));
  }
  // Pushes the end.
  void end() {
    WEIR_REQUIRE(stream_);
    is_asked_ = false;
    stream_->push(nullptr);
  }
  // Fails as a source does that cannot read on.
  void fail(Error error) {
    WEIR_REQUIRE(stream_);
    stream_->destroy(std::move(error));
  }

 private:
  class Device final : public BasicSource<C> {
   public:
    explicit Device(std::shared_ptr<ManualSource*> source) : source_(std::move(source)) {}
    ~Device() override { leave(); }

    void read(Stream&, std::size_t) override {
      if (!*source_) return;
      ++(*source_)->reads_;
      (*source_)->is_asked_ = true;
    }
    void destroy(Error error, Done done) override {
      leave();
      done(std::move(error));
    }

   private:
    void leave() noexcept {
      if (!*source_) return;
      (*source_)->stream_ = nullptr;
      (*source_)->is_asked_ = false;
    }

    std::shared_ptr<ManualSource*> source_;  // to null, once it is destroyed
  };

  std::shared_ptr<ManualSource*> self_ = std::make_shared<ManualSource*>(this);
  Stream* stream_ = nullptr;
  bool is_asked_ = false;
  std::size_t reads_ = 0;
};

}  // namespace weir::test
