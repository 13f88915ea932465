// ObjectReader: the source of an object read stream. It finds the description, then reads the
// chunks with a consume stream, which begins again after its last message where a connection is
// lost.
#pragma once

#include "nats/object.h"
#include "nats/sha256.h"
#include <weir/nats/consume_stream.h>
#include <weir/stream/source.h>

#include <cstdint>
#include <optional>
#include <string>

namespace weir::nats::internal {

class ObjectReader final : public Source, private LoopShutdownHook {
 public:
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
  ObjectReader(Connection& connection, std::string bucket, std::string name, std::int64_t mark);

  void construct(Done done) override;
  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;

 private:
  enum class Via : bool { name, link };

  void find(std::string bucket, std::string name, Via via, Done done);
  void open(Done done);
  void take(const Message& message);
  void finish();
  void fail(Error error);
  Error damage(std::string_view what) const;
  void let_go() noexcept override;

  Ref<Connection> connection_;
  ObjectInfo object_;
  std::int64_t mark_;
  std::string sum_;  // as described
  Ref<ConsumeStream> chunks_;
  std::uint64_t chunk_count_ = 0;
  std::uint64_t size_ = 0;
  Sha256 read_sum_;
  Error failed_;          // before the first read
  Ref<Readable> stream_;  // from the first read to the end
};

}  // namespace weir::nats::internal
