// Writes one chunk, shared and not copied, again and again, with a pause wherever the buffer is
// full.
#pragma once

#include <weir/weir.h>

#include <utility>

namespace bench {

class ChunkWriter {
 public:
  ChunkWriter(weir::Writable& stream, weir::Buffer chunk, long count)
      : stream_(stream), chunk_(std::move(chunk)), left_(count) {
    stream_.on<weir::Drain>([this] { resume(); });
    resume();
  }
  ChunkWriter(const ChunkWriter&) = delete;
  ChunkWriter& operator=(const ChunkWriter&) = delete;

 private:
  void resume() {
    while (left_-- > 0)
      if (!stream_.write(chunk_)) return;
    stream_.end();
  }

  weir::Writable& stream_;
  weir::Buffer chunk_;
  long left_;
};

}  // namespace bench
