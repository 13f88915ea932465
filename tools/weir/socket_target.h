// A destination that is a connection. The copy is complete once the peer has closed it too. A
// failed copy resets it, so that the peer does not see an end.
#pragma once

#include "weir/connecting.h"
#include "weir/target.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>

namespace tool {

class SocketTarget final : public Target {
 public:
  // REQUIRES: `options` outlives this.
  SocketTarget(weir::Loop& loop, const Endpoint& endpoint, const CopyOptions& options)
      : Target(endpoint), loop_(loop), options_(options) {}

  void open(Opened opened) override;
  std::uint64_t bytes_written() const noexcept override;
  void give_up() override;
  weir::Error named(const weir::Error& error) const override;

 private:
  weir::Loop& loop_;
  const CopyOptions& options_;
  std::optional<Connecting> connecting_;
  weir::Ref<weir::net::Connection> connection_;
};

}  // namespace tool
