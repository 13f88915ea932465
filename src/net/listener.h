// A socket that listens, and what it accepts.
#pragma once

#include "net/system_descriptor.h"
#include <weir/loop/loop.h>
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

  // Binds and listens. 0 or errno's value.
  int listen(const Address& address, const ListenOptions& options);
  // The same with a socket that is bound. OWNS: fd.
  int listen(int fd, int backlog);

  std::optional<Address> address() const { return descriptor_->local_address(); }
  void reference(bool on) noexcept;
  // CALLS BACK: the server's close, when it is stopped.
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
  std::unique_ptr<SystemDescriptor> descriptor_;  // from listen on
  std::string bound_path_;                        // to be removed
  // Given up for a moment where no other descriptor is left, to turn a client away.
  int reserve_ = -1;
  bool referenced_ = true;
  Ref<Timer> rest_;  // until it accepts again
  std::optional<internal::StopListener> stop_;
};

}  // namespace weir::net
