// The connections of a server, idle and busy, and the timers that look for slow ones.
#pragma once

#include "http/date.h"
#include "http/handed_over.h"
#include "http/response_memory.h"
#include "http/server_connection.h"
#include "loop/clock.h"
#include <weir/event/tick_queue.h>
#include <weir/http/server.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>

#include <chrono>
#include <cstdint>
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
  // The messages' mark.
  std::size_t high_water_mark() const noexcept {
    return static_cast<std::size_t>(*options().high_water_mark);
  }
  const Ref<DateCache>& dates() const noexcept { return dates_; }
  ResponseMemory& response_memory() const noexcept { return *response_memory_; }
  const auto& unique_headers() const noexcept { return unique_headers_; }

  std::size_t size() const noexcept { return busy_.size() + idle_.size(); }
  void add(Ref<net::Connection> connection);
  void remove(ServerConnection& connection);
  // A listener will own it: it is no longer served, but a closing server waits for it.
  void hand_over(const Ref<net::Connection>& connection);
  bool has_handed_over() const noexcept { return !handed_over_.empty(); }
  // A request has begun, or all requests have been answered.
  void set_busy(ServerConnection& connection) noexcept;
  void set_idle(ServerConnection& connection);

  // Looks for slow clients.
  void watch();
  // From here on only for those that hold up the end of their connection: as in Node, a closing
  // server has no timeouts of requests.
  void watch_ending() noexcept;
  void destroy_idle();
  void destroy_all();
  void destroy_handed_over() { handed_over_.destroy_all(); }
  // Applies to present and future connections: Server::close_gracefully.
  void close_when_answered();
  bool closes_when_answered() const noexcept { return server_.state_ == Server::State::finishing; }

 private:
  enum class Watched : std::uint8_t { all, ending };

  void let_go() noexcept override;
  void look_regularly();
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
  Ref<ResponseMemory> response_memory_ = make_ref<ResponseMemory>();
  std::shared_ptr<const std::vector<std::string>> unique_headers_;  // null if there are none
  // Each connection is in one of these lists; idle_ is ordered by idle_since.
  ConnectionList busy_;
  ConnectionList idle_;
  HandedOver handed_over_;
  Watched watched_ = Watched::all;
  ScopedTimer watch_;    // in the state ending, while there are connections
  ScopedTimer unused_;   // due when the first idle connection times out
  ScopedTimer stalled_;  // runs while there are connections and a write_timeout
};

}  // namespace weir::http
