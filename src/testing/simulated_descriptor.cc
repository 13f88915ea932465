#include "testing/simulated_descriptor.h"

#include "loop/loop_core.h"
#include "testing/tell.h"
#include <weir/event/tick_queue.h>
#include <weir/testing/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

namespace weir::test {

// One side of a connection. It outlives its descriptor, for what is on the way.
struct SimulatedDescriptor::End {
  Watcher* watcher = nullptr;  // null once closed
  std::shared_ptr<Direction> outgoing = std::make_shared<Direction>();
  std::size_t cut_at = std::numeric_limits<std::size_t>::max();  // what it has sent beyond is lost
  bool watches_reads = false;
  bool watches_writes = false;
  bool read_is_due = false;
  bool write_is_due = false;
  bool resets_on_close = false;
  int error = 0;  // reported by the next call
  bool is_broken = false;
};

struct SimulatedDescriptor::Link final : std::enable_shared_from_this<SimulatedDescriptor::Link>,
                                         LoopShutdownHook {
  Link(Loop& on, const NetworkFaults& with, std::uint64_t seed, SimulationLog* to,
       std::shared_ptr<const void> kept)
      : LoopShutdownHook(on.ticks(), Turn::last),
        loop(on),
        faults(with),
        random(seed),
        log(to ? *to : none),
        token(std::move(kept)) {}

  void let_go() noexcept override {}
  // The side in the story.
  std::string name(int side) const {
    return fmt::format("{} of connection {}", side == 0 ? "client" : "server", number());
  }
  bool has_loop() const noexcept { return has_queue(); }
  void cause_failures() {
    log.on_fault(Error::system(ECONNRESET, "read"));
    log.on_fault(Error::system(EPIPE, "write"));
  }

  Direction& to(int side) { return *ends[static_cast<std::size_t>(1 - side)].outgoing; }
  Direction& from(int side) { return *ends[static_cast<std::size_t>(side)].outgoing; }
  End& at(int side) { return ends[static_cast<std::size_t>(side)]; }

  bool is_readable(int side) {
    const Direction& direction = to(side);
    return direction.received < direction.arrived || direction.end_has_arrived ||
           at(side).is_broken;
  }
  std::size_t room(int side) {
    const Direction& direction = from(side);
    const std::size_t on_the_way = direction.sent.size() - direction.received;
    return faults.window > on_the_way ? faults.window - on_the_way : 0;
  }

  // Calls the watcher on a later turn, again and again while it is ready.
  void look(int side) {
    End& end = at(side);
    if (end.watches_reads && !end.read_is_due && is_readable(side)) {
      end.read_is_due = true;
      loop.set_immediate([self = shared_from_this(), side] {
        End& now = self->at(side);
        now.read_is_due = false;
        if (now.watches_reads && now.watcher && self->is_readable(side)) now.watcher->on_readable();
        self->look(side);
      });
    }
    if (end.watches_writes && !end.write_is_due && (room(side) > 0 || end.is_broken)) {
      end.write_is_due = true;
      loop.set_immediate([self = shared_from_this(), side] {
        End& now = self->at(side);
        now.write_is_due = false;
        if (now.watches_writes && now.watcher) now.watcher->on_writable();
        self->look(side);
      });
    }
  }

  // Things arrive in the order in which they were sent.
  template <class F>
  void arrive(F what) {
    const auto now = loop.core().clock().now();
    const auto most = static_cast<std::size_t>(faults.latency.count());
    last_arrival = std::max(last_arrival, now + std::chrono::milliseconds(random.below(most + 1)));
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(last_arrival - now);
    auto call = [self = shared_from_this(), what = std::move(what)]() mutable { what(*self); };
    if (time.count() > 0)
      loop.set_timeout(time, std::move(call));
    else
      loop.set_immediate(std::move(call));
  }

  // The system of this side resets the connection, and drops what it has not transmitted yet. The
  // rest arrives before the reset, or is overtaken.
  void reset(int side) {
    Direction& direction = from(side);
    at(side).cut_at =
        direction.arrived + random.below(direction.sent.size() - direction.arrived + 1);
    cause_failures();
    arrive([side](Link& link) { link.break_off(1 - side, ECONNRESET); });
  }
  void break_off(int side, int error) {
    End& end = at(side);
    if (end.is_broken) return;
    end.is_broken = true;
    end.error = error;
    look(side);
  }
  void lose() {
    if (is_lost) return;
    is_lost = true;
    log.on_event("lost connection");
    cause_failures();
    tell(log, "net: a connection is lost");
    arrive([](Link& link) {
      link.break_off(0, ECONNRESET);
      link.break_off(1, ECONNRESET);
    });
  }

  Loop& loop;
  NetworkFaults faults;
  Random random;
  SimulationLog none;
  SimulationLog& log;
  std::shared_ptr<const void> token;
  std::array<End, 2> ends;
  std::chrono::steady_clock::time_point last_arrival;
  bool is_lost = false;
};

SimulatedDescriptor::Ends SimulatedDescriptor::connect(Loop& loop, const NetworkFaults& faults,
                                                       std::uint64_t seed, SimulationLog* log,
                                                       std::shared_ptr<const void> token) {
  const auto link = std::make_shared<Link>(loop, faults, seed, log, std::move(token));
  return {std::unique_ptr<SimulatedDescriptor>(new SimulatedDescriptor(link, 0)),
          std::unique_ptr<SimulatedDescriptor>(new SimulatedDescriptor(link, 1))};
}

SimulatedDescriptor::SimulatedDescriptor(std::shared_ptr<Link> link, int side)
    : link_(std::move(link)), side_(side) {}

SimulatedDescriptor::~SimulatedDescriptor() {
  if (own().watcher) close({});
}

SimulatedDescriptor::End& SimulatedDescriptor::own() const noexcept { return link_->at(side_); }
SimulatedDescriptor::End& SimulatedDescriptor::other() const noexcept {
  return link_->at(1 - side_);
}

std::shared_ptr<const SimulatedDescriptor::Direction> SimulatedDescriptor::outgoing()
    const noexcept {
  return own().outgoing;
}
std::shared_ptr<const SimulatedDescriptor::Direction> SimulatedDescriptor::incoming()
    const noexcept {
  return other().outgoing;
}

void SimulatedDescriptor::hand_to(Watcher& watcher) noexcept { own().watcher = &watcher; }
void SimulatedDescriptor::watch_reads(bool on) {
  own().watches_reads = on;
  link_->look(side_);
}
void SimulatedDescriptor::watch_writes(bool on) {
  own().watches_writes = on;
  link_->look(side_);
}
bool SimulatedDescriptor::watches_reads() const noexcept { return own().watches_reads; }
bool SimulatedDescriptor::watches_writes() const noexcept { return own().watches_writes; }

net::Descriptor::Result SimulatedDescriptor::receive(std::span<std::byte> room) noexcept {
  Direction& direction = link_->to(side_);
  std::size_t count = std::min(room.size(), direction.arrived - direction.received);
  if (count == 0) {
    if (own().error) return std::unexpected(std::exchange(own().error, 0));
    if (direction.end_has_arrived || own().is_broken) return 0;
    return std::unexpected(EAGAIN);
  }
  if (count > 1 && link_->random.chance(link_->faults.short_receive))
    count = link_->random.between(1, count - 1);
  std::memcpy(room.data(), direction.sent.data() + direction.received, count);
  direction.received += count;
  tell(link_->log, "net: {} receives {} bytes", link_->name(side_), count);
  link_->look(1 - side_);  // it may send again
  return count;
}

net::Descriptor::Result SimulatedDescriptor::peek() noexcept {
  const Direction& direction = link_->to(side_);
  if (direction.received < direction.arrived) return 1;
  if (own().error) return std::unexpected(own().error);
  if (direction.end_has_arrived || own().is_broken) return 0;
  return std::unexpected(EAGAIN);
}

net::Descriptor::Result SimulatedDescriptor::send(std::span<const iovec> views, More) noexcept {
  Direction& direction = link_->from(side_);
  if (direction.is_ended) link_->log.on_misuse("a connection: send after shut_down");
  if (own().error) return std::unexpected(std::exchange(own().error, 0));
  if (own().is_broken) return std::unexpected(EPIPE);
  std::string bytes;
  for (const iovec& view : views)
    bytes.append(static_cast<const char*>(view.iov_base), view.iov_len);
  std::size_t count = std::min(bytes.size(), link_->room(side_));
  if (count == 0 && !bytes.empty()) return std::unexpected(EAGAIN);
  if (count > 1 && link_->random.chance(link_->faults.short_send))
    count = link_->random.between(1, count - 1);
  const std::size_t limit = link_->faults.lost_after;
  if (limit > 0 && direction.sent.size() + count >= limit) link_->lose();
  direction.sent += bytes.substr(0, count);
  tell(link_->log, "net: {} sends {} of {} bytes", link_->name(side_), count, bytes.size());
  if (link_->is_lost) return count;
  link_->arrive([side = side_, to = direction.sent.size()](Link& link) {
    Direction& arriving = link.from(side);
    if (arriving.is_closed) return link.reset(1 - side);
    arriving.arrived = std::max(arriving.arrived, std::min(to, link.at(side).cut_at));
    link.look(1 - side);
  });
  return count;
}

std::size_t SimulatedDescriptor::send_room() const noexcept { return link_->room(side_); }
std::size_t SimulatedDescriptor::unacknowledged() const noexcept {
  const Direction& direction = link_->from(side_);
  return direction.sent.size() - direction.arrived;
}

int SimulatedDescriptor::shut_down() noexcept {
  Direction& direction = link_->from(side_);
  if (own().is_broken) return ENOTCONN;
  if (std::exchange(direction.is_ended, true) || link_->is_lost) return 0;
  tell(link_->log, "net: {} sends the end", link_->name(side_));
  link_->arrive([side = side_, to = direction.sent.size()](Link& link) {
    if (link.at(side).cut_at < to) return;
    link.from(side).end_has_arrived = true;
    link.look(1 - side);
  });
  return 0;
}

std::optional<net::Address> SimulatedDescriptor::local_address() const {
  return net::Address{"10.0.0.1", net::Family::ipv4, static_cast<std::uint16_t>(1 + side_)};
}
std::optional<net::Address> SimulatedDescriptor::remote_address() const {
  return net::Address{"10.0.0.1", net::Family::ipv4, static_cast<std::uint16_t>(2 - side_)};
}

int SimulatedDescriptor::reset_on_close(bool on) noexcept {
  own().resets_on_close = on;
  return 0;
}

void SimulatedDescriptor::close(Function<void()> closed) {
  End& end = own();
  if (!end.watcher) link_->log.on_misuse("a connection is closed twice");
  end.watcher = nullptr;
  end.watches_reads = end.watches_writes = false;
  Direction& incoming = link_->to(side_);
  incoming.is_closed = true;
  const bool resets = end.resets_on_close || incoming.received < incoming.arrived;
  if (!link_->has_loop()) return;
  if (resets && !end.is_broken) {
    link_->log.on_event("reset connection");
    tell(link_->log, "net: {} closes and resets the connection", link_->name(side_));
    link_->reset(side_);
  } else if (!end.is_broken) {
    shut_down();
  }
  if (closed) link_->loop.set_immediate(std::move(closed));
}

}  // namespace weir::test
