#include "nats/link.h"

#include "loop/uv_error.h"
#include "nats/connecting.h"
#include "nats/errors.h"
#include "nats/options.h"
#include "nats/subscription.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::nats::internal {

Link::Link(Connection& connection, Loop& loop, const std::vector<std::string>& urls,
           const ConnectOptions& options)
    : connection_(connection), loop_(loop), servers_(urls), options_(options), alive_(loop) {
  options_.tls.required = options_.tls.required || servers_.need_tls();
  connect();
}

Link::~Link() {
  close_now();
  bridge_->let_go();
  for (Subscription* const subscription : subscriptions_)
    if (subscription) subscription->let_go();
}

const char* Link::state() const noexcept {
  switch (state_) {
    case State::connecting:
      return "connecting";
    case State::online:
      return closes_ ? "closing" : "connected";
    case State::offline:
      return "reconnecting";
    case State::closed:
      break;
  }
  return "closed";
}

std::string Link::unique_name() {
  if (stem_.empty()) stem_ = random_name();
  return fmt::format("{}{}", stem_, ++names_);
}

// --- Users ---

void Link::add(LinkUser& user) {
  users_.push_back(&user);
  settle();
}

void Link::remove(LinkUser& user) noexcept {
  const auto at = std::ranges::find(users_, &user);
  if (at == users_.end()) return;
  if (telling_ > 0)
    *at = nullptr;
  else
    users_.erase(at);
  settle();
}

template <class Call>
void Link::tell_users(Call call) {
  const Ref<Connection> alive(&connection_);
  ++telling_;
  // Those that are added meanwhile know the state.
  for (std::size_t i = 0, count = users_.size(); i < count; ++i)
    if (LinkUser* const user = users_[i]) call(*user);
  if (--telling_ == 0) std::erase(users_, nullptr);
  settle();
}

// The loop runs while there is something to do.
void Link::settle() noexcept {
  const bool has_users =
      std::ranges::any_of(users_, [](LinkUser* user) { return user != nullptr; });
  const bool works = stood_ == 0 || has_users || writes_ || closes_;
  if (state_ == State::closed || !works)
    alive_.reset();
  else if (!alive_)
    alive_.emplace(loop_);
}

// --- Calls of cnats ---

natsStatus Link::publish(const char* subject, const char* reply, std::string_view data) {
  const Bridge::Inside inside(*bridge_);
  const auto size = static_cast<int>(data.size());
  return reply ? natsConnection_PublishRequest(nats_, subject, reply, data.data(), size)
               : natsConnection_Publish(nats_, subject, data.data(), size);
}

natsStatus Link::publish(natsMsg* message) {
  const Bridge::Inside inside(*bridge_);
  return natsConnection_PublishMsg(nats_, message);
}

natsStatus Link::subscribe(natsSubscription** subscription, const char* subject,
                           const char* queue) {
  if (!is_online()) return NATS_CONNECTION_CLOSED;
  const Bridge::Inside inside(*bridge_);
  return queue ? natsConnection_QueueSubscribeSync(subscription, nats_, subject, queue)
               : natsConnection_SubscribeSync(subscription, nats_, subject);
}

void Link::remove(Subscription& subscription, OwnedSubscription owned) noexcept {
  std::ranges::replace(subscriptions_, &subscription, nullptr);
  const Bridge::Inside inside(*bridge_);
  owned.reset();
}

// --- Connecting ---

// Each attempt has a Bridge of its own. ERRORS: throws as start_connecting and make_options.
void Link::connect() {
  auto bridge = std::make_shared<Bridge>(loop_.core().mailbox(), *this);
  std::vector<ConnectAttempt> attempts;
  for (const ServerGroup& group : servers_.groups(random_))
    attempts.push_back({.options = make_options(group, options_), .signs = has_seed(options_)});
  start_connecting(bridge, std::move(attempts));
  bridge_ = std::move(bridge);
}

void Link::connect_again() {
  ++attempts_;
  try {
    connect();
  } catch (...) {  // no thread, or a certificate that cannot be read
    const Error error = Error::from_current_exception();
    if (!may_connect_again()) return fail(error);
    report(error);
    connect_later();
  }
}

