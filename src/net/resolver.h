// Resolves names to addresses, with the system's resolver on libuv's thread pool.
#pragma once

#include "loop/loop_core.h"
#include <weir/net/socket.h>

#include <string>

namespace weir::net {

// CALLS BACK: `done` once, on a later turn. If the Loop ends first, `done` is destroyed uncalled.
void resolve(internal::LoopCore& core, const std::string& host, Family family, LookupDone done);

}  // namespace weir::net
