// A destination that is a subject: each line becomes a message, which JetStream has stored when the
// copy is complete. Or one that is an object, which is visible when the copy is complete.
#pragma once

#include "weir/nats_place.h"
#include "weir/target.h"
#include <weir/nats/connection.h>
#include <weir/nats/publish_stream.h>
#include <weir/weir.h>

#include <cstdint>
#include <optional>

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
  // Creates the JetStream stream, or the bucket, if the endpoint says so.
  void prepare(weir::Callback prepared);
  void open_stream();

  weir::Loop& loop_;
  const CopyOptions& options_;
  NatsPlace place_;
  std::optional<ObjectPlace> object_;  // with --whole
  weir::Ref<weir::nats::Connection> connection_;
  bool is_given_up_ = false;
};

}  // namespace tool
