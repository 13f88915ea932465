// Connects a stream to its codec: passes chunks to the pool and the output to the reader.
#pragma once

#include "zlib/coder.h"
#include "zlib/settings.h"
#include <weir/base/ring.h>
#include <weir/loop/loop.h>
#include <weir/stream/transform.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir::zlib {

class CodecTransformer final : public Transformer {
 public:
  CodecTransformer(Loop& loop, std::unique_ptr<Codec> codec, const StreamSettings& settings);
  ~CodecTransformer() override;

  void transform(Transform& stream, Chunk chunk, Done done) override;
  void flush(Transform& stream, Done done) override;
  void read(Transform& stream) override;
  // Overridden because in Node Prefinish comes before the flush.
  void final(Transform& stream, Done done) override;
  void destroy(Error error, Done done) override;

  // Chunks without bytes that carry an action for their turn in the queue.
  static Buffer flush_mark(Flush kind) noexcept;
  Buffer params_mark(const Params& params);

  void reset(Transform& stream);
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }

 private:
  struct Job;

  Flush flush_of(const Transform& stream, const Chunk& chunk) const noexcept;
  void submit(std::unique_ptr<Job> job);
  void work_here(std::unique_ptr<Job> job);
  void on_worked(std::unique_ptr<Job> job);
  void deliver(std::unique_ptr<Job> job);
  template <class Piece>
  bool push(std::unique_ptr<Job>& job, Piece piece);
  void deliver_later(std::unique_ptr<Job> job);
  void fail(std::unique_ptr<Job> job, const Error& error);
  void wait_for_reader(std::unique_ptr<Job> job);

  Loop& loop_;
  StreamSettings settings_;
  std::unique_ptr<Coder> coder_;  // null once the stream is destroyed and the pool does not use it
  bool working_ = false;          // or the output is delivered later
  std::unique_ptr<Job> waiting_;  // until the reader has made room
  Ring<Params> params_;           // for the queued marks
  std::uint64_t bytes_written_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace weir::zlib
