#include "http/connection_pool.h"

#include <weir/base/error.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

namespace weir::http {
namespace {

using std::chrono::milliseconds;

// The timeout of "timeout=5, max=100". Node: /^timeout=(\d+)/.
std::optional<milliseconds> timeout_in(std::string_view hint) {
  constexpr std::string_view kName = "timeout=";
  if (!hint.starts_with(kName)) return std::nullopt;
  hint.remove_prefix(kName.size());
  std::uint32_t seconds = 0;
  if (std::from_chars(hint.data(), hint.data() + hint.size(), seconds).ec != std::errc())
    return std::nullopt;
  return std::chrono::seconds(seconds);
}

template <class List>
bool erase_from(List& list, const PooledConnection& connection) {
  return std::erase_if(list, [&](const auto& each) { return each.get() == &connection; }) > 0;
}

template <class Places, class Count>
std::size_t sum(const Places& places, Count count) {
  std::size_t total = 0;
  for (const auto& [name, place] : places) total += count(place);
  return total;
}

}  // namespace

// --- One connection ---

PooledConnection::PooledConnection(ConnectionPool& pool, PeerKey peer,
                                   Ref<net::Connection> connection)
    : pool_(&pool), peer_(std::move(peer)), connection_(std::move(connection)) {}

// The exchange reports the Error of a connection in use; the Error of a free one is ignored.
void PooledConnection::begin() {
  listeners_.on<Error>(*connection_, [] {});
  listeners_.on<Close>(*connection_, [this] {
    if (pool_) pool_->on_closed(*this);
  });
}

void PooledConnection::watch_free() {
  const auto drop = [this] { drop_free(); };
  free_listeners_.on<End>(*connection_, drop);
  free_listeners_.on<net::Timeout>(*connection_, drop);
  free_listeners_.on<Data>(*connection_, drop);
}

void PooledConnection::drop_free() {
  if (pool_) connection_->destroy();
}

void PooledConnection::forget() noexcept {
  const Pin alive(*this);
  pool_ = nullptr;
  stop_watching_free();
  listeners_.clear();
}

// --- The pool ---

ConnectionPool::ConnectionPool(Loop& loop, AgentOptions options)
    : LoopShutdownHook(loop.ticks()), loop_(loop), options_(std::move(options)) {}

ConnectionPool::~ConnectionPool() {
  // Exchanges keep their agent alive, so connections in use are closing, and free ones have no
  // user.
  for (auto& [name, place] : std::exchange(places_, {})) {
    for (const Ref<PooledConnection>& connection : place.in_use) connection->forget();
    for (const Ref<PooledConnection>& connection : place.free) {
      connection->stop_watching_free();
      connection->connection().destroy();
      connection->forget();
    }
  }
}

void ConnectionPool::let_go() noexcept {
  for (auto& [name, place] : std::exchange(places_, {})) {
    for (const Ref<PooledConnection>& connection : place.in_use) connection->forget();
    for (const Ref<PooledConnection>& connection : place.free) connection->forget();
  }
  total_ = 0;
}

void ConnectionPool::add(Ref<ClientExchange> exchange) {
  PeerKey& peer = exchange->target().peer;
  // net::connect verifies no name, so that all names share the peer.
  if (!options_.connect) peer.server_name.clear();
  Place& place = places_[peer];
  if (Ref<PooledConnection> connection = take_free(place)) {
    place.in_use.push_back(connection);
    connection->connection().ref();
    exchange->reuses_connection();
    give(std::move(exchange), std::move(connection));
  } else if (may_open(place)) {
    open(std::move(exchange));
  } else {
    place.waiting.push_back(std::move(exchange));
  }
}

Ref<PooledConnection> ConnectionPool::take_free(Place& place) {
  while (!place.free.empty()) {
    Ref<PooledConnection> taken;
    if (options_.scheduling == Scheduling::fifo) {
      taken = place.free.front();
      place.free.pop_front();
    } else {
      taken = place.free.back();
      place.free.pop_back();
    }
    taken->stop_watching_free();
    if (taken->connection().writable()) return taken;
    // A closing connection counts as one in use until its Close.
    place.in_use.push_back(std::move(taken));
  }
  return nullptr;
}

bool ConnectionPool::may_open(const Place& place) const noexcept {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  return place.free.size() + place.in_use.size() < options_.max_sockets.value_or(kAny) &&
         total_ < options_.max_total_sockets.value_or(kAny);
}

void ConnectionPool::open(Ref<ClientExchange> exchange) {
  ConnectionTarget& target = exchange->target();
  net::ConnectOptions options = std::move(target.options);
  if (options_.timeout.count() > 0) options.timeout = options_.timeout;
  options.socket.no_delay = options_.no_delay;
  if (options_.keep_alive) {
    options.socket.keep_alive = true;
    options.socket.keep_alive_initial_delay = options_.keep_alive_initial_delay;
  }
  Ref<net::Connection> made =
      options_.connect ? options_.connect(loop_, std::move(options), target.peer.server_name)
                       : Ref<net::Connection>(net::connect(loop_, std::move(options)));
  auto connection = make_ref<PooledConnection>(*this, target.peer, std::move(made));
  connection->begin();
  places_[target.peer].in_use.push_back(connection);
  ++total_;
  give(std::move(exchange), std::move(connection));
}

// Node: setRequestSocket.
void ConnectionPool::give(Ref<ClientExchange> exchange, Ref<PooledConnection> connection) {
  const std::optional<milliseconds> timeout = exchange->timeout();
  if (timeout && *timeout != options_.timeout) connection->connection().set_timeout(*timeout);
  exchange->on_connection(std::move(connection));
}

void ConnectionPool::release(PooledConnection& connection, std::string_view hint, bool kept) {
  const Ref<PooledConnection> alive(&connection);
  net::Connection& released = connection.connection();
  if (!released.writable()) return static_cast<void>(released.destroy());
  Place& place = places_[connection.peer()];
  if (!place.waiting.empty()) {
    Ref<ClientExchange> next = std::move(place.waiting.front());
    place.waiting.pop_front();
    return give(std::move(next), alive);
  }
  if (!kept || !may_keep(place) || !keep_alive(released, hint))
    return static_cast<void>(released.destroy());
  erase_from(place.in_use, connection);
  place.free.push_back(alive);
  connection.watch_free();
}

bool ConnectionPool::may_keep(const Place& place) const noexcept {
  if (!options_.keep_alive || place.free.size() >= options_.max_free_sockets) return false;
  if (options_.max_sockets && place.free.size() + place.in_use.size() > *options_.max_sockets)
    return false;
  // With the total limit reached, a request that waits for another peer needs this connection's
  // place.
  return !options_.max_total_sockets || total_ < *options_.max_total_sockets || waiting() == 0;
}

// Node: keepSocketAlive.
bool ConnectionPool::keep_alive(net::Connection& connection, std::string_view hint) {
  connection.set_keep_alive(true, options_.keep_alive_initial_delay);
  connection.unref();
  milliseconds timeout = options_.timeout;
  if (const auto server = timeout_in(hint)) {
    // The server may close while a request is on its way; such a request would be lost.
    const milliseconds margin = options_.keep_alive_timeout_buffer;
    if (*server <= margin) return false;
    timeout = std::min(timeout, *server - margin);
  }
  if (connection.timeout() != timeout) connection.set_timeout(timeout);
  return true;
}

void ConnectionPool::take_away(PooledConnection& connection) {
  const Ref<PooledConnection> alive(&connection);
  connection.forget();
  remove(connection);
}

void ConnectionPool::on_closed(PooledConnection& connection) {
  const Ref<PooledConnection> alive(&connection);
  connection.forget();
  remove(connection);
}

// Node: removeSocket.
void ConnectionPool::remove(PooledConnection& connection) {
  const auto found = places_.find(connection.peer());
  if (found == places_.end()) return;
  Place& place = found->second;
  if (!erase_from(place.in_use, connection) && !erase_from(place.free, connection)) return;
  --total_;
  open_for_waiting(connection.peer());
  std::erase_if(places_, [](const auto& each) {
    return each.second.in_use.empty() && each.second.free.empty() && each.second.waiting.empty();
  });
}

// Prefers requests that wait for the same peer.
void ConnectionPool::open_for_waiting(const PeerKey& peer) {
  const auto may_serve = [this](const Place& place) {
    return !place.waiting.empty() && may_open(place);
  };
  auto next = places_.find(peer);
  if (next == places_.end() || !may_serve(next->second))
    next = std::ranges::find_if(places_, [&](const auto& each) { return may_serve(each.second); });
  if (next == places_.end()) return;
  Ref<ClientExchange> exchange = std::move(next->second.waiting.front());
  next->second.waiting.pop_front();
  try {
    open(exchange);
  } catch (...) {
    exchange->on_no_connection(Error::from_current_exception());
  }
}

void ConnectionPool::destroy_all() {
  std::vector<Ref<PooledConnection>> all;
  for (const auto& [name, place] : places_) {
    all.insert(all.end(), place.free.begin(), place.free.end());
    all.insert(all.end(), place.in_use.begin(), place.in_use.end());
  }
  for (const Ref<PooledConnection>& connection : all) connection->connection().destroy();
}

std::size_t ConnectionPool::in_use() const noexcept {
  return sum(places_, [](const Place& place) { return place.in_use.size(); });
}
std::size_t ConnectionPool::free() const noexcept {
  return sum(places_, [](const Place& place) { return place.free.size(); });
}
std::size_t ConnectionPool::waiting() const noexcept {
  return sum(places_, [](const Place& place) { return place.waiting.size(); });
}

}  // namespace weir::http
