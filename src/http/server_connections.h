// The connections that a server serves: which of them wait for a request, and which are too slow.
#pragma once

#include "http/date.h"
#include "http/server_connection.h"
#include "loop/clock.h"
#include <weir/event/tick_queue.h>
#include <weir/http/server.h>
#include <weir/loop/loop.h>

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace weir::http {

class ServerConnections final : private LoopShutdownHook {
 public:
  ServerConnections(Loop& loop, Server& server);
  ~ServerConnections() override;

  Server& server() const noexcept { return server_; }
  Loop& loop() const noexcept { return loop_; }
  const internal::Clock& clock() const noexcept { return clock_; }
  const ServerOptions& options() const noexcept { return server_.options_; }
  std::chrono::milliseconds headers_timeout() const noexcept;
  using LoopShutdownHook::is_gone_for;
  std::string describe() const override { return "an http::Server"; }
  // Of messages.
  std::size_t high_water_mark() const noexcept {
    return static_cast<std::size_t>(*options().high_water_mark);
  }
  const Ref<DateCache>& dates() const noexcept { return dates_; }
  const auto& unique_headers() const noexcept { return unique_headers_; }

  std::size_t size() const noexcept { return busy_.size() + idle_.size(); }
  void add(Ref<net::Connection> connection);
  void remove(ServerConnection& connection);
  // A request has begun; all requests were answered.
  void set_busy(ServerConnection& connection) noexcept;
  void set_idle(ServerConnection& connection);

  // Begins to look for slow ones, and ends it.
  void watch();
  void unwatch() noexcept;
  void destroy_idle();
  void destroy_all();
  // Those that there are, and those to come: Server::close_gracefully.
  void close_when_answered();
  bool closes_when_answered() const noexcept { return server_.state_ == Server::State::finishing; }

 private:
  void let_go() noexcept override;
  void look_for_slow();
  void look_for_stalled();
  void look_for_unused();
  std::chrono::milliseconds idle_limit() const noexcept;
  void wait_for_unused();
  void watch_writes();

  Loop& loop_;
  const internal::Clock& clock_;
  Server& server_;
  Ref<DateCache> dates_ = make_ref<DateCache>();
  std::shared_ptr<const std::vector<std::string>> unique_headers_;  // null where there are none
  // Each connection is in one of them; the idle in the order they became so.
  ConnectionList busy_;
  ConnectionList idle_;
  Ref<Timer> watch_;
  Ref<Timer> unused_;   // for the first of the idle
  Ref<Timer> stalled_;  // while there are connections, and a write_timeout
};

}  // namespace weir::http
