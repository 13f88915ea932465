#include <weir/event/listener_table.h>

#include <weir/base/error.h>
#include <weir/event/tick_queue.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace internal {

// An idle connection consists of its listeners to a third, so each is small.
struct Listener final : RefCounted {
  static constexpr std::uint64_t kLargestNumber = (std::uint64_t{1} << 62) - 1;

  Listener(ListenerId listener_id, ListenerTable::Call listener_call, ListenerTable::Times often)
      : call(std::move(listener_call)),
        number(static_cast<std::uint64_t>(listener_id) & kLargestNumber),
        is_once(often == ListenerTable::Times::once),
        has_fired(false) {}
  ListenerId id() const noexcept { return ListenerId{number}; }

  ListenerTable::Call call;
  std::uint64_t number : 62;
  std::uint64_t is_once : 1;
  std::uint64_t has_fired : 1;  // a `once` listener that an outer emit still holds
};

}  // namespace internal

using internal::kEventKey;
using internal::Listener;

namespace {

// The listeners of an event, in order. Most events have one, which needs no memory of its own.
class ListenerList {
 public:
  ListenerList() noexcept = default;
  ListenerList(const ListenerList& other)
      : one_(other.one_), more_(other.more_ ? std::make_unique<Several>(*other.more_) : nullptr) {}
  ListenerList& operator=(const ListenerList&) = delete;
  ~ListenerList() = default;

  const Ref<Listener>* begin() const noexcept { return more_ ? more_->data() : &one_; }
  const Ref<Listener>* end() const noexcept { return begin() + size(); }
  std::size_t size() const noexcept { return more_ ? more_->size() : one_ ? 1 : 0; }
  const Ref<Listener>& front() const noexcept { return *begin(); }

  void insert(std::size_t index, Ref<Listener> listener) {
    if (size() == 0 && !more_) {
      one_ = std::move(listener);
      return;
    }
    if (!more_) {
      auto several = std::make_unique<Several>();
      several->reserve(2);  // the listener is in one of the two places, even without memory
      several->push_back(std::move(one_));
      more_ = std::move(several);
    }
    more_->insert(more_->begin() + static_cast<std::ptrdiff_t>(index), std::move(listener));
  }
  // REQUIRES: size() > 1.
  void erase(std::size_t index) {
    more_->erase(more_->begin() + static_cast<std::ptrdiff_t>(index));
  }

 private:
  using Several = std::vector<Ref<Listener>>;

  Ref<Listener> one_;  // null once there are several
  std::unique_ptr<Several> more_;
};

}  // namespace

struct ListenerTable::Listeners final : RefCounted {
  Listeners() = default;
  explicit Listeners(const ListenerList& listeners) : list(listeners) {}
  ListenerList list;
};

// An emit on the stack. It detects that a listener destroyed the table.
struct ListenerTable::UnderWay {
  explicit UnderWay(ListenerTable& emitting) noexcept
      : table(&emitting), outer(std::exchange(emitting.emits_, this)) {}
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    if (table) table->emits_ = outer;
  }
  ListenerTable* table;
  UnderWay* outer;
};

ListenerTable::ListenerTable(TickQueue* ticks, const LoopShutdownHook* owner) noexcept
    : ticks_(ticks), owner_(owner) {}
ListenerTable::~ListenerTable() {
  for (UnderWay* emit = emits_; emit; emit = emit->outer) emit->table = nullptr;
}

ListenerTable::Slot* ListenerTable::find(Key key) noexcept {
  for (Slot& slot : slots_)
    if (slot.key == key) return &slot;
  return nullptr;
}

const ListenerTable::Slot* ListenerTable::find(Key key) const noexcept {
  return const_cast<ListenerTable*>(this)->find(key);
}

ListenerTable::Listeners& ListenerTable::changeable(Slot& slot) {
  if (!slot.listeners.unique()) {
    auto copy = make_ref<Listeners>(slot.listeners->list);
    slot.listeners = std::move(copy);
  }
  return *slot.listeners;
}

#ifdef NDEBUG
inline void ListenerTable::check_thread(const char*) const noexcept {}
#else
void ListenerTable::check_thread(const char* call) const noexcept {
  if (ticks_) WEIR_CHECK_THREAD(*ticks_, call, owner_ ? owner_->describe() : "an Emitter");
}
#endif

ListenerId ListenerTable::add(Key key, Call call, Place place, Times times) {
  internal::require_function(call, "listener");
  check_thread("on");
  if (closed_) return ListenerId{++last_id_};
  if (find(&kEventKey<NewListener>)) {
    const NewListener event{key->name};
    emit(&kEventKey<NewListener>, &event);
  }
  const ListenerId id{++last_id_};
  auto listener = make_ref<Listener>(id, std::move(call), times);
  Slot* slot = find(key);
  if (!slot) {
    slots_.push_back({key, make_ref<Listeners>()});
    slot = &slots_.back();
  }
  auto& list = changeable(*slot).list;
  list.insert(place == Place::first ? 0 : list.size(), std::move(listener));
  if (max_listeners_ && list.size() > max_listeners_ && !slot->warned) warn_of_leak(*slot);
  if (observer_) observer_->on_listener_added(key);
  return id;
}

