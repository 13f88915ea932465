// Data of a higher layer that belongs to a Loop: one object of each type, created on first use.
//
//   struct StandardStreams final : internal::LoopLocal { explicit StandardStreams(Loop& loop); };
//   auto& streams = internal::loop_local<StandardStreams>(loop);
#pragma once

#include "loop/loop_core.h"
#include <weir/loop/loop.h>

#include <concepts>
#include <memory>

namespace weir::internal {

template <class T>
inline constexpr char kLoopLocalKey = 0;  // its address distinguishes the types

// Destroyed with the Loop, after its last tick and before its handles close.
template <std::derived_from<LoopLocal> T>
T& loop_local(Loop& loop) {
  const void* const key = &kLoopLocalKey<T>;
  if (LoopLocal* const local = loop.core().find_local(key)) return static_cast<T&>(*local);
  return static_cast<T&>(loop.core().add_local(key, std::make_unique<T>(loop)));
}

}  // namespace weir::internal
