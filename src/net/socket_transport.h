// SocketTransport - sink and source of a Socket: writes are sent to the descriptor, bytes received
// are pushed to the stream.
//
//   state        on                                            becomes
//   unconnected  connect()                                     connecting
//                open(), adopt()                               open
//   connecting   the Connector succeeds                        open
//   open         a call fails, and bytes are still to be read  broken
//   broken       the reader has them: reports the failure      open, until the stream destroys it
//   any          destroy, the Loop's end                       closed
//
// While connecting, writes and the end wait in the SendQueue. A broken socket sends no more.
#pragma once

#include "loop/stall_timer.h"
#include "net/connector.h"
#include "net/descriptor.h"
#include "net/idle_timer.h"
#include "net/send_queue.h"
#include "net/socket_settings.h"
#include <weir/event/tick_queue.h>
#include <weir/net/errors.h>
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
                              private LoopShutdownHook,
                              private Descriptor::Watcher,
                              private Connector::Client {
 public:
  static constexpr SinkTraits kTraits{.writev = true,
                                      .final = true,
                                      .delivery = Delivery::until_idle,
                                      .merges = true,
                                      .completes_ahead = true};

  explicit SocketTransport(Loop& loop, const SocketOptions& options);
  ~SocketTransport() override;

  // Creates a Socket on an existing connection. ERRORS: throws if the connection cannot be set up;
  // if its options are refused, the caller still has it.
  static Ref<Socket> socket_on(Loop& loop, const SocketOptions& options,
                               std::unique_ptr<Descriptor>&& connection);

  // Sets the stream of this resource.
  void serve(Socket& socket) noexcept;

  void connect(ConnectOptions options);
  // Takes over a connected descriptor. REQUIRES: the socket was never connected. ERRORS: throws if
  // the connection cannot be set up.
  void open(std::unique_ptr<Descriptor>&& descriptor);
  // Takes over a descriptor that is not watched yet. OWNS: fd, on success. ERRORS: throws if the
  // descriptor cannot be watched or set up.
  void adopt(int fd);
  // CALLS BACK: `gone` once, when the stream is destroyed.
  void on_gone(Function<void()> gone) { gone_ = std::move(gone); }

  // Only called on an unconnected socket.
  void write(Chunk, Done done) override { done(Errc::socket_closed); }
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;
  bool takes_ranges() override { return is_open(); }
  std::uint64_t system_calls() const noexcept override { return receives_ + queue_.sends(); }

  void set_no_delay(bool on);
  void set_keep_alive(const KeepAlive& how);
  void set_type_of_service(int value);
  int type_of_service() const;
  void reference(bool on);
  // The close will reset the connection. REQUIRES: is_open().
  void reset();

  IdleTimer& idle() noexcept { return idle_; }
  // REQUIRES: the stream is not destroyed.
  void set_stall_timeout(std::chrono::milliseconds limit);
  bool connecting() const noexcept { return state_ == State::connecting; }
  // Includes broken connections.
  bool is_open() const noexcept { return state_ == State::open || state_ == State::broken; }
  bool is_unconnected() const noexcept { return state_ == State::unconnected; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  // Bytes sent or reported as written, plus `queued`.
  std::uint64_t bytes_written(std::size_t queued) const noexcept;
  std::uint64_t bytes_acknowledged() const noexcept;
  std::optional<Address> local_address() const;
  std::optional<Address> remote_address() const;

 private:
  enum class State : std::uint8_t { unconnected, connecting, open, broken, closed };
  enum class Reading : std::uint8_t {
    idle,    // or watched, if there is a descriptor
    wanted,  // not connected yet
    ended    // the peer's end was pushed
  };

  // The failure of an open connection.
  struct Breakage {
    enum class Of : std::uint8_t { sending, receiving };

    Error error;
    Of of;
    bool has_received_all;  // the unread rest is in the stream's buffer
  };

  bool may_send_ahead(const Batch& batch);
  void flush();
  bool awaits_peer() const noexcept;
  bool has_sent_all() const noexcept { return queue_.state() == SendQueue::State::empty; }
  // ERRORS: throws if the system refuses an option that must hold.
  void start_with(std::unique_ptr<Descriptor>&& descriptor);
  void on_receive_failed(int error);
  void on_received_end();
  void shut_down(Done done);
  void break_off(Breakage breakage);
  bool has_unread_input() const;
  void go_on_broken();
  void report_on_tick();
  void report();
  void send_last();
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
  Ref<Socket> alive_;  // set from connecting to closed
  State state_ = State::unconnected;
  Ref<Connector> connector_;
  std::unique_ptr<Descriptor> descriptor_;
  SocketSettings settings_;
  SendQueue queue_;
  std::size_t mark_ = 0;    // the stream's high-water mark
  bool flush_due_ = false;  // a callback has reached the mark; flushes when no tick is left
  std::optional<Done> waiting_final_;  // waits for the connection or for the queue
  Reading reading_ = Reading::idle;
  std::optional<Breakage> breakage_;  // set while broken
  std::uint64_t bytes_read_ = 0;
  std::uint64_t receives_ = 0;
  IdleTimer idle_;
  std::unique_ptr<internal::StallTimer> stall_;  // null: no limit
  Function<void()> gone_;
};

}  // namespace weir::net
