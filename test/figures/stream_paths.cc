// The paths without devices: events, ticks, writes, reads, pipes.
#include "figures/paths.h"
#include <weir/weir.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace figures {
namespace {

using weir::Ref;

constexpr long kMany = 20'000;
constexpr std::string_view kLine = "hello world\n";

struct Rung {
  static constexpr std::string_view kEventName = "rung";
  int times;
};
struct Bell : weir::Emitter<Bell, Rung> {};

struct NullSink final : weir::Sink {
  void write(weir::Chunk, weir::Done done) override { done(); }
};

struct NextTickSink final : weir::Sink {
  explicit NextTickSink(weir::Loop& on) : loop(on) {}
  void write(weir::Chunk, weir::Done done) override {
    loop.next_tick([done = std::move(done)]() mutable { std::move(done)(); });
  }
  weir::Loop& loop;
};

// Takes what was written in a batch.
struct BatchSink final : weir::Sink {
  void write(weir::Chunk, weir::Done done) override { done(); }
  void writev(weir::Batch, weir::Done done) override { done(); }
};

struct Origin final : weir::Source {
  Origin(weir::Buffer each, long count) : chunk(std::move(each)), left(count) {}
  void read(weir::Readable& stream, std::size_t) override {
    if (left-- > 0)
      stream.push(chunk);
    else
      stream.push(nullptr);
  }
  weir::Buffer chunk;
  long left;
};

Ref<weir::Readable> origin(weir::Loop& loop, std::size_t size) {
  return weir::Readable::make(
      loop, std::make_unique<Origin>(weir::Buffer::adopt(std::string(size, 'x')), kMany));
}

Ref<weir::Writable> drop(weir::Loop& loop) {
  return weir::Writable::make(loop, std::make_unique<NullSink>());
}

// Writes to a new stream until it is closed, with a pause wherever it has no room.
template <class S, class Write>
void fill(weir::Loop& loop, const Ref<S>& stream, Write write) {
  weir::produce(*stream, [write, left = kMany](S& to) mutable {
    write(to);
    return --left > 0;
  });
  loop.run();
}

}  // namespace

void count_events() {
  Bell bell;
  int heard = 0;
  for (int i = 0; i < 2; ++i) bell.on<Rung>([&heard](const Rung& rung) { heard += rung.times; });
  measure("an event to two listeners", kMany, [&] {
    for (long i = 0; i < kMany; ++i) bell.emit(Rung{1});
  });
}

void count_ticks() {
  weir::TickQueue ticks;
  long called = 0;
  measure("a tick", kMany, [&] {
    for (long i = 0; i < kMany / 10; ++i) {
      for (int k = 0; k < 10; ++k) ticks.next_tick([&called] { ++called; });
      ticks.drain();
    }
  });
  weir::Loop loop;
  measure("an immediate", kMany, [&] {
    for (long i = 0; i < kMany; ++i) loop.set_immediate([&called] { ++called; });
    loop.run();
  });
}

void count_writes() {
  weir::Loop loop;
  const weir::Buffer line = weir::Buffer::copy(kLine);
  measure("a write that is done at once", kMany,
          [&] { fill(loop, drop(loop), [&](weir::Writable& to) { to.write(line); }); });
  measure("a write that is done on the next tick", kMany, [&] {
    fill(loop, weir::Writable::make(loop, std::make_unique<NextTickSink>(loop)),
         [&](weir::Writable& to) { to.write(line); });
  });
  measure("a write with a callback", kMany, [&] {
    fill(loop, drop(loop), [&](weir::Writable& to) { to.write(line, [](const weir::Error&) {}); });
  });
  measure("a write of ten that are corked", kMany, [&] {
    fill(loop, weir::Writable::make(loop, std::make_unique<BatchSink>()),
         [&, place = 0](weir::Writable& to) mutable {
           if (place == 0) to.cork();
           to.write(line);
           if (++place < 10) return;
           place = 0;
           to.uncork();
         });
  });
}

void count_objects() {
  weir::Loop loop;
  measure("a write of an object", kMany, [&] {
    const auto rows =
        weir::ObjectWritable<int>::make(loop, {.write = [](int, weir::Done done) { done(); }});
    fill(loop, rows, [](weir::ObjectWritable<int>& to) { to.write(1); });
  });
}

void count_reads() {
  weir::Loop loop;
  measure("a chunk that is read by a Data listener", kMany, [&] {
    const auto stream = origin(loop, 100);
    std::size_t size = 0;
    stream->on<weir::Data>([&size](const weir::Data& data) { size += data.chunk.size(); });
    loop.run();
  });
  measure("a chunk that is read with read()", kMany, [&] {
    const auto stream = origin(loop, 100);
    std::size_t size = 0;
    stream->on<weir::ReadableEvent>([&] {
      while (const auto chunk = stream->read()) size += chunk->size();
    });
    loop.run();
  });
}

void count_pipes() {
  weir::Loop loop;
  measure("a chunk through a pipe", kMany, [&] {
    origin(loop, 64 * 1024)->pipe(drop(loop));
    loop.run();
  });
  measure("a chunk through a transform", kMany, [&] {
    const auto same = weir::Transform::make(
        loop, {.transform = [](weir::Transform& stream, weir::Chunk chunk, weir::Done done) {
          stream.push(std::move(chunk));
          done();
        }});
    origin(loop, 100)->pipe(same)->pipe(drop(loop));
    loop.run();
  });
}

}  // namespace figures
