// The descriptors and threads without which libuv ends the process, or loses descriptors.
#pragma once

namespace weir::internal {

// Starts libuv's pool, once in a process, so that no later call has to. ERRORS: throws the system's
// where the pool's threads, or descriptors for a loop and for libuv's signal pipe, cannot be had;
// the next call tries again.
void start_uv();

// ERRORS: throws the system's where uv_loop_init would fail; libuv 1.44 leaves its epoll set open
// then.
void require_loop_descriptors();

}  // namespace weir::internal
