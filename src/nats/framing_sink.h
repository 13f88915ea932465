// FramingSink: the sink of a publish stream of bytes: chunks, or lines.
#pragma once

#include <weir/nats/publish_stream.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::nats::internal {

class FramingSink final : public Sink {
 public:
  FramingSink(std::unique_ptr<PublishEngine> engine, Connection& connection,
              const PublishOptions& options)
      : engine_(std::move(engine)), connection_(connection), framing_(options.framing) {}

  SinkTraits traits() const noexcept {
    return {.construct = true,
            .write = true,
            .writev = true,
            .final = framing_ == Framing::line,
            .delivery = Delivery::until_tick,
            .merges = framing_ == Framing::line,
            .overlaps = true};
  }

  void construct(Done done) override { engine_->construct(std::move(done)); }
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  void split(const Buffer& chunk, std::vector<Buffer>& messages);

  std::unique_ptr<PublishEngine> engine_;
  Connection& connection_;  // the engine keeps it
  Framing framing_;
  std::string tail_;  // a line that has no end yet; its write counts as complete
};

}  // namespace weir::nats::internal
