// weir/coro/internal/stream_waiters.h - StreamWaiters: the coroutines that use one stream.
//
// A stream gets it when a coroutine uses the stream for the first time, and keeps it in its
// listener table, under an event of its own. It has three duties:
//
// - It resumes the coroutines that wait for room, in order, after Drain or the stream's end.
// - It resumes those that wait for data. It has a listener of ReadableEvent, which stops the
//   stream's flow, only while a coroutine waits or reads a sequence.
// - It keeps an Error until a coroutine has thrown it. It counts as a listener of the Error, even
//   if every coroutine is waiting elsewhere; the next co_await on the stream throws the Error. If
//   none follows before the stream's destruction, the Error is uncaught.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/coro/internal/waiter.h>
#include <weir/event/listener_table.h>
#include <weir/stream/internal/write_waiter.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace weir {

class WritableBase;

namespace internal {

class StreamWaiters;

// A coroutine that waits for room.
class RoomWaiter final : public Waiter {
 public:
  explicit RoomWaiter(WritableBase& stream);
  ~RoomWaiter() override;

  void start(WritableBase& stream);

 private:
  void release() noexcept override;

  Ref<StreamWaiters> stream_;
};

// A coroutine that waits for data.
class DataWaiter : public Waiter {
 public:
  explicit DataWaiter(Stream& stream);
  ~DataWaiter() override;

  void start();
  // Reads. Returns false if there is neither data nor an end: the coroutine keeps waiting.
  virtual bool take() = 0;

 private:
  void release() noexcept override;

  Ref<StreamWaiters> stream_;
};

class StreamWaiters final : public WriteWaiter {
 public:
  // Finds or adds those of a stream.
  static Ref<StreamWaiters> of(Stream& stream);
  // True if the stream has them.
  static bool are_on(Stream& stream) noexcept;

  explicit StreamWaiters(Stream& stream) noexcept;

  void await_room(WritableBase& stream, Ref<RoomWaiter> waiter);
  void await_data(Ref<DataWaiter> waiter);
  void forget(const RoomWaiter& waiter) noexcept;
  void forget(const DataWaiter& waiter) noexcept;
  // While at least one sequence is read, the stream is read ahead for it, and a failed connection
  // delivers its data first.
  void begin_sequence();
  void end_sequence();

  // A coroutine throws this error of the stream.
  void thrown(const Error& error);

 private:
  struct Attached;
  struct Lookup;

  void attach(Ref<StreamWaiters> self);
  void detach() noexcept;
  void on_error(const Error& error);
  void on_readable();
  void resume() override;  // writing is possible again, or over
  void listen_to_readable();
  void stop_listening_on_tick();

  Stream* stream_;  // null once the stream is gone, or its listeners
  TickQueue* ticks_;
  std::vector<Ref<RoomWaiter>> writers_;
  std::vector<Ref<DataWaiter>> readers_;
  std::size_t sequences_ = 0;
  ListenerId readable_ = ListenerId::none;
  bool stop_is_due_ = false;
  bool awaits_room_ = false;
  Error thrown_;
  Error unheard_;
};

// ERRORS: throws the stream's error, for a coroutine that finds it failed.
[[noreturn]] void throw_error_of(Stream& stream, const Error& error);

// Before a coroutine uses a stream without waiting. `call` names the use if it is on the wrong
// thread.
inline void ensure_waiters(Stream& stream, [[maybe_unused]] const char* call) {
  WEIR_CHECK_THREAD(stream.ticks(), call, stream.describe());
  if (!StreamWaiters::are_on(stream)) static_cast<void>(StreamWaiters::of(stream));
}

}  // namespace internal
}  // namespace weir
