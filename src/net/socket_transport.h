// Both directions of a Socket: what is written goes to the descriptor, what it has is pushed.
//
//   state        on                        becomes
//   unconnected  connect()                 connecting
//   connecting   the Connector succeeds    open
//   any          destroy                   closed
//
// What is written and ended while it is connecting waits for that. An open one may be broken: its
// failure is reported once the stream's reader has all that was received before.
#pragma once

#include "net/connector.h"
#include "net/descriptor.h"
#include "net/holding.h"
#include "net/idle_timer.h"
#include "net/send_batch.h"
#include <weir/event/tick_queue.h>
#include <weir/net/socket.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::net {

class SocketTransport final : public Sink,
                              public Source,
                              private TickHolder,
                              private Descriptor::Watcher,
                              private Connector::Client {
 public:
  static constexpr SinkTraits kTraits{
      .writev = true, .final = true, .delivery = Delivery::until_idle, .merges = true};

  explicit SocketTransport(Loop& loop, const SocketOptions& options);
  ~SocketTransport() override;

  // The stream that this is the resource of.
  void serve(Socket& socket) noexcept { socket_ = &socket; }

  void connect(ConnectOptions options);
  // Takes a connected descriptor over. REQUIRES: nothing was connected yet.
  // ERRORS: throws where it cannot be set up.
  void open(std::unique_ptr<Descriptor> descriptor);
  // The same, of a descriptor that is not watched yet. OWNS: fd, where it succeeds.
  // ERRORS: throws what opening does.
  void adopt(int fd);
  // CALLS BACK: `gone` once, when it is destroyed.
  void on_gone(Function<void()> gone) { gone_ = std::move(gone); }

  // Of a socket that connects to nothing.
  void write(Chunk, Done done) override { done(Errc::socket_closed); }
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;
  bool takes_ranges() override { return is_open(); }

  void set_no_delay(bool on);
  void set_keep_alive(const KeepAlive& how);
  void set_type_of_service(int value);
  int type_of_service() const;
  void reference(bool on);
  // Has the peer see a reset. REQUIRES: is_open().
  void reset();

  IdleTimer& idle() noexcept { return idle_; }
  bool connecting() const noexcept { return state_ == State::connecting; }
  bool is_open() const noexcept { return state_ == State::open; }
  bool is_unconnected() const noexcept { return state_ == State::unconnected; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  // What went out or is held, and `queued` bytes more.
  std::uint64_t bytes_written(std::size_t queued) const noexcept;
  std::uint64_t bytes_acknowledged() const noexcept;
  std::optional<Address> local_address() const;
  std::optional<Address> remote_address() const;

 private:
  enum class State : std::uint8_t { unconnected, connecting, open, closed };

  // The failure of an open connection.
  struct Breakage {
    enum class Of : std::uint8_t { sending, receiving };

    Error error;
    Of of;
    bool has_received_all;  // what is left to be read is with the stream
  };

  bool may_hold(const Batch& batch);
  void flush();
  std::int64_t send(SendBatch& batch);
  std::int64_t send_range(SendBatch& batch);
  // ERRORS: throws where what the options promise cannot be had.
  void start_with(std::unique_ptr<Descriptor> descriptor);
  void shut_down(Done done);
  void break_off(Breakage breakage);
  bool has_unread_input() const;
  void go_on_broken();
  void report_on_tick();
  void report(Breakage breakage);
  void on_closed(bool had_error, bool connected);

  void on_readable() override;
  void on_writable() override;
  void let_go() noexcept override;

  void on_lookup(const Lookup& lookup) override;
  void on_attempt(const Address& address) override;
  void on_attempt_failed(const Address& address, const Error& error) override;
  void on_attempt_timeout(const Address& address) override;
  void on_connected(std::unique_ptr<Descriptor> descriptor) override;
  void on_connect_failed(Error error) override;

  Loop& loop_;
  Socket* socket_ = nullptr;
  Ref<Socket> alive_;  // from connecting until it is closed
  State state_ = State::unconnected;
  Ref<Connector> connector_;
  std::unique_ptr<Descriptor> descriptor_;
  std::optional<SendBatch> batch_;
  Holding holding_;
  bool ticks_left_ = false;            // of a callback of the program that has reached the mark
  std::optional<Done> waiting_final_;  // for the connection, or for what is held
  bool read_wanted_ = false;           // before it is connected
  bool has_ended_ = false;             // the peer's end was pushed
  std::optional<Breakage> broken_;     // not reported yet
  bool no_delay_;
  KeepAlive keep_alive_;
  std::optional<int> type_of_service_;
  bool reset_unless_ended_;
  bool referenced_ = true;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_sent_ = 0;   // of batches that are through
  std::uint64_t bytes_taken_ = 0;  // by the system
  IdleTimer idle_;
  Function<void()> gone_;
};

}  // namespace weir::net