bool ListenerTable::remove(ListenerId id) {
  check_thread("off");
  for (Slot& slot : slots_) {
    const auto& list = slot.listeners->list;
    const auto found = std::ranges::find(list, id, [](const auto& l) { return l->id(); });
    if (found == list.end()) continue;
    const Key key = slot.key;
    const Ref<Listener> removed = *found;  // destroyed last: its captures may call this table
    if (list.size() == 1) {
      const auto place = slots_.begin() + (&slot - slots_.data());
      const Slot emptied = std::move(slot);
      slots_.erase(place);
    } else {
      const auto index = static_cast<std::size_t>(found - list.begin());
      changeable(slot).list.erase(index);
    }
    announce_removal(key);
    if (observer_) observer_->on_listener_removed(key);
    return true;
  }
  return false;
}

void ListenerTable::remove_all(Key key) {
  check_thread("remove_all_listeners");
  const Slot* slot = find(key);
  if (!slot) return;
  if (!find(&kEventKey<RemoveListener>)) {
    drop(key);
    if (observer_) observer_->on_listener_removed(key);
    return;
  }
  // Removes the last listener first and announces each, as in Node. A listener that is added
  // meanwhile stays.
  const Ref<Listeners> listeners = slot->listeners;
  for (const auto& listener : std::views::reverse(std::span(listeners->list)))
    remove(listener->id());
}

void ListenerTable::remove_all() {
  check_thread("remove_all_listeners");
  if (find(&kEventKey<RemoveListener>)) {
    // Listeners of RemoveListener are removed last, so that they receive all other removals.
    std::vector<Key> keys;
    for (const Slot& slot : slots_) keys.push_back(slot.key);
    std::erase(keys, &kEventKey<RemoveListener>);
    for (const Key key : keys) remove_all(key);
    remove_all(&kEventKey<RemoveListener>);
  }
  const std::vector<Slot> rest = std::exchange(slots_, {});  // destroyed last, as in drop
  if (!observer_) return;
  for (const Slot& slot : rest) observer_->on_listener_removed(slot.key);
}

bool ListenerTable::emit(Key key, const void* event) {
  check_thread("emit");
  if (key == &kEventKey<Error> && find(&kEventKey<ErrorMonitor>)) [[unlikely]] {
    const bool is_handled = find(key) != nullptr;
    const UnderWay under_way(*this);
    const ErrorMonitor monitored{*static_cast<const Error*>(event)};
    emit(&kEventKey<ErrorMonitor>, &monitored);
    if (!under_way.table) {
      if (!is_handled) throw Error(monitored.error);
      return true;
    }
  }
  const Slot* slot = find(key);
  if (!slot) {
    if (key == &kEventKey<Error>) throw Error(*static_cast<const Error*>(event));
    return false;
  }
  const Ref<Listeners> listeners = slot->listeners;
  const UnderWay emit(*this);
  for (const Ref<Listener>& listener : listeners->list) {
    if (!emit.table) break;
    if (listener->is_once) {
      if (listener->has_fired) continue;
      listener->has_fired = true;
      remove(listener->id());
    }
    if (!listener->call) continue;
    try {
      listener->call(event);
    } catch (...) {
      if (ticks_ && !ticks_->closed()) ticks_->thrown_by_listener(std::current_exception());
      if (emit.table && throw_observer_) throw_observer_->on_listener_threw();
      throw;
    }
  }
  return true;
}

std::size_t ListenerTable::count(Key key) const noexcept {
  const Slot* slot = find(key);
  return slot ? slot->listeners->list.size() : 0;
}

bool ListenerTable::is_only(Key key, ListenerId id) const noexcept {
  const Slot* slot = find(key);
  return slot && slot->listeners->list.size() == 1 && slot->listeners->list.front()->id() == id;
}

std::vector<std::string_view> ListenerTable::event_names() const {
  std::vector<std::string_view> names;
  for (const Slot& slot : slots_) names.push_back(slot.key->name);
  return names;
}

void ListenerTable::drop(Key key) {
  if (Slot* slot = find(key)) {
    const Slot dropped = std::move(*slot);  // destroyed last: its captures may call this table
    slots_.erase(slots_.begin() + (slot - slots_.data()));
  }
}

void ListenerTable::release(Key key) {
  const Slot* slot = find(key);
  if (!slot) return;
  std::vector<Call> released;  // destroyed last, as above
  for (const auto& listener : slot->listeners->list)
    released.push_back(std::exchange(listener->call, nullptr));
}

void ListenerTable::close() noexcept {
  closed_ = true;
  ticks_ = nullptr;
  std::vector<Call> released;  // destroyed last, as above
  for (const Slot& slot : slots_)
    for (const auto& listener : slot.listeners->list)
      released.push_back(std::exchange(listener->call, nullptr));
}

void ListenerTable::announce_removal(Key key) {
  if (!find(&kEventKey<RemoveListener>)) return;
  const RemoveListener event{key->name};
  emit(&kEventKey<RemoveListener>, &event);
}

void ListenerTable::warn_of_leak(Slot& slot) {
  slot.warned = true;
  if (!ticks_) return;
  ticks_->warn({"MaxListenersExceededWarning",
                fmt::format("Possible listener leak detected. {} {} listeners added. Use "
                            "set_max_listeners() to increase limit",
                            slot.listeners->list.size(), slot.key->name)});
}

}  // namespace weir
