// Checks that the descriptors and threads exist without which libuv aborts the process or leaks
// descriptors.
#pragma once

namespace weir::internal {

// Starts libuv's pool, once in a process, before any other call needs it.
// ERRORS: throws the system's error if the pool's threads, or descriptors for a loop and for
// libuv's signal pipe, are not available; the next call tries again.
void start_uv();

// ERRORS: throws the system's error if uv_loop_init would fail; libuv 1.44 leaks its epoll set
// then.
void require_loop_descriptors();

}  // namespace weir::internal
