// weir/coro/internal/event_waiter.h - EventWaiterBase: waits for an event of an emitter.
#pragma once

#include <weir/base/error.h>
#include <weir/coro/internal/waiter.h>
#include <weir/event/listener_table.h>
#include <weir/event/tick_queue.h>

#include <array>
#include <cstddef>
#include <utility>

namespace weir::internal {

// Its listeners are removed when the wait is over.
class EventWaiterBase : public Waiter {
 public:
  EventWaiterBase(TickQueue& ticks, ListenerTable& table) noexcept
      : Waiter(ticks), table_(&table) {}

  void fail(const Error& error);
  // On a later tick: the events of a stream that has closed are over by then.
  void drop_on_tick(TickQueue& ticks);

 protected:
  template <class F>
  void listen(const EventKey* event, F call) {
    ids_[count_++] = table_->add(event, Listening<F>(*this, std::move(call)),
                                 ListenerTable::Place::last, ListenerTable::Times::always);
  }
  void remove_listeners() noexcept;
  Error error_;

 private:
  // A listener. If it is destroyed first, the emitter has been destroyed.
  template <class F>
  class Listening {
   public:
    Listening(EventWaiterBase& waiter, F call) noexcept
        : waiter_(&waiter), call_(std::move(call)) {}
    Listening(Listening&&) noexcept = default;
    Listening& operator=(Listening&&) = delete;
    ~Listening() {
      if (waiter_) waiter_->on_emitter_gone();
    }
    void operator()(const void* event) { call_(event); }

   private:
    Ref<EventWaiterBase> waiter_;
    F call_;
  };

  void on_emitter_gone() noexcept;
  void release() noexcept override { remove_listeners(); }

  ListenerTable* table_;  // null once the listeners are removed, or the emitter is gone
  std::array<ListenerId, 3> ids_ = {};
  std::size_t count_ = 0;
};

}  // namespace weir::internal
