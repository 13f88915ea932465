// weir/coro/write.h - writing to a stream from a coroutine, with backpressure.
//
//   weir::Task<> write_lines(weir::Loop& loop) {
//     auto out = weir::fs::create_write_stream(loop, "lines.txt");
//     for (int i = 0; i < 1'000'000; ++i)
//       co_await weir::co::print(*out, "Line {}\n", i);      // waits only at the high-water mark
//     co_await weir::co::end(*out);                          // finished and closed, or throws
//   }
//
// - The data is accepted in the call, whole and in the order of the calls, also from several
//   coroutines. The co_await waits for room: until Drain, if the buffer has reached its mark.
//   Otherwise it neither suspends nor allocates.
// - After a Drain, the coroutines that wait continue in their order. Each may write one chunk more
//   before it waits again, so the buffer exceeds its mark by at most one chunk for each coroutine.
// - A stop of the coroutine's token ends a wait with ABORT_ERR; what was accepted is written. A
//   co_await that need not wait succeeds after a stop, too.
// - An Error of the stream is thrown by the co_await that waits, or by the next one on this stream.
//   It needs no listener. If no co_await follows before the stream's destruction, it is uncaught.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/coro/finished.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/stream/basic_writable.h>
#include <weir/stream/reservation.h>
#include <weir/stream/writable.h>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <fmt/core.h>

namespace weir {

namespace internal {

// Waits until a stream has room after a write.
class [[nodiscard]] RoomAwaiter {
 public:
  //   none     there was room
  //   room     to write: ready()
  //   drain    after a write that was accepted
  //   refused  the stream accepts no write
  enum class Need : std::uint8_t { none, room, drain, refused };

  RoomAwaiter(WritableBase& stream, Need need) noexcept : stream_(stream), need_(need) {}

  bool await_ready() const noexcept { return need_ == Need::none; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    if (need_ == Need::refused || !stream_.writable_need_drain()) return false;
    waiter_ = WaiterOwner<RoomWaiter>(make_ref<RoomWaiter>(stream_));
    if (!waiter_->suspend(coroutine)) return false;
    waiter_->start(stream_);
    return true;
  }
  void await_resume() {
    if (need_ != Need::none) [[unlikely]]
      settle();
  }

 private:
  void settle();

