#include "net/connector.h"

#include "net/errors.h"
#include "net/resolver.h"
#include "stream/in_turn.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

namespace weir::net {

using weir::internal::in_turn;

namespace {

// Alternates between the families as in Node, beginning with the first address's; each address
// occurs once.
std::vector<Address> alternating(const std::vector<Address>& found) {
  std::vector<Address> groups[2];
  for (const Address& address : found) {
    auto& group = groups[address.family == found.front().family ? 0 : 1];
    if (std::ranges::find(group, address) == group.end()) group.push_back(address);
  }
  std::vector<Address> result;
  for (std::size_t i = 0; i < std::max(groups[0].size(), groups[1].size()); ++i)
    for (const auto& group : groups)
      if (i < group.size()) result.push_back(group[i]);
  return result;
}

Family family_of(std::string_view ip) noexcept { return is_ipv4(ip) ? Family::ipv4 : Family::ipv6; }

}  // namespace

Connector::Connector(Loop& loop, Client& client, ConnectOptions options)
    : loop_(loop), client_(&client), options_(std::move(options)) {
  if (!options_.path.empty()) return;
  if (!options_.port)
    throw Error(weir::Errc::missing_args,
                "The \"options\" or \"port\" or \"path\" argument must be specified");
  port_ = checked_port(*options_.port, "Port");
  static_cast<void>(checked_port(options_.local_port, "options.localPort"));
  if (const std::string& local = options_.local_address; !local.empty() && is_ip(local) == 0)
    throw Error(Errc::invalid_ip_address, fmt::format("Invalid IP address: {}", local));
  if (options_.host.empty()) options_.host = "localhost";
}

void Connector::start() {
  if (!options_.path.empty())
    addresses_ = {{options_.path, Family::unix_path}};
  else if (is_ip(options_.host) == 0)
    return look_up();
  else
    addresses_ = {{options_.host, family_of(options_.host), port_}};
  loop_.next_tick([this, alive = Ref<Connector>(this)] {
    if (client_) try_next();
  });
}

void Connector::abandon() noexcept {
  client_ = nullptr;
  stop_timer();
  descriptor_ = nullptr;
}

void Connector::look_up() {
  LookupDone done = [this, alive = Ref<Connector>(this)](const Error& error,
                                                         const std::vector<Address>& found) {
    if (client_) on_looked_up(error, found);
  };
  if (options_.lookup)
    options_.lookup(options_.host, options_.family, std::move(done));
  else
    resolve(loop_.core(), options_.host, options_.family, std::move(done));
}

void Connector::on_looked_up(const Error& error, const std::vector<Address>& found) {
  if (error) {
    const Lookup lookup{.error = error, .address = Address(), .host = options_.host};
    return in_turn(
        loop_, [&] { client_->on_lookup(lookup); },
        [this, alive = Ref<Connector>(this), error] {
          if (client_) fail_later(error);
        });
  }
  const bool one = !options_.auto_select_family || !options_.local_address.empty() ||
                   options_.family != Family::any;
  const std::size_t count = one && !found.empty() ? 1 : found.size();
  tell({found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count)});
}

// Emits each address, then tries them.
void Connector::tell(std::vector<Address> found) {
  if (found.empty()) return try_found();
  const Address first = found.front();
  found.erase(found.begin());
  in_turn(
      loop_, [&] { client_->on_lookup({{}, first, options_.host}); },
      [this, alive = Ref<Connector>(this), first, rest = std::move(found)]() mutable {
        if (!client_) return;
        addresses_.push_back({first.address, first.family, port_});
        tell(std::move(rest));
      });
}

void Connector::try_found() {
  const bool sound = std::ranges::all_of(addresses_, [](const Address& address) {
    return is_ip(address.address) == (address.family == Family::ipv4 ? 4 : 6);
  });
  if (addresses_.empty() || !sound)
    return fail_later({Errc::invalid_ip_address,
                       fmt::format("Invalid IP address: {}",
                                   addresses_.empty() ? "none" : addresses_.front().address)});
  addresses_ = alternating(addresses_);
  try_next();
}

void Connector::try_next() {
  if (next_ == addresses_.size()) return fail(Error::all_of(std::move(errors_)));
  attempt(addresses_[next_++]);
}

void Connector::attempt(const Address& address) {
  const Pin alive(*this);
  auto opened = open_and_bind(address);
  if (!opened) return on_attempt_over(std::move(opened.error()), Attempt::not_made);
  descriptor_ = *std::move(opened);
  in_turn(
      loop_, [&] { client_->on_attempt(address); },
      [this, alive = Ref<Connector>(this)] {
        if (client_) connect();
      });
}

