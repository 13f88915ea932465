#include "weir/socket_target.h"

#include <utility>

namespace tool {

void SocketTarget::open(Opened opened) {
  // A peer that has ended its side may still read.
  const ConnectingOptions how{.allow_half_open = true,
                              .high_water_mark = options_.high_water_mark,
                              .json = options_.json,
                              .trust = options_.trust};
  connecting_.emplace(loop_, endpoint(), how,
                      [this, opened = std::move(opened)](
                          weir::Error error, weir::Ref<weir::net::Connection> connection) mutable {
                        if (error) return opened(std::move(error));
                        connection_ = std::move(connection);
                        opened_as(connection_);
                        connection_->resume();  // drops the peer's data and waits for its end
                        opened({});
                      });
}

std::uint64_t SocketTarget::bytes_written() const noexcept {
  return connection_ ? connection_->bytes_written() - connection_->writable_length() : 0;
}

void SocketTarget::give_up() {
  connecting_.reset();
  if (!connection_) return;
  // A normal close would look like a complete copy to the peer.
  if (auto* const socket = dynamic_cast<weir::net::Socket*>(connection_.get());
      socket && !socket->pending())
    socket->reset_and_destroy();
  else
    connection_->destroy();
}

weir::Error SocketTarget::named(const weir::Error& error) const {
  return tool::named(endpoint(), error);
}

}  // namespace tool
