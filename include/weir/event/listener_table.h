// weir/event/listener_table.h - stores the listeners of an Emitter and calls them.
//
// The rules are Node's:
// - An emit calls the listeners that were present when it began, in order. A listener that is added
//   during the emit is called by the next one; a listener that is removed during the emit is still
//   called.
// - A listener that throws ends the emit.
// - An Error without a listener is thrown.
//
// One rule is weir's: a listener that destroys the emitter ends the emit.
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

// Identifies one listener for `off`. Every `on` returns a new one.
enum class ListenerId : std::uint64_t { none = 0 };

// Emitted before a listener is stored, and after one is removed, with its event's name.
struct NewListener {
  static constexpr std::string_view kEventName = "newListener";
  std::string_view event;
};
struct RemoveListener {
  static constexpr std::string_view kEventName = "removeListener";
  std::string_view event;
};

// Emitted before each Error. It does not handle the Error: without an Error listener, the Error is
// thrown. A listener may take the Error type instead.
// Node: events.errorMonitor.
struct ErrorMonitor {
  static constexpr std::string_view kEventName = "errorMonitor";
  const Error& error;
  operator const Error&() const noexcept { return error; }  // NOLINT: it stands for that
};

namespace internal {

// The address of an event type's key identifies the type.
struct EventKey {
  std::string_view name;
};
template <class Event>
inline constexpr EventKey kEventKey{Event::kEventName};

struct Listener;

}  // namespace internal

// Receives additions and removals of listeners: a Readable flows depending on its listeners.
class ListenerObserver {
 public:
  virtual void on_listener_added(const internal::EventKey* event) = 0;
  virtual void on_listener_removed(const internal::EventKey* event) = 0;

 protected:
  ~ListenerObserver() = default;
};

// Receives exceptions of listeners before they propagate, for an object that waits for the
// listener's work.
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

  // Leak warnings use `ticks`; without it there are none. `owner` supplies the emitter's name in
  // messages.
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

  // Returns true if there was a listener. `event` points to the event's value.
  bool emit(Key key, const void* event);

  std::size_t count(Key key) const noexcept;
  bool empty() const noexcept { return slots_.empty(); }
  // True if this is the event's only listener.
  bool is_only(Key key, ListenerId id) const noexcept;
  std::vector<std::string_view> event_names() const;

  // Registers the observer of changes. REQUIRES: it lives as long as the table.
  void observe(ListenerObserver& observer) noexcept { observer_ = &observer; }

  // Registers the observer of exceptions. REQUIRES: it lives as long as the table.
  void observe_throws(ThrowObserver& observer) noexcept { throw_observer_ = &observer; }

  std::size_t max_listeners() const noexcept { return max_listeners_; }
  void set_max_listeners(std::size_t count) noexcept { max_listeners_ = count; }

  // Destroys the functions of an event that will not be emitted again, and so the objects they own
  // (perhaps the emitter). The listeners still count and can be removed.
  void release(Key key);
  // Destroys all functions, because the queue is closed. A listener that is added later is
  // destroyed at once.
  void close() noexcept;
  // Stops leak warnings: the queue is closed.
  void forget_ticks() noexcept { ticks_ = nullptr; }

 private:
  // Copied on a change during an emit; otherwise changed in place.
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
