// weir/coro/producer.h - co::write and co::print into a Producer, from a coroutine on any loop.
//
//   weir::Task<> answer(weir::Loop& loop, const weir::Producer& log) {
//     co_await weir::co::print(loop, log, "request {}\n", 1);   // waits only if the queue is full
//   }
//
// - `loop` is the one that the coroutine runs on; it continues there. It is kept running meanwhile.
// - The record is formatted in the call. The co_await waits, in the order of the calls, until the
//   record is accepted, whatever `when_full` is. Otherwise it neither suspends nor allocates.
// - A stop of the coroutine's token ends a wait with ABORT_ERR; the record is then not written.
#pragma once

#include <weir/base/error.h>
#include <weir/coro/internal/waiter.h>
#include <weir/loop/loop.h>
#include <weir/thread/producer.h>

#include <coroutine>
#include <string_view>

#include <fmt/core.h>

namespace weir {

namespace internal {

class RoomForRecord;

class [[nodiscard]] RecordAwaiter {
 public:
  RecordAwaiter(Loop& loop, const Producer& producer, std::string_view record);
  RecordAwaiter(RecordAwaiter&&) noexcept;
  RecordAwaiter& operator=(RecordAwaiter&&) = delete;
  ~RecordAwaiter();

  bool await_ready() const noexcept { return !waiter_ || waiter_->is_over(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    return waiter_->suspend(coroutine);
  }
  void await_resume() const;

 private:
  Error refusal_;               // of a record that need not wait
  WaiterOwner<Waiter> waiter_;  // a RoomForRecord, or none
};

RecordAwaiter print_record(Loop& loop, const Producer& producer, fmt::string_view format,
                           fmt::format_args args);

}  // namespace internal

namespace co {

// Both throw, from the co_await, the Producer's error() if the record is refused, and ABORT_ERR on
// a stop, or if `loop` is destroyed.
// ERRORS: throw ERR_BUFFER_TOO_LARGE for a record that is larger than the Producer's capacity.
inline internal::RecordAwaiter write(Loop& loop, const Producer& producer,
                                     std::string_view record) {
  return {loop, producer, record};
}
template <class... Args>
internal::RecordAwaiter print(Loop& loop, const Producer& producer,
                              fmt::format_string<Args...> format, Args&&... args) {
  return internal::print_record(loop, producer, format, fmt::make_format_args(args...));
}

}  // namespace co
}  // namespace weir
