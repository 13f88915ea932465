// Tests streams without files, sockets or waits: the sink is the test's.
#include <weir/weir.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void test_backpressure() {
  // Write until the buffer is full, then complete the write.
  weir::Loop loop;
  std::vector<weir::Done> pending;
  auto stream = weir::Writable::make(
      loop, {.write = [&](weir::Chunk, weir::Done done) { pending.push_back(std::move(done)); }},
      {.high_water_mark = 8});
  bool drained = false;
  stream->on<weir::Drain>([&] { drained = true; });
  expect(stream->write("four"));
  expect(!stream->write("more"));  // 8 bytes: the buffer is full
  while (!pending.empty()) {
    weir::Done done = std::move(pending.back());
    pending.pop_back();
    done();      // the sink has taken the chunk
    loop.run();  // which lets the stream pass on the next one
  }
  expect(drained);
}

void test_failure() {
  // Fail the first write.
  weir::Loop loop;
  auto stream = weir::Writable::make(
      loop, {.write = [](weir::Chunk, weir::Done done) { done(weir::Error("the sink is full")); }});
  std::string name;
  stream->on<weir::Error>([&](const weir::Error& error) { name = error.what(); });
  stream->end("lost");
  loop.run();
  expect(name == "the sink is full");
}

void test_order() {
  // Record each event.
  weir::Loop loop;
  std::string log;
  auto stream = weir::Writable::make(loop, {.write = [&](weir::Chunk chunk, weir::Done done) {
                                       log += chunk.text();
                                       done();
                                     }});
  stream->on<weir::Finish>([&] { log += " finish"; });
  stream->on<weir::Close>([&] { log += " close"; });
  stream->write("one ", [&](const weir::Error&) { log += " written"; });
  stream->end("two");
  loop.run();
  fmt::print("{}\n", log);
  expect(log == "one two written finish close");
}

}  // namespace

int main() {
  test_backpressure();
  test_failure();
  test_order();
}
