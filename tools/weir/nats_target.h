// A destination that is a subject: each line becomes a message, which JetStream has stored when the
// copy is complete.
#pragma once

#include "weir/nats_place.h"
#include "weir/target.h"
#include <weir/nats/connection.h>
#include <weir/nats/publish_stream.h>
#include <weir/weir.h>

#include <cstdint>

namespace tool {

class NatsTarget final : public Target {
 public:
  // ERRORS: throws the error of the endpoint.
  NatsTarget(weir::Loop& loop, const Endpoint& endpoint, const CopyOptions& options);

  void open(Opened opened) override;
  std::uint64_t bytes_written() const noexcept override;
  void give_up() override;
  weir::Error named(const weir::Error& error) const override;

 private:
  weir::nats::PublishOptions publish_options() const;

  weir::Loop& loop_;
  const CopyOptions& options_;
  NatsPlace place_;
  weir::Ref<weir::nats::Connection> connection_;
  weir::Ref<weir::nats::PublishStream> out_;
  bool is_given_up_ = false;
};

}  // namespace tool
