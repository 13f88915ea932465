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

namespace {

std::string without_secrets(const std::vector<std::string>& urls) {
  std::string list;
  for (const std::string& url : urls) {
    const auto host = url.find("://");
    const auto at = url.rfind('@');
    if (!list.empty()) list += ',';
    list += host == url.npos || at == url.npos || at < host
                ? url
                : url.substr(0, host + 3) + url.substr(at + 1);
  }
  return list;
}

}  // namespace

Link::Link(Connection& connection, Loop& loop, const std::vector<std::string>& urls,
           const ConnectOptions& options)
    : connection_(connection),
      loop_(loop),
      bridge_(std::make_shared<Bridge>(loop.core().mailbox(), *this)),
      server_list_(without_secrets(urls)),
      alive_(loop) {
  start_connecting(bridge_, make_options(urls, options), options.retry_first);
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
  const bool works = state_ == State::connecting || has_users || writes_ || closes_;
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
  if (is_online()) {
    const Bridge::Inside inside(*bridge_);
    owned.reset();
  } else {
    removed_.push_back(std::move(owned));
  }
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

// While a thread reconnects, it may hold the lock for which cnats' calls of an event would wait.
void Link::watch() noexcept {
  if (!poll_) return;
  const int wanted = (reads_ ? UV_READABLE : 0) | (writes_ ? UV_WRITABLE : 0);
  const int events = state_ == State::offline ? 0 : wanted;
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
  if (status == NATS_NOT_YET_CONNECTED) {  // with retry_first
    nats_ = connection.release();
    state_ = State::offline;
    return;
  }
  if (status != NATS_OK) return fail(from_nats(status, "connect", server_list_, detail));
  nats_ = connection.release();
  go_online(server_of(nats_));
}

void Link::on_reconnected(std::string server) {
  // It may have been lost again, before this call was made.
  if (state_ == State::offline && reads_) go_online(std::move(server));
}

void Link::go_online(std::string server) {
  const Ref<Connection> alive(&connection_);
  state_ = State::online;
  watch();
  max_payload_ = static_cast<std::size_t>(natsConnection_GetMaxPayload(nats_));
  {
    const Bridge::Inside inside(*bridge_);
    removed_.clear();
  }
  const bool is_first = !std::exchange(has_stood_, true);
  if (!is_first) ++reconnects_;
  tell_users([](LinkUser& user) { user.on_online(); });
  if (is_first)
    connection_.emit(Connected{std::move(server)});
  else
    connection_.emit(Reconnected{std::move(server)});
  if (closes_) close_when_sent();
}

// May be called by cnats with its lock held, so users are told later.
void Link::go_offline() {
  if (state_ != State::online) return;
  state_ = State::offline;
  writes_ = false;
  watch();
  loop_.next_tick([this, alive = Ref<Connection>(&connection_)] {
    if (state_ == State::closed) return;
    tell_users([](LinkUser& user) { user.on_offline(); });
    if (state_ == State::offline) connection_.emit(Disconnected{});
    if (closes_) close_when_sent();
  });
}

void Link::on_disconnected() { go_offline(); }

void Link::on_error(natsStatus status, const std::string& detail) {
  if (state_ == State::closed) return;
  const Error error = from_nats(status, "server", {}, detail);
  if (connection_.listeners().count(&weir::internal::kEventKey<Error>) > 0) connection_.emit(error);
}

void Link::on_closed(natsStatus status, const std::string& detail) {
  if (state_ == State::closed) return;
  if (status == NATS_OK) status = NATS_CONNECTION_CLOSED;
  fail(from_nats(status, "connection", server_list_, detail));
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
  failure_ = failure(Errc::closed, "connection", server_list_);
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
  const bool was_online = is_online();
  state_ = State::closed;
  settle();
  OwnedConnection connection(std::exchange(nats_, nullptr));
  poll_.reset();
  const Bridge::Inside inside(*bridge_);
  if (!connection) return removed_.clear();
  if (was_online) {
    removed_.clear();
    connection.reset();
  } else {
    close_elsewhere(std::move(connection), std::move(removed_));
  }
}

}  // namespace weir::nats::internal
