// w4: a custom sink that drops its chunks and is done at once, or on the next tick.
#include "weir-bench/workload.h"
#include <weir/weir.h>

#include <memory>
#include <utility>

namespace bench {
namespace {

struct Counts {
  std::uint64_t bytes = 0;
  std::uint64_t operations = 0;

  void add(const weir::Chunk& chunk) noexcept {
    bytes += chunk.size();
    ++operations;
  }
};

class NullSink final : public weir::Sink {
 public:
  explicit NullSink(Counts& counts) : counts_(counts) {}
  void write(weir::Chunk chunk, weir::Done done) override {
    counts_.add(chunk);
    done();
  }

 private:
  Counts& counts_;
};

class LaterSink final : public weir::Sink {
 public:
  LaterSink(Counts& counts, weir::Loop& loop) : counts_(counts), loop_(loop) {}
  void write(weir::Chunk chunk, weir::Done done) override {
    counts_.add(chunk);
    loop_.next_tick([done = std::move(done)]() mutable { std::move(done)(); });
  }

 private:
  Counts& counts_;
  weir::Loop& loop_;
};

struct Writer {
  weir::Writable& stream;
  weir::Buffer chunk;
  long left;

  void resume() {
    while (left-- > 0)
      if (!stream.write(chunk)) return;
    stream.end();
  }
};

template <class S>
void write_into(weir::Loop& loop, std::unique_ptr<S> sink, const Counts& counts,
                const Arguments& arguments) {
  const Measurement measurement(arguments);
  const weir::Ref<weir::Writable> stream =
      weir::Writable::make(loop, std::move(sink), {.high_water_mark = arguments.high_water_mark});
  Writer writer{*stream, weir::Buffer::copy("hello world\n"), arguments.count};
  stream->on<weir::Drain>([&] { writer.resume(); });
  writer.resume();
  loop.run();
  measurement.report(counts.bytes, counts.operations);
}

}  // namespace

void write_null(const Arguments& arguments) {
  weir::Loop loop;
  Counts counts;
  if (arguments.workload == "w4-sync")
    write_into(loop, std::make_unique<NullSink>(counts), counts, arguments);
  else
    write_into(loop, std::make_unique<LaterSink>(counts, loop), counts, arguments);
}

}  // namespace bench
