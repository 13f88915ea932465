// log_writer [LINES] [drop|wait] - a service that logs to standard output.
//
// The reader of the log may be slow. A request can `wait` until the log has room, or the service
// can `drop` lines meanwhile and report their number. In both modes the memory is bounded, and
// buffered data has a moment to be written when the service exits.
#include <weir/weir.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string_view>

using namespace std::chrono_literals;

class Log {
 public:
  explicit Log(weir::Loop& loop) : out_(weir::standard_output(loop)) {
    out_->on<weir::Drain>([this] {
      if (const int dropped = std::exchange(dropped_, 0)) out_->print("({} dropped)\n", dropped);
    });
  }

  bool has_room() const { return !out_->writable_need_drain(); }
  void when_there_is_room(std::function<void()> call) { out_->once<weir::Drain>(std::move(call)); }

  void add(int request) {
    if (!has_room()) return void(++dropped_);
    out_->print("request {} served\n", request);
  }

 private:
  weir::Ref<weir::OutputStream> out_;
  int dropped_ = 0;
};

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 3;
  const bool waits = argc > 2 && argv[2] == std::string_view("wait");
  weir::Loop loop;
  Log log(loop);
  int request = 0;
  const std::function<void()> serve = [&] {
    if (waits && !log.has_room()) return log.when_there_is_room(serve);
    log.add(request++);
    if (request < requests)
      loop.set_immediate([&] { serve(); });
    else
      loop.stop();  // exits without waiting for the log's reader
  };
  serve();
  loop.run();
  const std::size_t lost = weir::flush_standard_streams(loop, 300ms);
  if (lost > 0) fmt::print(stderr, "{} bytes of the log are lost\n", lost);
  return lost > 0 ? 1 : 0;
}
