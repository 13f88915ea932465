// weir/stream/basic_writable.h - BasicWritable: the base class of Writable and ObjectWritable<T>.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/events.h>
#include <weir/stream/internal/high_water_mark.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/sink.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace weir {

// Node's constructor options. Each default is Node's, except the high-water mark: the loop's, see
// Loop::set_default_high_water_mark.
struct WritableOptions {
  // The number of bytes (objects) at which write() returns false. 0: always. Negative: throws
  // ERR_INVALID_ARG_VALUE. Empty: the loop's default.
  std::optional<std::int64_t> high_water_mark = {};
  EncodingName default_encoding = Encoding::utf8;
  // Turn text into bytes before the sink gets it. If false, writable_length counts characters.
  bool decode_strings = true;
  // A stop calls destroy(ABORT_ERR). It may come from any thread.
  std::stop_token signal = {};
  bool emit_close = true;
  // Destroy the stream after Finish and after an error.
  bool auto_destroy = true;

  // weir's own; the defaults give Node's behaviour.

  // Drain comes when this many bytes (objects) are left, so that the sink works while more is
  // written. Queued data is passed to the sink in parts of the difference between the marks. Less
  // than the high-water mark; otherwise throws ERR_OUT_OF_RANGE.
  std::int64_t low_water_mark = 0;
  // A write that would make writable_length exceed this is refused with ERR_BUFFER_OVERFLOW, and
  // the stream continues. At least the high-water mark; otherwise throws ERR_OUT_OF_RANGE.
  std::optional<std::int64_t> max_buffered = {};
};

// The writable half of every writable stream, for chunks of any type.
class WritableBase
    : public virtual Stream,
      public Listenable<WritableBase, Drain, Prefinish, Finish, Pipe, Unpipe, Error, Close>,
      private internal::SinkCalls {
 public:
  // Holds back writes until the same number of uncork calls, or end. Node: cork, uncork.
  void cork() noexcept {
    WEIR_STREAM_ENTRY("cork");
    side_.cork();
  }
  // CALLS BACK: the sink, with the writes that were held back.
  void uncork() {
    WEIR_STREAM_ENTRY("uncork");
    side_.uncork();
  }

  // Ends the writing: queued writes are passed to the sink, then its final is called. Ends all
  // corks.
  // CALLS BACK: `callback` on a later tick: with success just before Finish, or with the error; as
  // in Node, never after a destroy without an error of a stream that had not ended. The sink, at
  // once if the queue is empty.
  // ERRORS: to the callback ERR_STREAM_ALREADY_FINISHED, ERR_STREAM_DESTROYED.
  // Node counterpart: end.
  WritableBase& end(Callback callback = {}) {
    WEIR_STREAM_ENTRY("end");
    side_.end(std::move(callback), {});
    return *this;
  }

  // Calls back when the system has everything that was written before. The bytes of a file are then
  // safe from the process's crash; those of a socket are sent, not received.
  // CALLS BACK: `callback` once, on a later tick or during the sink's completion, after the
  // callbacks of the writes before it.
  // ERRORS: to the callback: that of a write before it, ERR_STREAM_WRITE_AFTER_END,
  // ERR_STREAM_DESTROYED.
  // No Node counterpart; fs.WriteStream's option `flush` is sync().
  void flush(Callback callback) {
    WEIR_STREAM_ENTRY("flush");
    side_.await_stage(internal::Stage::flushed, std::move(callback));
  }
  // Calls back when everything that was written before is on the disk, safe from a loss of power.
  // Syncs that wait at the same time share one call of the system; later writes are queued
  // meanwhile. A sync that fails fails the stream, like a write: what the disk has is unknown then,
  // and another sync would report success (see fsync(2)). CALLS BACK: as flush. ERRORS: as flush,
  // and the failure of the sync; only to the callback: ERR_METHOD_NOT_IMPLEMENTED if the sink has
  // no sync, as that of a socket or a standard stream.
  void sync(Callback callback) {
    WEIR_STREAM_ENTRY("sync");
    side_.await_stage(internal::Stage::synced, std::move(callback));
  }

  // True until end, destroy or an error.
  bool writable() const noexcept { return side_.writable(); }
  // The amount that is accepted and not completed, in bytes (objects; characters without
  // decode_strings).
  std::size_t writable_length() const noexcept { return side_.length(); }
  std::size_t writable_high_water_mark() const noexcept { return side_.high_water_mark(); }
  // The option max_buffered; empty: no limit.
  std::optional<std::size_t> writable_max_buffered() const noexcept { return side_.max_buffered(); }
  // True if write() returned false and Drain is still due.
  bool writable_need_drain() const noexcept { return side_.need_drain(); }
  std::size_t writable_corked() const noexcept { return side_.corked(); }
  bool writable_ended() const noexcept { return side_.ending(); }       // end() was called
  bool writable_finished() const noexcept { return side_.finished(); }  // just before Finish
  // True if the stream was destroyed or failed before Finish.
  bool writable_aborted() const noexcept { return (destroyed() || errored()) && !side_.finished(); }
  bool writable_object_mode() const noexcept { return side_.object_mode(); }

 protected:
  // REQUIRES: the shared Stream was created with the same options; `queue` lives as long.
  WritableBase(internal::WriteQueue& queue, const internal::WriteSide::Settings& settings);

  // The settings for the options; `enabled` stays on.
  static internal::WriteSide::Settings settings_of(const TickQueue& ticks,
                                                   const WritableOptions& options,
                                                   SinkTraits traits, bool object_mode);

  internal::WriteSide& side() noexcept { return side_; }
  const internal::WriteSide& side() const noexcept { return side_; }

 private:
  friend void internal::await_room(WritableBase& stream, Ref<internal::WriteWaiter> waiter);

  internal::WriteSide side_;
};

