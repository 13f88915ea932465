// The layers without devices: base, event, loop, stream, insight. See trial.h.

#include "support/trial.h"
#include <weir/base/buffer.h>
#include <weir/base/encoding.h>
#include <weir/base/string_decoder.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/insight/export.h>
#include <weir/insight/snapshot.h>
#include <weir/loop/loop.h>
#include <weir/stream/duplex_pair.h>
#include <weir/stream/finished.h>
#include <weir/stream/operators.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>
#include <weir/stream/transform.h>
#include <weir/stream/writable.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""ms;
using test::Trial;

TEST(Allocation, BuffersTextAndErrors) {
  test::expect_borne([](Trial& trial) {
    const Buffer copy = Buffer::copy(std::string(5000, 'x'));
    const Buffer adopted = Buffer::adopt(std::string(100, 'y'));
    const std::string hex = encode(adopted.bytes(), Encoding::hex);
    StringDecoder decoder(Encoding::base64);
    const std::string text = decoder.write(copy.bytes()) + decoder.end();
    Error error = Error::system(2, "open", "a name that is too long for a small string");
    const Error other = error;
    trial.expect(decode(hex, Encoding::hex) == adopted.text() && text.size() > 5000 && other);
  });
}

struct Happened {
  static constexpr std::string_view kEventName = "happened";
};
class Happening : public Emitter<Happening, Happened> {};

TEST(Allocation, AnEmitterAndTicks) {
  test::expect_borne([](Trial& trial) {
    TickQueue ticks;
    Happening emitter;
    int heard = 0;
    for (int i = 0; i < 20; ++i) emitter.on<Happened>([&heard] { ++heard; });
    for (int i = 0; i < 20; ++i) ticks.next_tick([&] { emitter.emit(Happened()); });
    ticks.drain();
    trial.expect(heard == 400);
  });
}

TEST(Allocation, TimersImmediatesAndPosts) {
  test::expect_borne([](Trial& trial) {
    int called = 0;
    Loop loop;
    const auto count = [&called] { ++called; };
    for (int i = 0; i < 3; ++i) {
      trial.attempt([&] { loop.set_immediate(count); });
      trial.attempt([&] { loop.set_timeout(0ms, count); });
      trial.attempt([&] { loop.post(count); });
      trial.attempt([&] { loop.next_tick(count); });
    }
    trial.run(loop);
    trial.expect(called == 12);
  });
}

// As with an exception of the program's own.
TEST(Allocation, ExceptionsThatLeaveRun) {
  test::expect_borne([](Trial& trial) {
    int uncaught = 0;
    Loop loop;
    loop.on_uncaught([&](const std::exception_ptr&) { ++uncaught; });
    for (int i = 0; i < 3; ++i) loop.set_immediate([] { throw Error("the program's"); });
    trial.run(loop);
    trial.expect(uncaught == 3);
  });
}

// What a LateSink has got. It outlives the Loop, as the Done keeps its stream alive.
struct Device {
  std::string written;
  std::optional<Done> done;
};

// Its writes are done later. It reports a failure of its own, since a write whose sink throws does
// not complete.
struct LateSink : Sink {
  LateSink(Loop& loop, Device& device) : loop_(loop), device_(device) {}
  void write(Chunk chunk, Done done) override {
    device_.done.emplace(std::move(done));
    try {
      device_.written += chunk.text();
      loop_.set_immediate([&device = device_] { complete(device, {}); });
    } catch (const std::bad_alloc&) {
      complete(device_, Error::system(ENOMEM, "write"));
    }
  }
  static void complete(Device& device, Error error) {
    Done done = std::move(*device.done);
    device.done.reset();
    done(std::move(error));
  }
  Loop& loop_;
  Device& device_;
};

TEST(Allocation, AWritableStream) {
  test::expect_borne([](Trial& trial) {
    Device device;
    Loop loop;
    const auto stream = trial.watch(
        Writable::make(loop, std::make_unique<LateSink>(loop, device), {.high_water_mark = 8}));
    for (int i = 0; i < 8; ++i) trial.write(*stream, "text\n");
    if (!trial.accept([&](Callback callback) { stream->flush(std::move(callback)); }))
      stream->destroy();
    trial.attempt([&] { stream->print("{} {}\n", "printed", 1); });
    trial.end(*stream);
    trial.run(loop);
    trial.expect(device.written.size() == 50);
  });
}

TEST(Allocation, AReadableStream) {
  test::expect_borne([](Trial& trial) {
    std::string text;
    Loop loop;
    const auto stream =
        trial.watch(Readable::make(loop, {.read = [left = 5](Readable& to, std::size_t) mutable {
                                     if (left-- > 0)
                                       to.push(Buffer::copy(std::string(100, 'x')));
                                     else
                                       to.push(nullptr);
                                   }}));
    stream->on<Data>([&](const Data& data) { text += data.chunk.text(); });
    trial.run(loop);
    trial.expect(text.size() == 500);
  });
}

TEST(Allocation, APipeline) {
  test::expect_borne([](Trial& trial) {
    Device device;
    Loop loop;
    const auto source = trial.watch(Readable::from(
        loop, std::vector<std::string>{std::string(3000, 'a'), std::string(3000, 'b'), "c"}));
    const auto through = trial.watch(PassThrough::make(loop, {.high_water_mark = 1000}));
    const auto destination = trial.watch(
        Writable::make(loop, std::make_unique<LateSink>(loop, device), {.high_water_mark = 1000}));
    trial.accept(
        [&](Callback callback) { pipeline(source, through, destination, std::move(callback)); });
    trial.run(loop);
    trial.expect(device.written.size() == 6001);
  });
}

TEST(Allocation, APipeToAPairAndOperators) {
  test::expect_borne([](Trial& trial) {
    std::string text;
    Loop loop;
    auto [here, there] = duplex_pair(loop);
    trial.watch(here);
    trial.watch(there);
    there->on<Data>([&](const Data& data) { text += data.chunk.text(); });
    there->on<End>([&] { there->end(); });
    here->resume();
    Readable::from(loop, std::vector<std::string>{"one", "two", "three"})->pipe(here);
    trial.run(loop);
    trial.expect(text == "onetwothree");
  });
}

TEST(Allocation, ADestroyedStream) {
  test::expect_borne([](Trial& trial) {
    Device device;
    bool failed = false;
    Loop loop;
    const auto stream = Writable::make(loop, std::make_unique<LateSink>(loop, device));
    stream->on<Error>([&] { failed = true; });
    for (int i = 0; i < 4; ++i) stream->write("text\n");
    stream->destroy(Error("the program's"));
    trial.run(loop);
    trial.expect(failed);
  });
}

// Without to_json: nlohmann::json leaks where an allocation of its own fails.
TEST(Allocation, ASnapshot) {
  test::expect_borne([](Trial& trial) {
    Device device;
    Loop loop;
    const auto stream = trial.watch(Writable::make(loop, std::make_unique<LateSink>(loop, device)));
    stream->set_name("a name that is too long for a small string");
    trial.write(*stream, "text\n");
    const insight::Snapshot now = insight::take_snapshot(loop);
    const std::string metrics = insight::to_prometheus(now);
    trial.end(*stream);
    trial.run(loop);
    trial.expect(metrics.size() > 100);
  });
}

}  // namespace
}  // namespace weir
