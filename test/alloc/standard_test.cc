// Standard streams, on a pipe in place of the process's own; std::ostream on a stream; and the rate
// limit. See trial.h.

#include "support/trial.h"
#include <weir/loop/loop.h>
#include <weir/pace/rate_limit.h>
#include <weir/stdio/ostream.h>
#include <weir/stdio/standard_streams.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir {
namespace {

using test::Trial;

// Puts one end of a pipe in place of a standard descriptor while it lives.
class PipeAs {
 public:
  explicit PipeAs(int standard) : standard_(standard), saved_(::dup(standard)) {
    std::array<int, 2> ends;
    if (saved_ < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    const bool is_read = standard == STDIN_FILENO;
    other_ = is_read ? ends[1] : ends[0];
    if (::dup2(is_read ? ends[0] : ends[1], standard) < 0) std::abort();
    ::close(is_read ? ends[0] : ends[1]);
  }
  PipeAs(const PipeAs&) = delete;
  PipeAs& operator=(const PipeAs&) = delete;
  ~PipeAs() {
    restore();
    close_other();
  }

  void say(std::string_view text) const {
    if (::write(other_, text.data(), text.size()) < 0) std::abort();
  }
  void close_other() {
    if (other_ >= 0) ::close(std::exchange(other_, -1));
  }
  // The bytes in the pipe, once nobody can write to it.
  std::size_t size() {
    restore();
    std::array<char, 4096> piece;
    std::size_t size = 0;
    for (ssize_t count; (count = ::read(other_, piece.data(), piece.size())) > 0;)
      size += static_cast<std::size_t>(count);
    return size;
  }

 private:
  void restore() {
    if (saved_ < 0) return;
    ::dup2(saved_, standard_);
    ::close(std::exchange(saved_, -1));
  }
  int standard_;
  int saved_;
  int other_ = -1;
};

TEST(StandardAllocation, TextToStandardOutput) {
  test::expect_borne([](Trial& trial) {
    PipeAs pipe(STDOUT_FILENO);
    {
      Loop loop;
      const auto out = standard_output(loop);
      out->on<Error>([&] { trial.report(); });
      trial.write(*out, std::string(3000, 'x'));
      trial.attempt([&] { out->print("{} and more\n", std::string(500, 'y')); });
      trial.write(*out, "the end\n");
      trial.run(loop);
    }
    trial.expect(pipe.size() == 3000 + 510 + 8, "the text");
  });
}

TEST(StandardAllocation, TextFromStandardInput) {
  test::expect_borne([](Trial& trial) {
    PipeAs pipe(STDIN_FILENO);
    pipe.say(std::string(3000, 'x'));
    pipe.close_other();
    std::string text;
    Loop loop;
    const auto in = trial.watch(standard_input(loop));
    in->on<Data>([&](const Data& data) { text += data.chunk.text(); });
    trial.run(loop);
    trial.expect(text.size() == 3000);
  });
}

TEST(StandardAllocation, AnOstreamOnAStream) {
  test::expect_borne([](Trial& trial) {
    std::string written;
    Loop loop;
    const auto stream =
        trial.watch(Writable::make(loop, {.write = [&](const Chunk& chunk, Done done) {
                                     written += chunk.text();
                                     done();
                                   }}));
    {
      auto out = ostream(*stream);
      for (int i = 0; i < 3; ++i) out << std::string(1000, 'x') << i << '\n';
      out.flush();
      // As of any std::ostream: an exception of its buffer is a bad state, unless it is asked for.
      if (!out) {
        trial.report();
        stream->destroy();
      }
    }
    trial.end(*stream);
    trial.run(loop);
    trial.expect(written.size() == 3 * 1002);
  });
}

TEST(PaceAllocation, AChunkInManyParts) {
  test::expect_borne([](Trial& trial) {
    std::size_t passed = 0;
    Loop loop;
    const auto source = trial.watch(Readable::from(loop, std::string(5000, 'x')));
    const auto limit = trial.watch(
        create_rate_limit(loop, {.bytes_per_second = std::uint64_t{1} << 20, .burst = 1000}));
    const auto out = trial.watch(Writable::make(loop, {.write = [&](const Chunk& chunk, Done done) {
                                                  passed += chunk.size();
                                                  done();
                                                }}));
    trial.accept([&](Callback callback) { pipeline(source, limit, out, std::move(callback)); });
    trial.run(loop);
    trial.expect(passed == 5000);
  });
}

}  // namespace
}  // namespace weir
