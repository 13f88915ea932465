// weir/stream/internal/joint.h - the resource of a Duplex that other streams make up: Node's
// duplexify.js and compose.js.
//
//   head   is written what is written to the duplex; none: that is not writable
//   tail   gives what is read from the duplex; none: that is not readable
//
// The duplex keeps both. But while it waits for a tail that is not fed by its head, that keeps the
// duplex instead: as with operators (see relay.h), a source at work keeps what depends on it.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>
#include <weir/stream/stream.h>

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

namespace weir::internal {

class JointLink;

class Joint {
 public:
  Joint(const Joint&) = delete;
  Joint& operator=(const Joint&) = delete;

  // The parts have nothing to do with each other: where one fails, the other is destroyed.
  void start_halves();
  // A pipeline leads from the head to the tail, or ends in the duplex alone; its callback is first.
  Callback chain_callback();
  void start_chain();

 protected:
  // `fed`: what the tail gives comes from the head.
  Joint(Ref<Stream> head, Ref<Stream> tail, bool fed);
  virtual ~Joint();

  void set_duplex(Stream& duplex) noexcept { duplex_ = &duplex; }

  // The duplex has room for what the tail gives.
  void want();
  // The head answered false.
  void wait_for_drain(Done done) { drained_.emplace(std::move(done)); }
  void end_head(Done done);
  void destroy_parts(Error error, Done done);

  // For a push to the duplex: whether there is still room may be answered inside it.
  void pushing() noexcept { wanted_ = false; }
  void pushed(bool has_room) noexcept { wanted_ = wanted_ || has_room; }

  // Moves one chunk from the tail to the duplex; false where there is none. A half is read so.
  virtual bool transfer() = 0;
  // Pushes the chunk of the tail's Data to the duplex. A chain's tail flows.
  virtual void take(const void* event) = 0;
  virtual const EventKey* data_key() const noexcept = 0;
  virtual void push_end() = 0;

 private:
  friend class JointLink;

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
  Ref<Stream> tail_;  // where it is kept
  Ref<Lifeline> tail_line_;
  Ref<JointLink> link_;                // what listeners hold that do not keep the duplex
  JointLink* tail_link_ = nullptr;     // the tail's own, for as long as that has it
  std::optional<Done> drained_;        // a write, for the head to drain
  std::optional<Done> head_finished_;  // final, for the head to finish
  std::optional<Done> chain_ended_;    // destroy, for the pipeline to be over
  bool fed_;
  bool is_chain_ = false;
  bool chain_is_over_ = false;
  bool aborts_ = false;  // destroyed without an error, before its end
  bool wanted_ = false;
  bool pumping_ = false;
  bool done_ = false;  // nothing more is read
};

template <class In, class Out>
class JointResource final : public BasicSink<In>, public BasicSource<Out>, public Joint {
 public:
  // `output` is the tail, where that is readable.
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
  // Shared with others that listen, where that can be.
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

  WritableOf<In>* input_;    // the head, which the Joint keeps
  ReadableOf<Out>* output_;  // REQUIRES: it lives
  ReadableOf<Out>* duplex_ = nullptr;
};

}  // namespace weir::internal
