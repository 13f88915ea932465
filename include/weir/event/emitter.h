// weir/event/emitter.h - typed events and their listeners: Node's EventEmitter.
//
//   struct Message { static constexpr std::string_view kEventName = "message"; std::string text; };
//
//   struct Channel : weir::Emitter<Message, weir::Error> {};
//   channel.on<Message>([](const Message& message) { fmt::print("{}\n", message.text); });
//   channel.once<weir::Error>([](const weir::Error& error) { ... });
//   channel.emit(Message{"hello"});
//
// - A listener takes its event by const reference, or takes nothing.
// - A listener of ErrorMonitor receives each Error first.
// - Listening to an event that the class does not emit does not compile.
// - A listener may add and remove listeners, emit again, and drop the emitter's last Ref;
//   listener_table.h has the rules.
#pragma once

#include <weir/event/event_tag.h>
#include <weir/event/listener_table.h>
#include <weir/event/tick_queue.h>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

template <class Listener, class Event>
concept ListenerOf = std::invocable<Listener&, const Event&> || std::invocable<Listener&>;

// The events that a class emits.
template <class... Events>
struct EventList {};

// The listening half of an Emitter, for a class (Self) that stores its table elsewhere. Self needs
// a member `ListenerTable& listeners()`.
template <class Self, class... Events>
class Listenable {
 public:
  using Emitted = EventList<Events...>;

  template <class Event>
  static constexpr bool kEmits =
      (std::same_as<Event, Events> || ...) || std::same_as<Event, NewListener> ||
      std::same_as<Event, RemoveListener> ||
      (std::same_as<Event, ErrorMonitor> && (std::same_as<Error, Events> || ...));

  // Adds a listener after the others (prepend: before them). The same function can be added several
  // times.
  // ERRORS: throws ERR_INVALID_ARG_TYPE for an empty function.
  // Node counterparts: on, once, prependListener, prependOnceListener.
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId on(F listener) {
    return add<Event>(std::move(listener), ListenerTable::Place::last,
                      ListenerTable::Times::always);
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId once(F listener) {
    return add<Event>(std::move(listener), ListenerTable::Place::last, ListenerTable::Times::once);
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId prepend(F listener) {
    return add<Event>(std::move(listener), ListenerTable::Place::first,
                      ListenerTable::Times::always);
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId prepend_once(F listener) {
    return add<Event>(std::move(listener), ListenerTable::Place::first, ListenerTable::Times::once);
  }

  // The same with the event as an argument, which templates need no `template` for.
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId on(EventTag<Event> (*)(), F listener) {
    return on<Event>(std::move(listener));
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId once(EventTag<Event> (*)(), F listener) {
    return once<Event>(std::move(listener));
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId prepend(EventTag<Event> (*)(), F listener) {
    return prepend<Event>(std::move(listener));
  }
  template <class Event, ListenerOf<Event> F>
    requires kEmits<Event>
  ListenerId prepend_once(EventTag<Event> (*)(), F listener) {
    return prepend_once<Event>(std::move(listener));
  }

  // Removes one listener. Returns false if it has been removed already.
  bool off(ListenerId id) { return table().remove(id); }

  // Node counterpart: removeAllListeners.
  template <class Event>
    requires kEmits<Event>
  Self& remove_all_listeners() {
    table().remove_all(&internal::kEventKey<Event>);
    return self();
  }
  Self& remove_all_listeners() {
    table().remove_all();
    return self();
  }

  template <class Event>
    requires kEmits<Event>
  std::size_t listener_count() const noexcept {
    return table().count(&internal::kEventKey<Event>);
  }
  std::vector<std::string_view> event_names() const { return table().event_names(); }

  // The number of listeners of one event above which a warning reports a likely leak. 0: no limit.
  Self& set_max_listeners(std::size_t count) noexcept {
    table().set_max_listeners(count);
    return self();
  }
  std::size_t max_listeners() const noexcept { return table().max_listeners(); }

  // Calls the event's listeners now, in order. Returns true if there was one.
  // ERRORS: throws the exception of a listener, and an Error without a listener.
  template <class Event>
    requires kEmits<Event>
  bool emit(const Event& event) {
    return table().emit(&internal::kEventKey<Event>, &event);
  }

 private:
  template <class Event, class F>
  ListenerId add(F listener, ListenerTable::Place place, ListenerTable::Times times) {
    internal::require_function(listener, "listener");
    return table().add(
        &internal::kEventKey<Event>,
        [listener = std::move(listener)](const void* event) mutable {
          if constexpr (std::invocable<F&, const Event&>)
            listener(*static_cast<const Event*>(event));
          else
            listener();
        },
        place, times);
  }

  Self& self() noexcept { return static_cast<Self&>(*this); }
  ListenerTable& table() noexcept { return self().listeners(); }
  const ListenerTable& table() const noexcept { return const_cast<Listenable&>(*this).table(); }
};

namespace internal {

template <class Self, class More, class Inherited>
struct ListenableToBoth;
template <class Self, class... More, class... Inherited>
struct ListenableToBoth<Self, EventList<More...>, EventList<Inherited...>> {
  using Type = Listenable<Self, More..., Inherited...>;
};

}  // namespace internal

// Base class of a class that emits the events of Base, and More.
//
//   class SecureChannel : public weir::EmitsMore<SecureChannel, Channel, Secured> { ... };
//
// A class that derives from a stream uses DerivedStream instead.
template <class Self, class Base, class... More>
class EmitsMore
    : public Base,
      public internal::ListenableToBoth<Self, EventList<More...>, typename Base::Emitted>::Type {
  using Both =
      typename internal::ListenableToBoth<Self, EventList<More...>, typename Base::Emitted>::Type;

 public:
  using Both::emit;
  using Both::event_names;
  using Both::listener_count;
  using Both::max_listeners;
  using Both::off;
  using Both::on;
  using Both::once;
  using Both::prepend;
  using Both::prepend_once;
  using Both::remove_all_listeners;
  using Both::set_max_listeners;
  using typename Both::Emitted;

 protected:
  using Base::Base;
};

namespace internal {

// Clears the table's pointer to the queue if the emitter outlives it.
class EmitterLink final : public LoopShutdownHook {
 public:
  EmitterLink(TickQueue& ticks, ListenerTable& table) noexcept
      : LoopShutdownHook(ticks), table_(table) {}
  void let_go() noexcept override { table_.forget_ticks(); }

 private:
  ListenerTable& table_;
};

}  // namespace internal

// Base class of classes that emit these events.
template <class... Events>
class Emitter : public Listenable<Emitter<Events...>, Events...> {
 public:
  // With a TickQueue, a likely listener leak causes a warning, and a call on the wrong thread is
  // detected (see thread_check.h).
  explicit Emitter(TickQueue* ticks = nullptr) noexcept : table_(ticks) {
    if (ticks) link_.emplace(*ticks, table_);
  }

  ListenerTable& listeners() noexcept { return table_; }

 private:
  ListenerTable table_;
  std::optional<internal::EmitterLink> link_;
};

}  // namespace weir