// A writable stream of chunks of type C: a queue between the writer and the sink.
template <class C>
class BasicWritable : public DerivedStream<WritableOf<C>, WritableBase> {
 public:
  using Functions = SinkFunctions<C>;

  // The chunks queued after the one that the sink has. Node counterpart: writableBuffer.
  const Ring<C>& writable_buffer() const noexcept { return queue_.chunks(); }

 protected:
  using WritableBase::side;
  using Queue = typename internal::QueueOf<C>::Type;

  // REQUIRES: the sink is the stream's resource, or a part of it.
  BasicWritable(BasicSink<C>& sink, const internal::WriteSide::Settings& settings)
      : BasicWritable::DerivedStream(queue_, settings),
        sink_(&sink),
        queue_(settings.merged_chunk()) {}

  // Writes the chunk, or reports the refusal; returns the result of write(). A C is constructed
  // from `chunk` in its final place.
  template <class Source>
  bool put(Source&& chunk, std::size_t length, Callback&& callback) {
    if (side().idle_for_write())
      return hand_over(std::forward<Source>(chunk), length, std::move(callback));
    return enqueue(std::forward<Source>(chunk), length, std::move(callback));
  }
  // The two ways of it. REQUIRES: idle_for_write; not idle_for_write. GCC would not inline the
  // first one in write().
  template <class Source>
  [[gnu::always_inline]] bool hand_over(Source&& chunk, std::size_t length, Callback&& callback) {
    side().start(length, std::move(callback));
    sink_->write(C(std::forward<Source>(chunk)), Done(*this, internal::Operation::write));
    return side().started();
  }
  template <class Source>
  bool enqueue(Source&& chunk, std::size_t length, Callback&& callback) {
    if (side().is_indirect())
      return put_indirectly(std::forward<Source>(chunk), length, std::move(callback));
    if (side().refuses()) [[unlikely]]
      return side().refuse(length, std::move(callback));
    queue_.push(std::forward<Source>(chunk), length);
    return side().queued(std::move(callback));
  }
  template <class Source>
  [[gnu::noinline]] bool put_indirectly(Source&& chunk, std::size_t length, Callback&& callback) {
    if (side().refuses(length)) return side().refuse(length, std::move(callback));
    if (side().idle())
      return hand_over_indirectly(std::forward<Source>(chunk), length, std::move(callback));
    queue_.push(std::forward<Source>(chunk), length);
    return side().queued(std::move(callback));
  }
  // To the function that the sink has.
  bool hand_over_indirectly(C chunk, std::size_t length, Callback&& callback) {
    side().start(length, std::move(callback));
    pass_on(length, [&] { return std::move(chunk); });
    return side().started();
  }

  void put_last(C chunk, std::size_t length, Callback callback) {
    if (side().refuses(length)) {
      Error refusal = side().refusal(length);
      side().refuse(length, {});
      return side().end(std::move(callback), std::move(refusal));
    }
    side().announce_end();
    if (side().takes_last())
      hand_over_indirectly(std::move(chunk), length, {});
    else
      put(std::move(chunk), length, {});
    side().end(std::move(callback), {});
  }

  Queue& queue() noexcept { return queue_; }
  const Queue& queue() const noexcept { return queue_; }

 private:
  // Calls write, or writev if the sink has only that, with the chunk that `take` returns.
  template <class Take>
  [[gnu::always_inline]] void pass_on(std::size_t length, Take take) {
    if (side().has_write()) [[likely]]
      return sink_->write(take(), Done(*this, internal::Operation::write));
    BasicBatch<C> batch{.length = length};
    batch.chunks.push_back(take());
    call_writev(std::move(batch));
  }
  void call_writev(BasicBatch<C> batch) {
    batch.last = side().end_announced() && queue_.count() == 0;
    batch.awaited = side().is_awaited();
    sink_->writev(std::move(batch), Done(*this, internal::Operation::write));
  }

  void write_next() final {
    const std::size_t length = queue_.first_length();
    side().begin(length);
    pass_on(length, [this] { return queue_.take(); });
  }
  void write_batch(std::size_t most) final {
    BasicBatch<C> batch = queue_.take_batch(most);
    side().begin_batch(batch.length);
    call_writev(std::move(batch));
  }
  void call_flush() final {
    sink_->writev({.awaited = true}, Done(*this, internal::Operation::write));
  }
  void call_sync() final { sink_->sync(Done(*this, internal::Operation::write)); }
  void call_final() final { sink_->final(Done(*this, internal::Operation::final)); }

  BasicSink<C>* sink_;
  Queue queue_;
};

}  // namespace weir
