// weir/stream/internal/consumer.h - Consumer: reads a stream until its Task needs no more values.
//
// The `Task` processes the values:
//   bool take(C value)        returns true for more; an exception fails the task
//   void over(const Error&)   called once, at the end; calls back
#pragma once

#include <weir/base/error.h>
#include <weir/stream/abort.h>
#include <weir/stream/internal/read_observer.h>
#include <weir/stream/source.h>

#include <optional>
#include <stop_token>
#include <utility>

namespace weir::internal {

template <class C, class Task>
class Consumer final : public ReadObserver {
 public:
  Consumer(ReadableOf<C>& stream, Task task)
      : ReadObserver(stream), input_(stream), task_(std::move(task)) {}

 private:
  void on_readable() override {
    if (std::exchange(taking_, true)) return;  // the current loop reads the rest
    Error error;
    bool wants_more = true;
    try {
      while (wants_more && may_read()) {
        std::optional<C> value = input_.read();
        if (!value) break;
        wants_more = task_.take(std::move(*value));
      }
    } catch (...) {
      error = Error::from_current_exception();
      wants_more = false;
    }
    taking_ = false;
    if (!wants_more) conclude(error);
  }

  void conclude(const Error& error) {
    if (is_over()) return;
    leave();
    task_.over(error);
  }

  void on_over(const Error& error) override { task_.over(error); }

  ReadableOf<C>& input_;  // REQUIRES: may_read
  Task task_;
  bool taking_ = false;
};

template <class C, class Task>
void consume(ReadableOf<C>& stream, Task task, const std::stop_token& signal) {
  const auto consumer = make_ref<Consumer<C, Task>>(stream, std::move(task));
  consumer->watch();
  if (signal.stop_possible()) add_abort_signal(signal, stream);
  consumer->listen_and_start();
}

}  // namespace weir::internal
