// SimulatedDescriptor - one end of a connection in memory; see weir/testing/connection.h.
//
//   auto [client, server] = SimulatedDescriptor::connect(loop, {.latency = 5ms, .window = 1000});
//   auto socket = net::SocketTransport::socket_on(loop, {}, std::move(client));
#pragma once

#include "net/descriptor.h"
#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/testing/connection.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace weir::test {

class SimulatedDescriptor final : public net::Descriptor {
 public:
  // What one side has sent.
  struct Direction {
    std::string sent;          // accepted from the sender
    std::size_t arrived = 0;   // at the receiver's side
    std::size_t received = 0;  // by the receiver
    bool is_ended = false;     // by the sender
    bool end_has_arrived = false;
    bool is_closed = false;  // the receiver's descriptor is
  };

  using Ends =
      std::pair<std::unique_ptr<SimulatedDescriptor>, std::unique_ptr<SimulatedDescriptor>>;
  // REQUIRES: the log, if any, outlives the connection. OWNS: token, until the connection is over.
  static Ends connect(Loop& loop, const NetworkFaults& faults, std::uint64_t seed = 0,
                      SimulationLog* log = nullptr, std::shared_ptr<const void> token = {});
  ~SimulatedDescriptor() override;

  std::shared_ptr<const Direction> outgoing() const noexcept;
  std::shared_ptr<const Direction> incoming() const noexcept;

  void hand_to(Watcher& watcher) noexcept override;
  void watch_reads(bool on) override;
  void watch_writes(bool on) override;
  bool watches_reads() const noexcept override;
  bool watches_writes() const noexcept override;
  void ref() noexcept override {}
  void unref() noexcept override {}
  Result receive(std::span<std::byte> room) noexcept override;
  Result peek() noexcept override;
  Result send(std::span<const iovec> views, More more) noexcept override;
  Result send_file(int, std::int64_t, std::size_t) noexcept override {
    return std::unexpected(EINVAL);
  }
  std::size_t send_room() const noexcept override;
  std::size_t unacknowledged() const noexcept override;
  int shut_down() noexcept override;
  std::optional<net::Address> local_address() const override;
  std::optional<net::Address> remote_address() const override;
  void set_no_delay(bool) noexcept override {}
  void set_keep_alive(const net::KeepAlive&) noexcept override {}
  int set_type_of_service(int) noexcept override { return 0; }
  std::optional<int> type_of_service() const noexcept override { return std::nullopt; }
  int reset_on_close(bool on) noexcept override;
  void close(Function<void()> closed) override;

 private:
  struct Link;
  struct End;

  SimulatedDescriptor(std::shared_ptr<Link> link, int side);
  End& own() const noexcept;
  End& other() const noexcept;

  std::shared_ptr<Link> link_;
  int side_;
};

}  // namespace weir::test
