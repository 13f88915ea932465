// A stream class of your own, with an event and functions that others do not have.
#include <weir/weir.h>

struct Milestone {
  static constexpr std::string_view kEventName = "milestone";
  std::size_t bytes;
};

struct CountingSink : weir::Sink {
  void write(weir::Chunk chunk, weir::Done done) override {
    bytes += chunk.size();
    if (bytes >= next) on_milestone(std::exchange(next, next + 10));
    done();
  }
  std::size_t bytes = 0;
  std::size_t next = 10;
  weir::Function<void(std::size_t)> on_milestone;
};

class Counter : public weir::DerivedStream<Counter, weir::Writable, Milestone> {
 public:
  static weir::Ref<Counter> make(weir::Loop& loop, const weir::WritableOptions& options = {}) {
    return weir::make_stream<Counter>(loop, std::make_unique<CountingSink>(), options);
  }
  std::size_t bytes() const { return sink_.bytes; }

 protected:
  Counter(CountingSink& sink, const weir::WritableOptions& options)
      : DerivedStream(sink, options), sink_(sink) {
    sink_.on_milestone = [this](std::size_t bytes) { emit(Milestone{bytes}); };
  }

 private:
  CountingSink& sink_;
};

int main() {
  weir::Loop loop;
  auto counter = Counter::make(loop);
  counter->on<Milestone>([](const Milestone& event) { fmt::print("{} bytes\n", event.bytes); });
  counter->write("Hello, ");
  counter->end("custom class!");
  loop.run();
  fmt::print("{} in all\n", counter->bytes());
}
