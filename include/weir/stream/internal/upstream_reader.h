// weir/stream/internal/upstream_reader.h - UpstreamReader: the source of an operator's result.
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
#include <weir/stream/internal/demand.h>
#include <weir/stream/internal/read_observer.h>
#include <weir/stream/source.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <optional>
#include <utility>

namespace weir::internal {

class UpstreamObserver;

class UpstreamReader {
 public:
  UpstreamReader(const UpstreamReader&) = delete;
  UpstreamReader& operator=(const UpstreamReader&) = delete;

  // Connects the result, whose source this is, to the upstream: the upstream's end and errors
  // become the result's.
  void start(Stream& result);

 protected:
  explicit UpstreamReader(Stream& upstream) : upstream_(&upstream) {}
  virtual ~UpstreamReader();

  // The result has room.
  void want() {
    demand_.want();
    pump();
  }
  void stop();

  // Call before a push to the result, during which want() may be called.
  void pushing() noexcept { demand_.pushing(); }
  void pushed(bool has_room) noexcept { demand_.pushed(has_room); }
  // Ends the result: no more values of the upstream are needed.
  void end();

  bool may_read() const noexcept;

  // Reads one value and pushes its results; false if there is no value.
  virtual bool transfer() = 0;
  // True if results of the last value are still to be pushed.
  virtual bool has_rest() const noexcept = 0;
  virtual void push_end() = 0;

 private:
  friend class UpstreamObserver;

  void pump();
  void settle();
  void on_over(const Error& error);
  void on_observer_gone();

  Ref<Stream> upstream_;                  // while this owns it
  UpstreamObserver* observer_ = nullptr;  // on the upstream, as long as that has it
  Stream* result_ = nullptr;
  Demand demand_;
  bool pumping_ = false;
  bool listening_ = false;
  bool over_ = false;  // the upstream is over
};

// `Step` processes a value for the operator: see steps.h.
template <class In, class Step>
class OperatorSource final : public BasicSource<typename Step::Out>, public UpstreamReader {
 public:
  using Out = typename Step::Out;

  OperatorSource(ReadableOf<In>& upstream, Step step)
      : UpstreamReader(upstream), input_(upstream), step_(std::move(step)) {}

  void read(ReadableOf<Out>&, std::size_t) override { want(); }
  void destroy(Error error, Done done) override {
    stop();
    done(std::move(error));
  }

  void start(ReadableOf<Out>& output) {
    output_ = &output;
    UpstreamReader::start(output);
  }

  // --- For the step. ---

  void put(Out value) {
    pushing();
    pushed(output_->push(std::move(value)));
  }
  using UpstreamReader::end;

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
