// weir/stream/internal/joint.h - Joint: the resource of a Duplex made of other streams.
//
// Node counterparts: duplexify.js and compose.js.
//
//   head   receives the duplex's writes; null: the duplex is not writable
//   tail   supplies the duplex's data; null: the duplex is not readable
//
// The duplex owns both. While it waits for a tail that its head does not feed, the tail owns the
// duplex instead: as with operators (see upstream_reader.h), an active source owns the streams that
// depend on it.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/demand.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>
#include <weir/stream/stream.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace weir::internal {

class JointLink;

class Joint {
 public:
  Joint(const Joint&) = delete;
  Joint& operator=(const Joint&) = delete;

  // The parts are independent: if one fails, the other is destroyed.
  void start_halves();
  // A pipeline leads from the head to the tail, or ends in the duplex; its callback comes first.
  Callback chain_callback();
  void start_chain();

 protected:
  // `fed`: the tail's data comes from the head.
  Joint(Ref<Stream> head, Ref<Stream> tail, bool fed);
  virtual ~Joint();

  void set_duplex(Stream& duplex) noexcept { duplex_ = &duplex; }

  // The duplex has room for the tail's data.
  void want();
  // A write to the head returned false.
  void wait_for_drain(Done done) { drained_.emplace(std::move(done)); }
  void end_head(Done done);
  void destroy_parts(Error error, Done done);

  // Call before a push to the duplex, during which want() may be called.
  void pushing() noexcept { demand_.pushing(); }
  void pushed(bool has_room) noexcept { demand_.pushed(has_room); }

  // Moves one chunk from the tail to the duplex; false if there is none. Used for a half.
  virtual bool transfer() = 0;
  // Pushes the chunk of the tail's Data event to the duplex. Used for a chain, whose tail flows.
  virtual void take(const void* event) = 0;
  virtual const EventKey* data_key() const noexcept = 0;
  virtual void push_end() = 0;

 private:
  friend class JointLink;
  // A chain is over when its pipeline has called back.
  enum class Parts : std::uint8_t { halves, chain, chain_is_over };

  Stream* tail() const noexcept { return tail_line_ ? tail_line_->stream : nullptr; }
  void listen_to_tail(void (Joint::*over)(const Error&));
  void pump();
  void flow();
  void on_tail_data(const void* event);
  void settle();
  void on_drain();
  void on_head_finished();
  void on_tail_end();
  void on_tail_gone();
  void on_half_over(const Error& error);
  void on_chain_tail_over(const Error& error);
  void on_chain_over(const Error& error);
  void destroy_halves(Error error, Done done);
  void tell(Done& done, const Error& error);

  Stream* duplex_ = nullptr;
  Ref<Stream> head_;
  Ref<Stream> tail_;  // while this owns it
  Ref<Lifeline> tail_line_;
  Ref<JointLink> link_;                // owned by listeners that do not own the duplex
  JointLink* tail_link_ = nullptr;     // the tail's, as long as the tail has it
  std::optional<Done> drained_;        // of a write, until the head drains
  std::optional<Done> head_finished_;  // of final, until the head finishes
  std::optional<Done> chain_ended_;    // of destroy, until the pipeline is over
  Parts parts_ = Parts::halves;
  Demand demand_;  // done: reading has ended
  bool fed_;
  bool aborts_ = false;  // destroyed without an error, before its end
  bool pumping_ = false;
};

template <class In, class Out>
class JointResource final : public BasicSink<In>, public BasicSource<Out>, public Joint {
 public:
  // `output` is the tail if it is readable.
  JointResource(Ref<WritableOf<In>> head, ReadableOf<Out>* output, Ref<Stream> tail, bool fed)
      : Joint(head, std::move(tail), fed), input_(head.get()), output_(output) {}

  template <class D>
  void serve(D& duplex) noexcept {
    duplex_ = &duplex;
    set_duplex(duplex);
  }

  void write(In chunk, Done done) override {
    const bool has_room = [&] {
      if constexpr (std::same_as<In, Chunk>)
        return input_->write(static_cast<Buffer&&>(chunk));
      else
        return input_->write(std::move(chunk));
    }();
    if (has_room) return done();
    wait_for_drain(std::move(done));
  }
  void final(Done done) override { end_head(std::move(done)); }
  void read(ReadableOf<Out>&, std::size_t) override { want(); }
  void destroy(Error error, Done done) override {
    destroy_parts(std::move(error), std::move(done));
  }

 private:
  bool transfer() override {
    std::optional<Out> chunk = output_->read();
    if (!chunk) return false;
    pushing();
    pushed(duplex_->push(std::move(*chunk)));
    return true;
  }
  // Shares the chunk with other listeners if possible.
  void take(const void* event) override {
    Out& chunk = static_cast<const DataOf<Out>*>(event)->chunk;
    pushing();
    if constexpr (std::copy_constructible<Out>)
      pushed(duplex_->push(Out(chunk)));
    else
      pushed(duplex_->push(std::move(chunk)));
  }
  const EventKey* data_key() const noexcept override { return &kEventKey<DataOf<Out>>; }
  void push_end() override { duplex_->push(nullptr); }

  WritableOf<In>* input_;    // the head, which the Joint owns
  ReadableOf<Out>* output_;  // REQUIRES: it lives
  ReadableOf<Out>* duplex_ = nullptr;
};

}  // namespace weir::internal
