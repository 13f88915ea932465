// Tests streams without files, sockets or waits: the sink is the test's.
#include <weir/weir.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
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

// Takes no byte.
class FullDisk : public weir::fs::FileOps {
 public:
  void open(const std::string&, int, int, Completed completed) override { completed(3); }
  void write(int, Views, std::optional<std::int64_t>, Completed completed) override {
    completed(-ENOSPC);
  }
  void sync(int, Completed completed) override { completed(0); }
  void datasync(int, Completed completed) override { completed(0); }
  void close(int, Completed completed) override { completed(0); }
  void close_now(int) noexcept override {}
};

void test_full_disk() {
  // Write to a disk without space.
  weir::Loop loop;
  auto stream =
      weir::fs::create_write_stream(loop, "out.txt", {.file_ops = weir::make_ref<FullDisk>()});
  std::string message;
  stream->on<weir::Error>([&](const weir::Error& error) { message = error.what(); });
  stream->end("lost");
  loop.run();
  expect(message == "ENOSPC: no space left on device, write 'out.txt'");
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
  test_full_disk();
  test_order();
}
