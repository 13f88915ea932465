// The listening side of a Server: sockets, or TLS over sockets.
//
// An interface, so that programs without TLS do not link it.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ref.h>
#include <weir/http/server.h>
#include <weir/net/address.h>
#include <weir/net/server.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace weir::http {

class ServerListener {
 public:
  virtual ~ServerListener() = default;

  virtual void listen(net::ListenOptions options) = 0;
  virtual void close(Callback closed) = 0;
  virtual bool listening() const noexcept = 0;
  virtual std::optional<net::Address> address() const = 0;
  virtual void set_max_connections(std::optional<std::size_t> most) noexcept = 0;
  virtual void ref() = 0;
  virtual void unref() = 0;

  // Forwards its events to the server until it is destroyed.
  virtual void follow(Server& server) = 0;
  // Whether there are connections that the server may not know: in their handshake.
  virtual bool shakes_hands() const noexcept { return false; }
  virtual void destroy_handshakes() {}
  virtual tls::Server* tls() noexcept { return nullptr; }
};

// For both kinds of net server; `Arrived` is the event of a new connection.
template <class Below, class Arrived>
class ListenerOver : public ServerListener {
 public:
  explicit ListenerOver(Ref<Below> below) noexcept : below_(std::move(below)) {}
  ~ListenerOver() override { below_->remove_all_listeners(); }

  void listen(net::ListenOptions options) final { below_->listen(std::move(options)); }
  void close(Callback closed) final { below_->close(std::move(closed)); }
  bool listening() const noexcept final { return below_->listening(); }
  std::optional<net::Address> address() const final { return below_->address(); }
  void set_max_connections(std::optional<std::size_t> most) noexcept final {
    below_->set_max_connections(most);
  }
  void ref() final { below_->ref(); }
  void unref() final { below_->unref(); }

  void follow(Server& server) override {
    below_->template on<net::Listening>(
        [&server](const net::Listening& event) { server.on_listening(event); });
    below_->template on<Arrived>([&server](const Arrived& event) { server.serve(event.socket); });
    below_->template on<net::Drop>([&server](const net::Drop& event) { server.emit(event); });
    below_->template on<Error>([&server](const Error& error) { server.on_not_listening(error); });
  }

 protected:
  Below& below() const noexcept { return *below_; }

 private:
  Ref<Below> below_;
};

}  // namespace weir::http
