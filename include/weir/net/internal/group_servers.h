// weir/net/internal/group_servers.h - the servers of a ServerGroup, of any class.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/loop/loop_group.h>
#include <weir/net/address.h>
#include <weir/net/server.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace weir::internal {

// One of them, for the thread of its loop.
class GroupServer {
 public:
  virtual ~GroupServer() = default;
  virtual void listen(net::ListenOptions options, Function<void()> listening) = 0;
  virtual std::optional<net::Address> address() const = 0;
  virtual void close(Callback closed) = 0;
  virtual void close_gracefully(std::chrono::milliseconds grace, Callback closed) = 0;
};

// A server with its open connections, which it destroys when the time is over.
class ServerWithGrace {
 public:
  ServerWithGrace(Loop& loop, net::Server& server);
  ServerWithGrace(const ServerWithGrace&) = delete;
  ServerWithGrace& operator=(const ServerWithGrace&) = delete;
  ~ServerWithGrace();

  void close(std::chrono::milliseconds grace, Callback closed);

 private:
  struct Connections;

  Loop& loop_;
  net::Server& server_;
  Ref<Connections> connections_;
};

template <class S>
concept ClosesGracefully =
    requires(S& server) { server.close_gracefully(std::chrono::milliseconds(), Callback()); };

template <class S>
class GroupServerOf final : public GroupServer {
 public:
  GroupServerOf(Loop& loop, Ref<S> server) : server_(std::move(server)) {
    if constexpr (!ClosesGracefully<S>) grace_ = std::make_unique<ServerWithGrace>(loop, *server_);
  }

  S& server() const noexcept { return *server_; }

  void listen(net::ListenOptions options, Function<void()> listening) override {
    server_->listen(std::move(options), std::move(listening));
  }
  std::optional<net::Address> address() const override { return server_->address(); }
  void close(Callback closed) override { server_->close(std::move(closed)); }
  void close_gracefully(std::chrono::milliseconds grace, Callback closed) override {
    if constexpr (ClosesGracefully<S>)
      server_->close_gracefully(grace, std::move(closed));
    else
      grace_->close(grace, std::move(closed));
  }

 private:
  const Ref<S> server_;
  std::unique_ptr<ServerWithGrace> grace_;
};

// REQUIRES: servers[i] is on loops[i], and lives until their run() is over.
void listen_in_group(LoopGroup& loops, std::vector<GroupServer*> servers,
                     net::ListenOptions options, Function<void()> listening);
// Without a grace, calls close.
void close_group(LoopGroup& loops, const std::vector<GroupServer*>& servers,
                 std::optional<std::chrono::milliseconds> grace, Callback closed);

}  // namespace weir::internal
