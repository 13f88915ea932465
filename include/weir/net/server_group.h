// weir/net/server_group.h - ServerGroup: a server on each loop of a LoopGroup, all on one port.
//
//   weir::LoopGroup loops;
//   weir::net::ServerGroup<weir::http::Server> servers(loops, [](weir::Loop& loop) {
//     return weir::http::create_server(
//         loop, [](auto&, auto& response) { response.end("hello\n"); });
//   });
//   servers.listen(8080);
//   loops.run();
//
// - The servers are net::Servers or http::Servers (with or without TLS). Each has its own sockets,
//   connections and listeners, all on its loop; the system distributes the connections among them
//   (SO_REUSEPORT). The function that makes them is called once a loop, so each has a copy of what
//   its listeners capture.
// - Make the group before LoopGroup::run(); it must outlive run(). Afterwards it belongs to the
//   thread that destroys it.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/invoke.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/loop/loop_group.h>
#include <weir/net/address.h>
#include <weir/net/internal/group_servers.h>
#include <weir/net/server.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::net {

template <class S = Server>
class ServerGroup {
 public:
  // CALLS BACK: `make(loop)` for each loop, in order, during this call. It returns a Ref<S> to a
  // server on that loop, which does not listen yet.
  template <std::invocable<Loop&> Make>
    requires std::convertible_to<std::invoke_result_t<Make&, Loop&>, Ref<S>>
  ServerGroup(LoopGroup& loops, Make make) : loops_(loops) {
    for (Loop& loop : loops)
      servers_.push_back(std::make_unique<weir::internal::GroupServerOf<S>>(loop, make(loop)));
  }

  std::size_t size() const noexcept { return servers_.size(); }
  // The server of that loop, for its thread.
  S& operator[](std::size_t index) const noexcept { return servers_[index]->server(); }

  // Has all servers listen; without a port, on the same free one. As with reuse_port, another
  // process of the same user can then listen on the port, too. The first server listens first:
  // if it cannot, it emits Error, and the others never listen. With `fd`, they accept from that
  // socket. REQUIRES: called before run(), or on the thread of the first loop.
  // CALLS BACK: `listening` on the first loop, once all listen.
  // ERRORS: as Server::listen; throws ERR_INVALID_ARG_VALUE for a path: a unix socket cannot be
  // bound twice.
  ServerGroup& listen(ListenOptions options = {}, Function<void()> listening = {}) {
    weir::internal::listen_in_group(loops_, pointers(), std::move(options), std::move(listening));
    return *this;
  }
  ServerGroup& listen(std::int64_t port, std::string host = {}, Function<void()> listening = {}) {
    return listen({.port = port, .host = std::move(host)}, std::move(listening));
  }
  ServerGroup& listen(std::int64_t port, Function<void()> listening) {
    return listen({.port = port}, std::move(listening));
  }
  // For the thread of the first loop.
  std::optional<Address> address() const { return (*this)[0].address(); }

  // Both are thread-safe while run() runs.
  // CALLS BACK: `closed` on the first loop, once all servers have closed, with the first of their
  // errors, or success.

  // Calls close of each server.
  void close(Callback closed = {}) {
    weir::internal::close_group(loops_, pointers(), std::nullopt, std::move(closed));
  }
  // Stops accepting connections. An http::Server closes gracefully; the connections of a
  // net::Server may end by themselves. After `grace`, all connections are destroyed.
  void close_gracefully(std::chrono::milliseconds grace, Callback closed = {}) {
    weir::internal::close_group(loops_, pointers(), grace, std::move(closed));
  }

 private:
  std::vector<weir::internal::GroupServer*> pointers() const {
    std::vector<weir::internal::GroupServer*> pointers;
    for (const auto& server : servers_) pointers.push_back(server.get());
    return pointers;
  }

  LoopGroup& loops_;
  std::vector<std::unique_ptr<weir::internal::GroupServerOf<S>>> servers_;
};

}  // namespace weir::net
