// pipe, pipe-through: chunks of 64 KiB from memory into a sink that drops them; with a PassThrough
// between the two.
#include "weir-bench/workload.h"
#include <weir/weir.h>

#include <memory>
#include <string>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t kChunk = 64 * 1024;

struct Origin final : weir::Source {
  explicit Origin(long count) : left(count) {}
  void read(weir::Readable& stream, std::size_t) override {
    if (left-- > 0)
      stream.push(chunk);
    else
      stream.push(nullptr);
  }
  long left;
  weir::Buffer chunk = weir::Buffer::adopt(std::string(kChunk, 'x'));
};

struct Drop final : weir::Sink {
  explicit Drop(std::uint64_t& counter) : bytes(counter) {}
  void write(weir::Chunk chunk, weir::Done done) override {
    bytes += chunk.size();
    done();
  }
  std::uint64_t& bytes;
};

}  // namespace

void pipe_memory(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  std::uint64_t bytes = 0;
  const auto source = weir::Readable::make(loop, std::make_unique<Origin>(arguments.count),
                                           {.high_water_mark = arguments.high_water_mark});
  const auto sink = weir::Writable::make(loop, std::make_unique<Drop>(bytes),
                                         {.high_water_mark = arguments.high_water_mark});
  if (arguments.workload == "pipe-through")
    source->pipe(weir::PassThrough::make(loop, {.high_water_mark = arguments.high_water_mark}))
        ->pipe(sink);
  else
    source->pipe(sink);
  loop.run();
  measurement.report(bytes, static_cast<std::uint64_t>(arguments.count));
}

}  // namespace bench