void Link::connect_later() {
  const std::int64_t most = std::max<std::int64_t>(options_.reconnect_jitter.count(), 0);
  std::uniform_int_distribution<std::int64_t> jitter(0, most);
  const auto wait = options_.reconnect_wait + std::chrono::milliseconds(jitter(random_));
  attempt_ = loop_.set_timeout(wait, [this] { connect_again(); });
  attempt_->unref();
}

bool Link::may_connect_again() const noexcept {
  if (stood_ == 0 && !options_.retry_first) return false;
  return options_.max_reconnects < 0 || attempts_ < options_.max_reconnects;
}

// --- The socket ---

void Link::on_attached(natsConnection* connection, Descriptor descriptor) {
  if (state_ == State::closed) return;
  nats_ = connection;
  poll_.reset();
  descriptor_ = std::move(descriptor);
  auto memory = std::make_unique<uv_poll_t>();
  const int status = uv_poll_init(loop_.core().uv(), memory.get(), descriptor_.fd());
  if (status < 0) return fail(weir::internal::from_uv(status, "poll"));
  poll_.reset(memory.release());
  poll_->data = this;
  uv_unref(weir::internal::base(poll_));
  reads_ = true;
  writes_ = false;
  watch();
}

void Link::watch() noexcept {
  if (!poll_) return;
  const int events = (reads_ ? UV_READABLE : 0) | (writes_ ? UV_WRITABLE : 0);
  if (events == 0) {
    uv_poll_stop(poll_.get());
  } else {
    uv_poll_start(poll_.get(), events, [](uv_poll_t* handle, int status, int ready) {
      auto& link = *static_cast<Link*>(handle->data);
      link.loop_.core().enter([&] { link.process(status, ready); });
    });
  }
  loop_.core().work_changed();
}

void Link::process(int status, int events) {
  const Ref<Connection> alive(&connection_);
  {
    const Bridge::Inside inside(*bridge_);
    if (status < 0 || (events & UV_READABLE) != 0) natsConnection_ProcessReadEvent(nats_);
    if ((events & UV_WRITABLE) != 0 && writes_) natsConnection_ProcessWriteEvent(nats_);
  }
  receive();
}

void Link::receive() {
  for (std::size_t i = 0; i < subscriptions_.size(); ++i)
    if (subscriptions_[i]) subscriptions_[i]->receive();
  std::erase(subscriptions_, nullptr);
}

void Link::on_wants_to_read(bool wants) {
  reads_ = wants;
  watch();
  if (!wants) go_offline();
}

void Link::on_wants_to_write(bool wants) {
  writes_ = wants;
  watch();
  settle();
  if (!wants && closes_ && is_online())
    loop_.next_tick([this, alive = Ref<Connection>(&connection_)] { close_when_sent(); });
}

void Link::on_detached() noexcept {
  poll_.reset();
  reads_ = writes_ = false;
}

// --- States ---

void Link::on_connected(OwnedConnection connection, natsStatus status, const std::string& detail) {
  if (state_ == State::closed) return;
  if (status != NATS_OK) return on_refused(status, detail);
  owned_ = std::move(connection);
  if (reads_) go_online();  // otherwise it is lost again, and on_closed follows
}

void Link::on_refused(natsStatus status, const std::string& detail) {
  // A user may be changed while a server restarts; one that is refused twice will not be taken.
  const bool is_same_user = status == NATS_CONNECTION_AUTH_FAILED && refused_ == status;
  refused_ = status;
  if (!is_same_user && may_connect_again()) {
    state_ = State::offline;
    return connect_later();
  }
  if (stood_ > 0 && !is_same_user) status = NATS_NO_SERVER;
  fail(from_nats(status, "connect", servers_.text(), detail));
}

void Link::on_servers_changed() {
  if (!is_online()) return;
  const Bridge::Inside inside(*bridge_);
  servers_.learn(nats_);
}

void Link::go_online() {
  const Ref<Connection> alive(&connection_);
  state_ = State::online;
  online_since_ = loop_.core().clock().now();
  attempts_ = 0;
  refused_ = NATS_OK;
  watch();
  max_payload_ = static_cast<std::size_t>(natsConnection_GetMaxPayload(nats_));
  on_servers_changed();
  if (!open_subscriptions()) return;
  const bool is_first = stood_++ == 0;
  std::string server = server_of(nats_);
  tell_users([](LinkUser& user) { user.on_online(); });
  if (is_first)
    connection_.emit(Connected{std::move(server)});
  else
    connection_.emit(Reconnected{std::move(server)});
  if (closes_) close_when_sent();
}

