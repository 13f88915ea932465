// Between a stream and its codec: hands chunks to the pool, and what comes of them to the reader.
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
  // Overridden so that, as in Node, Prefinish comes before the flush.
  void final(Transform& stream, Done done) override;
  void destroy(Error error, Done done) override;

  // Chunks without bytes that carry what the stream shall do when their turn comes.
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
  void fail(std::unique_ptr<Job> job, const Error& error);
  void wait_for_reader(std::unique_ptr<Job> job);

  Loop& loop_;
  StreamSettings settings_;
  std::unique_ptr<Coder> coder_;  // none once the stream is destroyed and nobody uses it any more
  bool working_ = false;
  std::unique_ptr<Job> waiting_;  // for the reader to make room
  Ring<Params> params_;           // of the marks that are queued
  std::uint64_t bytes_written_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace weir::zlib
