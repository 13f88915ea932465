// weir/event/listener_table.h - who listens to what: the storage and the rules under Emitter.
//
// The rules are Node's. An emit calls those who were listening when it began, in order: who is
// added meanwhile waits for the next one, who is removed meanwhile is still called. A listener
// that throws ends the emit. An `error` that nobody listens to is thrown. What Node need not say: a
// listener that destroys the emitter ends the emit as well.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir {

class Error;
class LoopShutdownHook;
class TickQueue;

// Names one listener for `off`. Every `on` makes a new one.
enum class ListenerId : std::uint64_t { none = 0 };

// Emitted before a listener is stored and after one is gone, with its event's name.
struct NewListener {
  static constexpr std::string_view kEventName = "newListener";
  std::string_view event;
};
struct RemoveListener {
  static constexpr std::string_view kEventName = "removeListener";
  std::string_view event;
};

// Emitted before each Error, and no handling of it: an Error without a listener is thrown all the
// same. A listener may take the Error itself. Node: events.errorMonitor.
struct ErrorMonitor {
  static constexpr std::string_view kEventName = "errorMonitor";
  const Error& error;
  operator const Error&() const noexcept { return error; }  // NOLINT: it stands for that
};

namespace internal {

// An event type's identity is the address of its key.
struct EventKey {
  std::string_view name;
};
template <class Event>
inline constexpr EventKey kEventKey{Event::kEventName};

struct Listener;

}  // namespace internal

// Hears of listeners that come and go: what a Readable does depends on who listens.
class ListenerObserver {
 public:
  virtual void on_listener_added(const internal::EventKey* event) = 0;
  virtual void on_listener_removed(const internal::EventKey* event) = 0;

 protected:
  ~ListenerObserver() = default;
};

// Hears of a listener that throws, before the exception goes on its way: for who waits for what the
// listener had to do.
class ThrowObserver {
 public:
  virtual void on_listener_threw() noexcept = 0;

 protected:
  ~ThrowObserver() = default;
};

class ListenerTable {
 public:
  using Key = const internal::EventKey*;
  using Call = Function<void(const void* event), 5 * sizeof(void*)>;
  enum class Place { last, first };
  enum class Times { always, once };

  // Leak warnings go to `ticks`; without it there are none. `owner` names the emitter in messages.
  explicit ListenerTable(TickQueue* ticks = nullptr,
                         const LoopShutdownHook* owner = nullptr) noexcept;
  ListenerTable(const ListenerTable&) = delete;
  ListenerTable& operator=(const ListenerTable&) = delete;
  ~ListenerTable();

  // ERRORS: throws ERR_INVALID_ARG_TYPE for an empty call.
  ListenerId add(Key key, Call call, Place place, Times times);
  bool remove(ListenerId id);
  void remove_all(Key key);
  void remove_all();

  // True when anybody was listening. `event` is a pointer to the event's value.
  bool emit(Key key, const void* event);

  std::size_t count(Key key) const noexcept;
  bool empty() const noexcept { return slots_.empty(); }
  // Whether that listener is the event's only one.
  bool is_only(Key key, ListenerId id) const noexcept;
  std::vector<std::string_view> event_names() const;

  // Told after each change. REQUIRES: it lives as long as the table.
  void observe(ListenerObserver& observer) noexcept { observer_ = &observer; }

  // The same, of what listeners throw.
  void observe_throws(ThrowObserver& observer) noexcept { throw_observer_ = &observer; }

  std::size_t max_listeners() const noexcept { return max_listeners_; }
  void set_max_listeners(std::size_t count) noexcept { max_listeners_ = count; }

  // Drops what an event's listeners own (the emitter itself, perhaps): it will not be emitted any
  // more. They are still counted, and may be removed.
  void release(Key key);
  // The same for all events and for good, as the queue is gone: what is added from now on is
  // dropped.
  void close() noexcept;
  // Warns of no leaks any more: the queue is gone.
  void forget_ticks() noexcept { ticks_ = nullptr; }

 private:
  // Copied when it changes while an emit goes through it; else changed in place.
  struct Listeners;
  struct UnderWay;
  struct Slot {
    Key key;
    Ref<Listeners> listeners;
    bool warned = false;
  };

  Slot* find(Key key) noexcept;
  const Slot* find(Key key) const noexcept;
  Listeners& changeable(Slot& slot);
  void drop(Key key);
  void announce_removal(Key key);
  void warn_of_leak(Slot& slot);
  void check_thread(const char* call) const noexcept;

  std::vector<Slot> slots_;
  TickQueue* ticks_;
  const LoopShutdownHook* owner_;
  ListenerObserver* observer_ = nullptr;
  ThrowObserver* throw_observer_ = nullptr;
  UnderWay* emits_ = nullptr;  // innermost first
  std::uint64_t last_id_ = 0;
  std::size_t max_listeners_ = 10;
  bool closed_ = false;
};

}  // namespace weir
