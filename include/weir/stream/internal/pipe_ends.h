// weir/stream/internal/pipe_ends.h - PipeEnds: the destinations of a readable stream's pipes.
//
// Awaited drains: a full pipe waits for its destination's Drain; the source flows again when none
// waits. Node counts them exactly only after a second pipe was made.
#pragma once

#include <weir/base/ref.h>
#include <weir/event/listener_table.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/stream.h>

#include <vector>

namespace weir::internal {

class PipeEnds {
 public:
  // `lifeline` is the destination's.
  void add(Ref<Lifeline> lifeline, Ref<Stream> destination);
  // Removes the first pipe to the destination; false if there is none.
  bool remove(const Stream& destination);
  // Removes all pipes, and returns the destinations that are alive.
  std::vector<Ref<Stream>> remove_all();
  // Removes all pipes and releases their destinations.
  void drop();
  // The destinations that are alive.
  std::vector<const Stream*> alive() const;
  // True if a destination is alive.
  bool any() const noexcept;

  // The source owns a destination, except while the destination owns the source: see pipe_link.h.
  void release(const Stream& destination);
  void hold(Stream& destination);

  // The Data listener of the last pipe, and its Drain listener.
  void set_data_listener(ListenerId listener) noexcept { data_listener_ = listener; }
  void set_drain_listener(ListenerId listener) noexcept { drain_listener_ = listener; }
  // The destination, if there is one pipe and Data has no other listener.
  Stream* only(const ListenerTable& source, const EventKey* data) const noexcept;
  // True if Drain of the destination has no listener besides the last pipe's.
  bool is_only_drain_listener(const ListenerTable& destination) const noexcept;

  void await_drain(const Stream& destination);
  bool awaits_drain() const noexcept { return awaits_many_ || !awaited_.empty(); }
  // True if a destination is full.
  bool is_blocked() const noexcept { return !awaited_.empty(); }
  // Returns true if no other Drain is awaited.
  bool on_drain(const Stream& destination);
  void await_none() noexcept { awaited_.clear(); }

 private:
  struct End {
    Ref<Lifeline> lifeline;
    Ref<Stream> held;

    bool leads_to(const Stream& stream) const noexcept { return lifeline->stream == &stream; }
  };

  std::vector<End> ends_;
  ListenerId data_listener_ = ListenerId::none;
  ListenerId drain_listener_ = ListenerId::none;
  // The destinations whose Drain is awaited. Before the second pipe, only the last one.
  std::vector<const Stream*> awaited_;
  bool awaits_many_ = false;
};

}  // namespace weir::internal
