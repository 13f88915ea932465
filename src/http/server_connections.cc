#include "http/server_connections.h"

#include "loop/loop_core.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace weir::http {
namespace {

// Iterates over a copy: calls may remove connections from the list.
template <class F>
void for_each(const ConnectionList& list, F call) {
  const std::vector<Ref<ServerConnection>> all(list.begin(), list.end());
  for (const Ref<ServerConnection>& connection : all) call(*connection);
}

}  // namespace

ServerConnections::ServerConnections(Loop& loop, Server& server)
    : LoopShutdownHook(loop), loop_(loop), clock_(loop.core().clock()), server_(server) {
  if (const auto& names = options().unique_headers; !names.empty())
    unique_headers_ = std::make_shared<const std::vector<std::string>>(names);
}

ServerConnections::~ServerConnections() = default;

std::chrono::milliseconds ServerConnections::headers_timeout() const noexcept {
  constexpr std::chrono::milliseconds kUsual{60'000};
  return options().headers_timeout.value_or(std::min(kUsual, options().request_timeout));
}

void ServerConnections::add(Ref<net::Connection> connection) {
  auto added = make_ref<ServerConnection>(*this, std::move(connection));
  added->place = busy_.insert(busy_.end(), added);
  if (!stalled_ && options().write_timeout.count() > 0) watch_writes();
  if (watched_ == Watched::ending) look_regularly();
  added->begin();
  if (closes_when_answered()) added->close_when_answered();
}

void ServerConnections::remove(ServerConnection& connection) {
  const Ref<Server> alive(&server_);
  const Ref<ServerConnection> removed(&connection);
  (connection.idle ? idle_ : busy_).erase(connection.place);
  if (size() == 0) stalled_.clear();
  if (size() == 0 && watched_ == Watched::ending) watch_.clear();
  server_.emit_close_if_over();
}

void ServerConnections::hand_over(const Ref<net::Connection>& connection) {
  handed_over_.add(connection, [server = Ref<Server>(&server_)] { server->emit_close_if_over(); });
}

void ServerConnections::set_busy(ServerConnection& connection) noexcept {
  if (!std::exchange(connection.idle, false)) return;
  busy_.splice(busy_.end(), idle_, connection.place);
}

void ServerConnections::set_idle(ServerConnection& connection) {
  if (std::exchange(connection.idle, true)) return;
  idle_.splice(idle_.end(), busy_, connection.place);
  connection.idle_since = clock_.coarse_now();
  // A few busy clients keep their memory for the next request; most of many are idle for long.
  constexpr std::size_t kWithMemory = 64;
  if (idle_.size() > kWithMemory) connection.rest();
  if (!unused_ && options().keep_alive_timeout.count() > 0) wait_for_unused();
}

// --- Idle connections ---

std::chrono::milliseconds ServerConnections::idle_limit() const noexcept {
  return options().keep_alive_timeout + options().keep_alive_timeout_buffer;
}

void ServerConnections::wait_for_unused() {
  const auto due = idle_.front()->idle_since + idle_limit() - clock_.now();
  unused_ = loop_.set_timeout(std::chrono::ceil<std::chrono::milliseconds>(due),
                              [this] { look_for_unused(); });
  unused_->unref();
}

void ServerConnections::look_for_unused() {
  const Ref<Server> alive(&server_);
  unused_.clear();
  const auto limit = clock_.now() - idle_limit();
  std::vector<Ref<ServerConnection>> unused;
  for (const Ref<ServerConnection>& connection : idle_) {
    if (connection->idle_since > limit) break;
    unused.push_back(connection);
  }
  for (const Ref<ServerConnection>& connection : unused) {
    // Moved to the end, as if just idle: a Timeout listener may have decided to keep the
    // connection.
    idle_.splice(idle_.end(), idle_, connection->place);
    connection->idle_since = clock_.now();
  }
  for (const Ref<ServerConnection>& connection : unused) connection->on_timeout();
  if (!idle_.empty() && !unused_) wait_for_unused();
}

// --- Slow requests ---

void ServerConnections::watch() {
  watched_ = Watched::all;
  look_regularly();
}

void ServerConnections::watch_ending() noexcept {
  watched_ = Watched::ending;
  if (size() == 0) watch_.clear();
}

void ServerConnections::look_regularly() {
  if (watch_) return;
  watch_ = loop_.set_interval(options().connections_checking_interval, [this] { look_for_slow(); });
  watch_->unref();
}

void ServerConnections::look_for_slow() {
  const Ref<Server> alive(&server_);
  const Clock::time_point now = clock_.now();
  for_each(busy_, [&](ServerConnection& connection) {
    const bool is_watched = watched_ == Watched::all || connection.is_ending();
    if (is_watched && connection.is_slow(now)) connection.on_slow();
  });
  for (const Ref<ServerConnection>& connection : idle_) connection->rest();
}

// --- Slow receivers ---

void ServerConnections::watch_writes() {
  constexpr int kLooks = 4;  // within the timeout
  const auto interval = std::max(options().write_timeout / kLooks, std::chrono::milliseconds{1});
  stalled_ = loop_.set_interval(interval, [this] { look_for_stalled(); });
  stalled_->unref();
}

void ServerConnections::look_for_stalled() {
  const Ref<Server> alive(&server_);
  const Clock::time_point now = clock_.now();
  for_each(busy_, [&](ServerConnection& connection) {
    if (connection.is_stalled(now, options().write_timeout)) connection.reset();
  });
}

void ServerConnections::destroy_idle() {
  for_each(idle_, [](ServerConnection& connection) { connection.destroy(); });
}

void ServerConnections::destroy_all() {
  for_each(busy_, [](ServerConnection& connection) { connection.destroy(); });
  destroy_idle();
}

void ServerConnections::close_when_answered() {
  for_each(busy_, [](ServerConnection& connection) { connection.close_when_answered(); });
}

void ServerConnections::let_go() noexcept {
  const Ref<Server> alive(&server_);
  watch_.clear();
  stalled_.clear();
  handed_over_.forget_all();
  for (ConnectionList* list : {&busy_, &idle_})
    for (const Ref<ServerConnection>& connection : std::exchange(*list, {})) connection->let_go();
  server_.let_go();
}

}  // namespace weir::http
