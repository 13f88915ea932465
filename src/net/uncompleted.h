// Uncompleted - the write and the end that a connection has not completed when it closes.
#pragma once

#include <weir/base/function.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/done.h>

#include <cstdint>
#include <optional>

namespace weir::net {

struct Uncompleted {
  std::optional<Done> write;
  std::optional<Done> final;
};

enum class Reached : std::uint8_t { peer, nobody };

// Completes them and calls `emit_close` once, in the order of Node's sockets: where a peer was
// reached, the callbacks come before Close, with ECANCELED, else after it.
// REQUIRES: the stream's destroy has completed, and its Error was emitted. `emit_close` owns the
// stream.
void close_with(TickQueue& ticks, Uncompleted left, Reached reached, Function<void()> emit_close);

}  // namespace weir::net
