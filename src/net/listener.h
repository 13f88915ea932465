// A listening socket; accepts connections for a Server.
#pragma once

#include "net/system_descriptor.h"
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>
#include <weir/net/server.h>
#include <weir/stream/internal/stop_listener.h>

#include <memory>
#include <optional>
#include <string>

namespace weir::net {

class Listener final : private Descriptor::Watcher {
 public:
  Listener(Loop& loop, Server& server);
  ~Listener();

  // Binds and listens. Returns 0 or errno's value.
  int listen(const Address& address, const ListenOptions& options);
  // Listens on a bound socket. OWNS: fd.
  int listen(int fd, int backlog);

  // Where it listens; empty for a unix socket without a name.
  const std::optional<Address>& address() const noexcept { return address_; }
  void reference(bool on) noexcept;
  // CALLS BACK: the server's close, on the signal's stop.
  void close_on(const std::stop_token& signal);

 private:
  int start(int backlog);
  void hand_on(int fd);
  bool turn_one_away();
  void rest();

  void on_readable() override;
  void on_writable() override {}

  Loop& loop_;
  Server& server_;
  std::unique_ptr<SystemDescriptor> descriptor_;  // null before listen
  std::optional<Address> address_;
  std::string bound_path_;  // the file to remove on close
  // Closed for a moment when no other descriptor is left, in order to turn a client away.
  int reserve_ = -1;
  bool referenced_ = true;
  ScopedTimer rest_;  // set while the listener does not accept
  std::optional<internal::StopListener> stop_;
};

}  // namespace weir::net
