// weir/loop/uv.h - weir beside other users of libuv. The only public header that includes <uv.h>.
//
//   uv_loop_t* application = uv_default_loop();
//   weir::Loop loop(application);          // weir's streams on the application's loop
//   uv_run(application, UV_RUN_DEFAULT);   // ticks and immediates run as they would in loop.run()
#pragma once

#include <weir/loop/loop.h>

#include <uv.h>

namespace weir {

// The libuv loop under a Loop.
uv_loop_t* uv_loop_of(Loop& loop) noexcept;

}  // namespace weir
