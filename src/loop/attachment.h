// What a higher layer keeps with a Loop: one object of each type, made when it is first asked for.
//
//   struct StandardStreams final : internal::Attachment { explicit StandardStreams(Loop& loop); };
//   auto& streams = internal::attachment<StandardStreams>(loop);
#pragma once

#include "loop/loop_core.h"
#include <weir/loop/loop.h>

#include <concepts>
#include <memory>

namespace weir::internal {

template <class T>
inline constexpr char kAttachmentKey = 0;  // its address tells the types apart

// It goes with the Loop, once no tick will run any more and before the loop's handles close.
template <std::derived_from<Attachment> T>
T& attachment(Loop& loop) {
  const void* const key = &kAttachmentKey<T>;
  if (Attachment* const attached = loop.core().attached(key)) return static_cast<T&>(*attached);
  return static_cast<T&>(loop.core().attach(key, std::make_unique<T>(loop)));
}

}  // namespace weir::internal
