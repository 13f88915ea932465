#include <weir/coro/event.h>

namespace weir::internal {

void EventWaiterBase::fail(const Error& error) {
  if (is_over()) return;
  error_ = error;
  complete();
}

void EventWaiterBase::drop_on_tick(TickQueue& ticks) {
  ticks.next_tick([self = Ref<EventWaiterBase>(this)] { self->drop(); });
}

void EventWaiterBase::remove_listeners() noexcept {
  ListenerTable* const table = std::exchange(table_, nullptr);
  if (!table) return;
  for (std::size_t i = 0; i < count_; ++i) table->remove(ids_[i]);
}

void EventWaiterBase::on_emitter_gone() noexcept {
  if (!std::exchange(table_, nullptr)) return;
  drop();
}

}  // namespace weir::internal
