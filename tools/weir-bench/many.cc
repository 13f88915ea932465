// w7: many files open at once, a line into each of them every turn of the loop. A round waits for
// the streams that had no room.
#include "weir-bench/file.h"

#include <vector>

namespace bench {
namespace {

constexpr long kRounds = 100;

class Writer {
 public:
  Writer(weir::Loop& loop, const Arguments& arguments) : loop_(loop) {
    const std::string directory = environment("BENCH_DIR") + "/many/";
    streams_.reserve(static_cast<std::size_t>(arguments.count));
    for (long i = 0; i < arguments.count; ++i) {
      streams_.push_back(open_file(loop, directory + std::to_string(i), arguments));
      weir::fs::WriteStream& stream = *streams_.back();
      stream.on<weir::Close>([this, &stream] { bytes_ += stream.bytes_written(); });
    }
  }

  void round() {
    if (number_ == kRounds) {
      for (const auto& stream : streams_) stream->end();
      return;
    }
    waiting_ = 1;
    const std::string_view line = line_(number_++);
    for (const auto& stream : streams_)
      if (!stream->write(line)) {
        ++waiting_;
        stream->once<weir::Drain>([this] { one_is_ready(); });
      }
    one_is_ready();
  }

  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void one_is_ready() {
    if (--waiting_ == 0) loop_.set_immediate([this] { round(); });
  }

  weir::Loop& loop_;
  std::vector<weir::Ref<weir::fs::WriteStream>> streams_;
  long number_ = 0;
  std::size_t waiting_ = 0;
  LineText line_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

void write_many(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  Writer writer(loop, arguments);
  writer.round();
  loop.run();
  measurement.report(writer.bytes(), static_cast<std::uint64_t>(arguments.count * kRounds));
}

}  // namespace bench
