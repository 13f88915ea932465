// What a higher layer keeps with a Loop: one object of each type, made when it is first asked for.
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
inline constexpr char kLoopLocalKey = 0;  // its address tells the types apart

// It goes with the Loop, once no tick will run any more and before the loop's handles close.
template <std::derived_from<LoopLocal> T>
T& loop_local(Loop& loop) {
  const void* const key = &kLoopLocalKey<T>;
  if (LoopLocal* const local = loop.core().find_local(key)) return static_cast<T&>(*local);
  return static_cast<T&>(loop.core().add_local(key, std::make_unique<T>(loop)));
}

}  // namespace weir::internal
