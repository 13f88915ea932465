// weir/loop/uv.h - weir beside other users of libuv. The only public header that includes <uv.h>.
//
//   uv_loop_t* application = uv_default_loop();
//   weir::Loop loop(application);          // weir's streams on the application's loop
//   loop.on_uncaught([](std::exception_ptr thrown) { ... });
//   uv_run(application, UV_RUN_DEFAULT);   // ticks and immediates run as they would in loop.run()
//
// Under the application's uv_run there is no run() to throw what a callback throws, or an Error
// that has no listener. It goes to on_uncaught, and the loop goes on. Without a handler, or where
// that throws as well, it is printed and std::terminate ends the process; a terminate handler finds
// it as std::current_exception().
#pragma once

#include <weir/loop/loop.h>

#include <uv.h>

namespace weir {

// The libuv loop under a Loop.
uv_loop_t* uv_loop_of(Loop& loop) noexcept;

}  // namespace weir
