// A log that keeps nobody waiting: what it has no room for is counted instead of written.
#include <weir/weir.h>

#include <utility>

class Log {
 public:
  Log(weir::Loop& loop, const char* path)
      : file_(weir::fs::create_write_stream(loop, path, {.flags = "a", .flush = true})) {
    file_->on<weir::Drain>([this] { tell_dropped(); });
  }

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (file_->writable_need_drain()) return void(++dropped_);
    file_->write("INFO  ");
    file_->print(format, std::forward<Args>(args)...);
    file_->write("\n");
  }

  void close() {
    tell_dropped();
    file_->end();
  }

 private:
  void tell_dropped() {
    if (dropped_ > 0) file_->print("WARN  {} lines were dropped\n", std::exchange(dropped_, 0));
  }

  weir::Ref<weir::fs::WriteStream> file_;
  int dropped_ = 0;
};

int main() {
  weir::Loop loop;
  Log log(loop, "app.log");
  for (int i = 0; i < 1000; ++i) log.info("request {:08} was answered", i);  // faster than any disk
  log.close();
  loop.run();
}