void Connector::connect() {
  const Pin alive(*this);
  const Address& address = addresses_[next_ - 1];
  const std::optional<SystemAddress> to = SystemAddress::of(address);
  const int error = !to                                                        ? EINVAL
                    : ::connect(descriptor_->fd(), to->get(), to->length) == 0 ? 0
                                                                               : errno;
  // As libuv: reports an immediate failure on a later turn, except for errors of the program.
  const bool later = error == ECONNREFUSED || address.family == Family::unix_path;
  if (error != 0 && error != EINPROGRESS) {
    if (!later)
      return on_attempt_over(refused(error, address),
                             addresses_.size() > 1 ? Attempt::made : Attempt::not_made);
    loop_.set_immediate([this, keep = Ref<Connector>(this),
                         failure = failed("connect", error, place_of(address))]() mutable {
      if (client_) on_attempt_over(std::move(failure));
    });
    return;
  }
  descriptor_->watch_writes(true);
  if (next_ == addresses_.size()) return;
  const auto limit =
      std::max(options_.auto_select_family_attempt_timeout, std::chrono::milliseconds(10));
  timer_ = loop_.set_timeout(limit, [this] { on_attempt_too_long(); });
}

// The error of an attempt that the system refuses at once. Node adds the local address.
Error Connector::refused(int error, const Address& address) const {
  const std::optional<Address> local = descriptor_->local_address();
  if (!local) return failed("connect", error, place_of(address));
  return failed("connect", error,
                fmt::format("{} - Local ({})", place_of(address), place_of(*local)));
}

std::expected<std::unique_ptr<SystemDescriptor>, Error> Connector::open_and_bind(
    const Address& address) {
  const std::optional<SystemAddress> to = SystemAddress::of(address);
  auto opened = SystemDescriptor::open(loop_.core(), to ? to->family() : AF_UNIX, *this);
  if (!opened) return std::unexpected(failed("connect", opened.error(), place_of(address)));
  const bool binds = !options_.local_address.empty() || options_.local_port != 0;
  if (!binds || address.family == Family::unix_path) return *std::move(opened);
  Address local{options_.local_address, address.family,
                static_cast<std::uint16_t>(options_.local_port)};
  if (local.address.empty()) local.address = address.family == Family::ipv4 ? "0.0.0.0" : "::";
  const std::optional<SystemAddress> from = SystemAddress::of(local);
  if (!from || ::bind((*opened)->fd(), from->get(), from->length) != 0)
    return std::unexpected(failed("bind", from ? errno : EINVAL, place_of(local)));
  return *std::move(opened);
}

void Connector::on_writable() {
  const Pin alive(*this);
  descriptor_->watch_writes(false);
  const Address& address = addresses_[next_ - 1];
  if (const int error = descriptor_->take_error(); error != 0)
    return on_attempt_over(failed("connect", error, place_of(address)));
  stop_timer();
  std::exchange(client_, nullptr)->on_connected(std::move(descriptor_));
}

// Emits the failure of an attempt only if it was made.
void Connector::on_attempt_over(Error error, Attempt attempt) {
  const Pin alive(*this);
  stop_timer();
  descriptor_ = nullptr;
  const Address address = addresses_[next_ - 1];
  const auto report = [&] {
    if (attempt == Attempt::made) client_->on_attempt_failed(address, error);
  };
  in_turn(loop_, report, [this, alive = Ref<Connector>(this), error] {
    if (!client_) return;
    errors_.push_back(error);
    try_next();
  });
}

void Connector::on_attempt_too_long() {
  const Pin alive(*this);
  timer_.clear();
  descriptor_ = nullptr;
  const Address address = addresses_[next_ - 1];
  const auto report = [&] { client_->on_attempt_timeout(address); };
  in_turn(loop_, report, [this, alive = Ref<Connector>(this), address] {
    if (!client_) return;
    errors_.push_back(failed("connect", ETIMEDOUT, place_of(address)));
    try_next();
  });
}

void Connector::fail_later(Error error) {
  loop_.next_tick([this, alive = Ref<Connector>(this), error = std::move(error)]() mutable {
    if (client_) fail(std::move(error));
  });
}

void Connector::fail(Error error) {
  std::exchange(client_, nullptr)->on_connect_failed(std::move(error));
}

void Connector::stop_timer() noexcept { timer_.clear(); }

}  // namespace weir::net
