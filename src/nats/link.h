// Link: a Connection's inside: the connection of cnats that stands, or is being made, watched by
// the loop.
//
//   connecting   a thread connects                   it has                 -> online
//                                                    all refused            -> closed
//   online       messages are sent and received      the server is lost     -> offline
//   offline      threads connect, one after another  one has                -> online
//                                                    no attempt is left     -> closed
//   closed       users have got the error
#pragma once

#include "loop/handle.h"
#include "loop/loop_core.h"
#include "nats/bridge.h"
#include "nats/descriptor.h"
#include "nats/handles.h"
#include "nats/servers.h"
#include <weir/base/error.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>
#include <weir/nats/connection.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <uv.h>

namespace weir::nats::internal {

class Subscription;

// A stream or request that uses a Link. While there is one, the loop runs.
class LinkUser {
 public:
  LinkUser() = default;
  LinkUser(const LinkUser&) = delete;
  LinkUser& operator=(const LinkUser&) = delete;

  // The first connection, or another one, stands; calls may be made.
  virtual void on_online() = 0;
  // Nothing sent before may have arrived. No call of Link's may be made until on_online.
  virtual void on_offline() {}
  // The last call: the connection will not stand again.
  virtual void on_closed(const Error& error) = 0;
  // Instead of it, if the Loop ends: drops what keeps a stream alive, uncalled.
  virtual void on_loop_ended() noexcept = 0;

 protected:
  ~LinkUser() = default;
};

class Link {
 public:
  // ERRORS: throws as nats::connect.
  Link(Connection& connection, Loop& loop, const std::vector<std::string>& urls,
       const ConnectOptions& options);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  bool is_online() const noexcept { return state_ == State::online; }
  bool is_closed() const noexcept { return state_ == State::closed; }
  const Error& reason() const noexcept { return failure_; }  // of a closed one
  std::uint64_t reconnects() const noexcept { return stood_ > 0 ? stood_ - 1 : 0; }
  std::size_t max_payload() const noexcept { return max_payload_; }
  const char* state() const noexcept;
  Loop& loop() const noexcept { return loop_; }
  // Unique in all processes: for inboxes and message ids.
  std::string unique_name();

  void add(LinkUser& user);
  void remove(LinkUser& user) noexcept;

  // REQUIRES of these: is_online().
  natsStatus publish(const char* subject, const char* reply, std::string_view data);
  natsStatus publish(natsMsg* message);
  natsStatus subscribe(natsSubscription** subscription, const char* subject, const char* queue);

  void add(Subscription& subscription) { subscriptions_.push_back(&subscription); }
  void remove(Subscription& subscription, OwnedSubscription owned) noexcept;

  void close();
  // The Loop ends: no user is called any more.
  void let_go() noexcept;

  // --- From the Bridge. ---

  void on_connected(OwnedConnection connection, natsStatus status, const std::string& detail);
  void on_attached(natsConnection* connection, Descriptor descriptor);
  void on_wants_to_read(bool wants);
  void on_wants_to_write(bool wants);
  void on_detached() noexcept;
  void on_servers_changed();
  void on_closed(natsStatus status, const std::string& detail);
  void on_error(natsStatus status, const std::string& detail);

 private:
  enum class State : std::uint8_t { connecting, online, offline, closed };

  void connect();
  void connect_again();
  void connect_later();
  bool may_connect_again() const noexcept;
  void on_refused(natsStatus status, const std::string& detail);
  void watch() noexcept;
  void process(int status, int events);
  void receive();
  void go_online();
  void go_offline();
  bool open_subscriptions();
  void drop_connection() noexcept;
  void report(const Error& error);
  void fail(Error error);
  void settle() noexcept;
  void close_when_sent();
  void close_now() noexcept;
  template <class Call>
  void tell_users(Call call);

  Connection& connection_;
  Loop& loop_;
  Servers servers_;
  ConnectOptions options_;
  std::shared_ptr<Bridge> bridge_;  // of the newest connection
  OwnedConnection owned_;           // from on_connected
  natsConnection* nats_ = nullptr;  // the same, from on_attached
  State state_ = State::connecting;
  bool closes_ = false;
  Error failure_;
  std::string stem_;
  std::size_t max_payload_ = 0;
  std::uint64_t stood_ = 0;  // the connections so far
  std::uint64_t names_ = 0;
  ScopedTimer attempt_;  // the next one
  int attempts_ = 0;     // since the last connection stood
  natsStatus refused_ = NATS_OK;
  std::chrono::steady_clock::time_point online_since_;
  std::minstd_rand random_{std::random_device()()};

  Descriptor descriptor_;
  weir::internal::Handle<uv_poll_t> poll_;
  bool reads_ = false;
  bool writes_ = false;

  std::vector<LinkUser*> users_;  // null: removed during a call to all
  int telling_ = 0;
  std::vector<Subscription*> subscriptions_;  // null: removed while messages are handed on
  std::optional<Loop::KeepAlive> alive_;
};

}  // namespace weir::nats::internal
