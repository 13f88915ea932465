// A Loop on the libuv loop of an application.
#include <weir/loop/uv.h>
#include <weir/weir.h>

int main() {
  uv_loop_t application;
  uv_loop_init(&application);
  {
    weir::Loop loop(&application);
    loop.on_uncaught([](const std::exception_ptr&) { fmt::print("uncaught\n"); });
    auto stream = weir::fs::create_write_stream(loop, "output.txt");
    stream->on<weir::Close>([] { throw weir::Error("of a listener"); });

    uv_timer_t timer;
    uv_timer_init(&application, &timer);
    timer.data = stream.get();
    const auto write = [](uv_timer_t* fired) {  // a callback of the application
      static_cast<weir::Writable*>(static_cast<weir::fs::WriteStream*>(fired->data))
          ->end("written by a callback of libuv\n");
      uv_close(reinterpret_cast<uv_handle_t*>(fired), nullptr);
    };
    uv_timer_start(&timer, write, 1, 0);
    uv_run(&application, UV_RUN_DEFAULT);  // until neither has work
  }
  uv_run(&application, UV_RUN_DEFAULT);  // closes the handles that the Loop has left
  uv_loop_close(&application);
}