  WritableBase& stream_;
  Need need_;
  WaiterOwner<RoomWaiter> waiter_;
};

template <class S, class Write>
RoomAwaiter write_and_await(S& stream, [[maybe_unused]] const char* call, Write write) {
  WEIR_CHECK_THREAD(stream.ticks(), call, stream.describe());
  if (!stream.writable()) [[unlikely]]
    return RoomAwaiter(stream, RoomAwaiter::Need::refused);
  // With an empty buffer: a failure of the sink comes after this.
  if (stream.writable_length() == 0) ensure_waiters(stream, call);
  return RoomAwaiter(stream, write() ? RoomAwaiter::Need::none : RoomAwaiter::Need::drain);
}

// Waits for the callback that `begin` passes to the stream.
template <class Begin>
auto await_callback(WritableBase& stream, const char* call, Begin begin) {
  ensure_waiters(stream, call);
  auto waiter = make_ref<StreamResultWaiter>(stream);
  begin(Callback([completer = Completer<StreamResultWaiter>(waiter)](const Error& error) mutable {
    completer.settle(error);
  }));
  return ResultAwaiter<void, StreamResultWaiter>(std::move(waiter));
}

}  // namespace internal

namespace co {

// Each function of this header throws, from its co_await, the stream's error; without one,
// ERR_STREAM_WRITE_AFTER_END after the end, ERR_STREAM_DESTROYED after destroy, both of which leave
// the stream as it is; and ABORT_ERR on a stop, or if the Loop is destroyed.

// Waits until the stream has room: then write() returns true, unless the chunk reaches the mark.
inline internal::RoomAwaiter ready(WritableBase& stream) {
  WEIR_CHECK_THREAD(stream.ticks(), "co::ready", stream.describe());
  using Need = internal::RoomAwaiter::Need;
  if (!stream.writable()) return {stream, Need::refused};
  return {stream, stream.writable_need_drain() ? Need::room : Need::none};
}

// Writes as the stream's write, without a callback, and waits until the stream has room.
template <std::derived_from<WritableBase> S, class... Args>
  requires requires(S& stream, Args&&... args) { stream.write(std::forward<Args>(args)...); }
internal::RoomAwaiter write(S& stream, Args&&... args) {
  return internal::write_and_await(stream, "co::write",
                                   [&] { return stream.write(std::forward<Args>(args)...); });
}

// Writes a formatted text, and waits until the stream has room.
template <class... Args>
internal::RoomAwaiter print(Writable& stream, fmt::format_string<Args...> format, Args&&... args) {
  return internal::write_and_await(
      stream, "co::print", [&] { return stream.print(format, std::forward<Args>(args)...); });
}

// Writes the parts as one batch, and waits until the stream has room.
inline internal::RoomAwaiter write_all(Writable& stream, std::span<const ByteSpan> parts) {
  return internal::write_and_await(stream, "co::write_all",
                                   [&] { return stream.write_all(parts); });
}
inline internal::RoomAwaiter write_all(Writable& stream, std::span<const Buffer> parts) {
  return internal::write_and_await(stream, "co::write_all",
                                   [&] { return stream.write_all(parts); });
}

// Writes the first `size` bytes of the reservation, and waits until the stream has room.
// ERRORS: also, from the call, ERR_OUT_OF_RANGE.
inline internal::RoomAwaiter commit(Reservation& reservation, std::size_t size) {
  return internal::write_and_await(reservation.stream(), "co::commit",
                                   [&] { return reservation.commit(size); });
}

// Writes, and waits until the sink has completed this write.
// ERRORS: also the error of this write.
template <std::derived_from<WritableBase> S, class... Args>
  requires requires(S& stream, Args&&... args) {
    stream.write(std::forward<Args>(args)..., Callback());
  }
auto written(S& stream, Args&&... args) {
  internal::ensure_waiters(stream, "co::written");
  auto waiter = make_ref<internal::StreamResultWaiter>(stream);
  internal::Completer<internal::StreamResultWaiter> completer(waiter);
  if (!stream.writable()) {
    completer.fail(internal::refusal_of(stream));
  } else {
    stream.write(std::forward<Args>(args)...,
                 Callback([completer = std::move(completer)](const Error& error) mutable {
                   completer.settle(error);
                 }));
  }
  return internal::ResultAwaiter<void, internal::StreamResultWaiter>(std::move(waiter));
}

// Waits until the system has everything that was written before; the disk.
// ERRORS: also those of the stream's flush and sync.
inline auto flush(WritableBase& stream) {
  return internal::await_callback(stream, "co::flush",
                                  [&](Callback callback) { stream.flush(std::move(callback)); });
}
inline auto sync(WritableBase& stream) {
  return internal::await_callback(stream, "co::sync",
                                  [&](Callback callback) { stream.sync(std::move(callback)); });
}

// Calls the stream's end, with a last chunk if there are arguments, and waits until the stream is
// finished and, unless it is a Duplex, closed. A stream that has ended is waited for.
// ERRORS: ERR_STREAM_PREMATURE_CLOSE if it is destroyed before.
template <std::derived_from<WritableBase> S, class... Args>
  requires requires(S& stream, Args&&... args) { stream.end(std::forward<Args>(args)...); }
auto end(S& stream, Args&&... args) {
  internal::ensure_waiters(stream, "co::end");
  // A chunk after the end is refused, and not only ignored.
  const bool is_refused = stream.errored() || (sizeof...(Args) > 0 && !stream.writable());
  const Error refusal = is_refused ? internal::refusal_of(stream) : Error();
  if (stream.writable()) stream.end(std::forward<Args>(args)...);
  return internal::finished_or(stream, {.readable = false}, refusal);
}

}  // namespace co
}  // namespace weir
