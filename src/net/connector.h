// Turns a host and a port, or a path, into a connected descriptor: resolves the name and tries one
// address after the other. Node: lookupAndConnect, internalConnect, internalConnectMultiple.
#pragma once

#include "net/system_descriptor.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>
#include <weir/net/socket.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

namespace weir::net {

class Connector final : public RefCounted, private Descriptor::Watcher {
 public:
  // Calls arrive on the loop's thread, and may abandon the connector.
  class Client {
   public:
    virtual void on_lookup(const Lookup& lookup) = 0;
    virtual void on_attempt(const Address& address) = 0;
    virtual void on_attempt_failed(const Address& address, const Error& error) = 0;
    virtual void on_attempt_timeout(const Address& address) = 0;
    // The last call, once: one of these.
    virtual void on_connected(std::unique_ptr<Descriptor> descriptor) = 0;
    virtual void on_connect_failed(Error error) = 0;

   protected:
    ~Client() = default;
  };

  // ERRORS: throws as Socket::connect.
  Connector(Loop& loop, Client& client, ConnectOptions options);

  // CALLS BACK: the client, on later ticks.
  void start();
  // Ends the calls to the client and closes the descriptor.
  void abandon() noexcept;

 private:
  void look_up();
  void on_looked_up(const Error& error, const std::vector<Address>& found);
  void tell(std::vector<Address> found);
  void try_found();
  void try_next();
  void attempt(const Address& address);
  void connect();
  std::expected<std::unique_ptr<SystemDescriptor>, Error> open_and_bind(const Address& address);
  Error refused(int error, const Address& address) const;
  enum class Attempt : bool { not_made, made };
  void on_attempt_over(Error error, Attempt attempt = Attempt::made);
  void on_attempt_too_long();
  void fail_later(Error error);
  void fail(Error error);
  void stop_timer() noexcept;

  void on_readable() override {}
  void on_writable() override;

  Loop& loop_;
  Client* client_;  // null once abandoned
  ConnectOptions options_;
  std::uint16_t port_ = 0;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::vector<Error> errors_;
  std::unique_ptr<SystemDescriptor> descriptor_;  // of the current attempt
  ScopedTimer timer_;
};

}  // namespace weir::net
