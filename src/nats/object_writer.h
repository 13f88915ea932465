// ObjectWriter: the sink of an object write stream.
//
//   chunks      are stored                     final: all are acknowledged     -> described
//   described   in the right number and order  the description is acknowledged -> stored
//   stored      the chunks of the object that had the name before are deleted
//
// A stream that is destroyed before `stored` deletes its chunks, unless the description may have
// been stored all the same: then the bucket is asked for it first.
#pragma once

#include "nats/object.h"
#include "nats/publisher.h"
#include "nats/sha256.h"
#include <weir/loop/scoped_timer.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::nats::internal {

class ObjectWriter final : public Sink {
 public:
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
  ObjectWriter(Connection& connection, std::string bucket, std::string name,
               const ObjectWriteOptions& options);

  SinkTraits traits() const noexcept {
    return {.construct = true,
            .write = true,
            .writev = true,
            .final = true,
            .delivery = Delivery::until_tick,
            .merges = true,
            .overlaps = true};
  }

  void construct(Done done) override { publisher_->construct(std::move(done)); }
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  enum class State : std::uint8_t { chunks, described, stored };

  void begin();
  void cut(const Buffer& data, std::vector<Buffer>& chunks);
  void check_chunks(Done done);
  void describe(Done done);
  void publish_description(Done done, const ObjectInfo& replaced);
  bool counts_again(std::uint64_t found, Done& done);
  Error damage(std::uint64_t found) const;

  Ref<Connection> connection_;
  ObjectInfo object_;
  State state_ = State::chunks;
  bool is_destroyed_ = false;
  std::string tail_;  // less than a chunk; its writes count as complete
  Sha256 sum_;
  int counts_ = 0;  // of the stored chunks
  ScopedTimer counting_;
  std::unique_ptr<Publisher> publisher_;
  ScopedTimer clearing_;  // set: the stream is destroyed, and its chunks are being deleted
};

}  // namespace weir::nats::internal
