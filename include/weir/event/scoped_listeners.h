// weir/event/scoped_listeners.h - listeners that are removed with the object that they belong to.
//
//   class Sender {
//    public:
//     explicit Sender(weir::Ref<weir::Writable> stream) : stream_(std::move(stream)) {
//       listeners_.on<weir::Drain>(*stream_, [this] { send_more(); });
//       listeners_.once<weir::Close>(*stream_, [this] { report(); });
//     }
//
//    private:
//     weir::Ref<weir::Writable> stream_;
//     weir::ScopedListeners listeners_;  // the last member: removed first
//   };
//
// A listener that captures `this` must be removed before its object is destroyed. ScopedListeners
// removes its listeners in its destructor: an emit in progress does not call them any more (it
// would still call a listener that `off` has removed).
#pragma once

#include <weir/base/ref.h>
#include <weir/event/emitter.h>

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace weir {

// Belongs to the thread of its emitters. A counted emitter (a stream, a server) lives as long as it
// has listeners here; any other one must outlive this.
class ScopedListeners {
 public:
  ScopedListeners() = default;
  ScopedListeners(const ScopedListeners&) = delete;
  ScopedListeners& operator=(const ScopedListeners&) = delete;
  ~ScopedListeners() { clear(); }

  // As the emitter's own on and once.
  template <class Event, class E, ListenerOf<Event> F>
  ListenerId on(E& emitter, F listener) {
    return keep(emitter, emitter.template on<Event>(guarded<Event>(std::move(listener))));
  }
  template <class Event, class E, ListenerOf<Event> F>
  ListenerId once(E& emitter, F listener) {
    return keep(emitter, emitter.template once<Event>(guarded<Event>(std::move(listener))));
  }

  // Makes room for this number of listeners.
  void reserve(std::size_t count) { entries_.reserve(count); }

  // Removes them all. More can be added then.
  void clear() {
    if (life_) life_->is_over = true;
    life_ = nullptr;
    const std::vector<Entry> entries = std::move(entries_);
    entries_.clear();
    for (const Entry& entry : entries) entry.table->remove(entry.id);
  }

 private:
  // The state that the listeners share with this.
  struct Life final : RefCounted {
    bool is_over = false;
  };
  struct Entry {
    Ref<RefCounted> emitter;  // none for one that is not counted
    ListenerTable* table;
    ListenerId id;
  };

  template <class Event, class F>
  auto guarded(F listener) {
    internal::require_function(listener, "listener");
    if (!life_) life_ = make_ref<Life>();
    return [life = life_, listener = std::move(listener)](const Event& event) mutable {
      if (life->is_over) return;
      if constexpr (std::invocable<F&, const Event&>)
        listener(event);
      else
        listener();
    };
  }

  template <class E>
  ListenerId keep(E& emitter, ListenerId id) {
    Ref<RefCounted> counted;
    if constexpr (std::derived_from<E, RefCounted>) counted = Ref<RefCounted>(&emitter);
    entries_.push_back({std::move(counted), &emitter.listeners(), id});
    return id;
  }

  Ref<Life> life_;  // none without listeners
  std::vector<Entry> entries_;
};

}  // namespace weir
