// weir/loop/uv.h - weir on an application's libuv loop. No other public header includes <uv.h>.
//
//   uv_loop_t* application = uv_default_loop();
//   weir::Loop loop(application);          // weir's streams on the application's loop
//   loop.on_uncaught([](std::exception_ptr thrown) { ... });
//   uv_run(application, UV_RUN_DEFAULT);   // ticks and immediates run as they would in loop.run()
//
// Under the application's uv_run, no run() can throw the exception of a callback or an Error
// without a listener. The Loop passes it to on_uncaught, and continues. Without a handler, or if
// the handler throws, the Loop prints the exception and calls std::terminate; a terminate handler
// finds it with std::current_exception().
#pragma once

#include <weir/loop/loop.h>

#include <uv.h>

namespace weir {

// The libuv loop under a Loop.
uv_loop_t* uv_loop_of(Loop& loop) noexcept;

}  // namespace weir