// False if the server refuses one.
bool Link::open_subscriptions() {
  for (Subscription* const subscription : subscriptions_) {
    if (!subscription) continue;
    const natsStatus status = subscription->open();
    if (status == NATS_OK || status == NATS_CONNECTION_CLOSED) continue;  // on_closed follows
    fail(from_nats(status, "subscribe", subscription->subject()));
    return false;
  }
  return true;
}

// May be called by cnats with its lock held, so users are told later.
void Link::go_offline() {
  if (state_ != State::online) return;
  state_ = State::offline;
  reads_ = writes_ = false;
  watch();
  loop_.next_tick([this, alive = Ref<Connection>(&connection_)] {
    if (state_ == State::closed) return;
    tell_users([](LinkUser& user) { user.on_offline(); });
    if (state_ == State::offline) connection_.emit(Disconnected{});
    if (closes_) close_when_sent();
  });
}

void Link::on_error(natsStatus status, const std::string& detail) {
  if (state_ != State::closed) report(from_nats(status, "server", {}, detail));
}

// For an error after which the Link goes on: it stays online, or tries another server.
void Link::report(const Error& error) {
  if (connection_.listeners().count(&weir::internal::kEventKey<Error>) > 0) connection_.emit(error);
}

void Link::on_closed(natsStatus status, const std::string& detail) {
  if (state_ == State::closed) return;
  const bool is_sent_away = status == NATS_ERR || status == NATS_CONNECTION_AUTH_FAILED;
  if (is_sent_away || !may_connect_again())
    return fail(
        from_nats(is_sent_away ? status : NATS_NO_SERVER, "connection", servers_.text(), detail));
  go_offline();
  state_ = State::offline;
  drop_connection();
  if (closes_) return;
  // Another server is tried at once, unless each drops its connections.
  const auto stood = loop_.core().clock().now() - online_since_;
  if (servers_.is_one() || stood < options_.reconnect_wait) return connect_later();
  connect_again();
}

void Link::drop_connection() noexcept {
  bridge_->let_go();
  poll_.reset();
  reads_ = writes_ = false;
  const Bridge::Inside inside(*bridge_);
  for (Subscription* const subscription : subscriptions_)
    if (subscription) subscription->on_lost();
  nats_ = nullptr;
  owned_.reset();
}

void Link::fail(Error error) {
  const Ref<Connection> alive(&connection_);
  failure_ = std::move(error);
  const bool is_reported = std::ranges::any_of(users_, [](auto* user) { return user != nullptr; });
  close_now();
  tell_users([this](LinkUser& user) { user.on_closed(failure_); });
  loop_.set_immediate([alive] { alive->emit(Close{}); });
  if (!is_reported || connection_.listeners().count(&weir::internal::kEventKey<Error>) > 0)
    connection_.emit(failure_);
}

// --- The end ---

void Link::close() {
  if (closes_ || state_ == State::closed) return;
  closes_ = true;
  if (is_online()) writes_ = writes_ || natsConnection_Buffered(nats_) > 0;
  loop_.next_tick([this, alive = Ref<Connection>(&connection_)] { close_when_sent(); });
}

void Link::close_when_sent() {
  if (state_ == State::closed || (is_online() && writes_)) return;
  const Ref<Connection> alive(&connection_);
  failure_ = failure(Errc::closed, "connection", servers_.text());
  close_now();
  tell_users([this](LinkUser& user) { user.on_closed(failure_); });
  loop_.set_immediate([alive] { alive->emit(Close{}); });
}

void Link::let_go() noexcept {
  const Ref<Connection> alive(&connection_);  // a user may have the last Ref
  ++telling_;
  for (std::size_t i = 0; i < users_.size(); ++i)
    if (LinkUser* const user = users_[i]) user->on_loop_ended();
  --telling_;
  users_.clear();
  close_now();
}

void Link::close_now() noexcept {
  state_ = State::closed;
  settle();
  attempt_.clear();
  const Bridge::Inside inside(*bridge_);
  // cnats waits half a second for the answer to what it has to send, which this thread would read.
  if (nats_ && natsConnection_Buffered(nats_) > 0) natsConnection_ProcessWriteEvent(nats_);
  poll_.reset();
  nats_ = nullptr;
  owned_.reset();
}

}  // namespace weir::nats::internal
