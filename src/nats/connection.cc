#include <weir/nats/connection.h>

#include "nats/errors.h"
#include "nats/link.h"
#include "nats/outgoing.h"
#include "nats/request.h"

#include <utility>

#include <fmt/format.h>

namespace weir::nats {

Connection::Connection(Loop& loop, const std::vector<std::string>& urls,
                       const ConnectOptions& options)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      listeners_(&loop.ticks(), this),
      link_(make_owned<internal::Link>(*this, loop, urls, options)) {}

Connection::~Connection() = default;

void Connection::publish(std::string_view subject, std::string_view data, const Headers& headers) {
  const internal::OwnedMessage message = internal::make_message(subject, {}, data, headers);
  if (!link_->is_online()) return;
  if (const natsStatus status = link_->publish(message.get()); status != NATS_OK)
    throw internal::from_nats(status, "publish", subject);
}

void Connection::request(std::string_view subject, std::string_view data, Replied replied,
                         std::chrono::milliseconds timeout) {
  weir::internal::require_function(replied, "replied");
  internal::send_request(*this, std::string(subject), std::string(data), std::move(replied),
                         timeout);
}

void Connection::close() { link_->close(); }
bool Connection::connected() const noexcept { return link_->is_online(); }
bool Connection::closed() const noexcept { return link_->is_closed(); }
std::size_t Connection::max_payload() const noexcept { return link_->max_payload(); }
std::uint64_t Connection::reconnects() const noexcept { return link_->reconnects(); }

void Connection::let_go() noexcept {
  const Ref<Connection> alive(this);  // its streams may be the last that have it
  link_->let_go();
  listeners_.close();
}

std::string Connection::describe() const { return "a nats::Connection"; }
std::string Connection::status() const { return link_ ? link_->state() : ""; }

Ref<Connection> connect(Loop& loop, std::vector<std::string> urls, const ConnectOptions& options) {
  return Ref<Connection>::adopt(new Connection(loop, urls, options));
}

Ref<Connection> connect(Loop& loop, std::string url, const ConnectOptions& options) {
  std::vector<std::string> urls;
  urls.push_back(std::move(url));
  return connect(loop, std::move(urls), options);
}

}  // namespace weir::nats
