// Names to addresses, by libuv and so by the system's resolver on the pool.
#pragma once

#include "loop/loop_core.h"
#include <weir/net/socket.h>

#include <string>

namespace weir::net {

// CALLS BACK: `done` once, on a later turn; destroys it uncalled where the Loop goes first.
void resolve(internal::LoopCore& core, const std::string& host, Family family, LookupDone done);

}  // namespace weir::net
