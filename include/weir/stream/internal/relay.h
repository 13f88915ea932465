// weir/stream/internal/relay.h - Relay: the source of an operator's result.
//
// It reads the operator's stream, the upstream:
//
//   wanted  the result has room         reads the upstream, which owns the result
//   full    a push returned false       does not read; owns the upstream
//   done    ended, failed or destroyed  no ownership
//
// So there is never a cycle of ownership, whichever stream a program drops.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/tap.h>
#include <weir/stream/source.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <optional>
#include <utility>

namespace weir::internal {

class RelayTap;

class Relay {
 public:
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Connects the result, whose source this is, to the upstream: the upstream's end and errors
  // become the result's.
  void start(Stream& result);

 protected:
  explicit Relay(Stream& upstream) : upstream_(&upstream) {}
  virtual ~Relay();

  // The result has room.
  void want() {
    wanted_ = true;
    pump();
  }
  void stop();

  // Call before a push to the result, during which want() may be called.
  void pushing() noexcept { wanted_ = false; }
  void pushed(bool has_room) noexcept { wanted_ = wanted_ || has_room; }
  // Ends the result: no more values of the upstream are needed.
  void end();

  bool may_read() const noexcept;

  // Reads one value and pushes its results; false if there is no value.
  virtual bool transfer() = 0;
  // True if results of the last value are still to be pushed.
  virtual bool has_rest() const noexcept = 0;
  virtual void push_end() = 0;

 private:
  friend class RelayTap;

  void pump();
  void settle();
  void on_over(const Error& error);
  void on_tap_gone();

  Ref<Stream> upstream_;     // while this owns it
  RelayTap* tap_ = nullptr;  // on the upstream, as long as that has it
  Stream* result_ = nullptr;
  bool wanted_ = false;
  bool pumping_ = false;
  bool listening_ = false;
  bool over_ = false;  // the upstream is over
  bool done_ = false;
};

// `Step` processes a value for the operator: see steps.h.
template <class In, class Step>
class OperatorSource final : public BasicSource<typename Step::Out>, public Relay {
 public:
  using Out = typename Step::Out;

  OperatorSource(ReadableOf<In>& upstream, Step step)
      : Relay(upstream), input_(upstream), step_(std::move(step)) {}

  void read(ReadableOf<Out>&, std::size_t) override { want(); }
  void destroy(Error error, Done done) override {
    stop();
    done(std::move(error));
  }

  void start(ReadableOf<Out>& output) {
    output_ = &output;
    Relay::start(output);
  }

  // --- For the step. ---

  void put(Out value) {
    pushing();
    pushed(output_->push(std::move(value)));
  }
  using Relay::end;

 private:
  bool transfer() override {
    if (step_.has_rest()) {
      step_.put_rest(*this);
      return true;
    }
    if (!may_read()) return false;
    std::optional<In> value = input_.read();
    if (!value) return false;
    step_.take(std::move(*value), *this);
    return true;
  }
  bool has_rest() const noexcept override { return step_.has_rest(); }
  void push_end() override { output_->push(nullptr); }

  ReadableOf<In>& input_;  // REQUIRES: may_read
  ReadableOf<Out>* output_ = nullptr;
  Step step_;
};

}  // namespace weir::internal
