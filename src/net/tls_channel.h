// Channel - the sink and source of a tls::Socket, between an engine and a transport.
//
//   written  -> batch (64 KiB at most is encrypted) -> transport.write; its callback: the next part
//   read     <- decrypted as the stream asks for it <- transport's Data; paused without demand
//
// The channel keeps the stream's one pending write until it is complete. During the handshake that
// write, or the stream's final, is parked. It is parked, too, once the transport is broken, until
// the stream's reader has all data received before. A destroyed stream's pending write is called
// back when the transport closes, as without TLS (uncompleted.h).
#pragma once

#include "net/tls_engine.h"
#include "net/uncompleted.h"
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/net/connection.h>
#include <weir/stream/done.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace weir::tls {

class Socket;

class Channel final : public Sink, public Source, private LoopShutdownHook {
 public:
  // The treatment of a transport that ends without the peer's close_notify.
  enum class UnexpectedEof : std::uint8_t { is_error, is_end };

  Channel(Ref<net::Connection> transport, Engine::Settings settings, UnexpectedEof unexpected_eof);
  ~Channel() override;

  // REQUIRES: the stream is constructed. Listens to the transport, and begins the handshake on a
  // tick.
  void start(Socket& socket);

  net::Connection& transport() const noexcept { return *transport_; }
  const Engine& engine() const noexcept { return engine_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  // The transport will be reset when it is destroyed.
  void reset_on_close() noexcept { resets_ = true; }

  // Continues a handshake that waited for its context.
  void use_context(Ref<SecureContext> context);

  void read(Readable& stream, std::size_t size) override;
  void write(Chunk chunk, Done done) override;
  void writev(weir::Batch written, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  //   handshaking  writes are parked
  //   open
  //   ending       close_notify was sent: no more writes
  //   destroyed    no data passes
  //   failed       the same, after an error
  enum class Phase : std::uint8_t { handshaking, open, ending, destroyed, failed };
  // The stream's demand: its buffer is full, it wants data, or it has been ended.
  enum class Demand : std::uint8_t { none, some, ended };
  // The transport: more ciphertext may come, its end was received, it is closed.
  enum class Below : std::uint8_t { open, ended, closed };
  struct Batch;

  void let_go() noexcept override;
  void listen();
  bool is_destroyed() const noexcept { return phase_ >= Phase::destroyed; }
  bool is_open() const noexcept { return phase_ == Phase::open || phase_ == Phase::ending; }
  void on_data(const Buffer& ciphertext);
  void on_broken(const Error& error);
  void announce(const Error& error);
  void on_error(const Error& error);
  void on_end();
  void on_close();

  void advance();
  void open();
  void go_on();
  void disconnected_early();
  void report(Error error);
  void fail(Error error);
  void fail_behind_what_came(Error error);
  bool has_unread_input() const;
  void break_off(const Error& error);
  void destroy_on_tick();
  void close_after_end();
  void send_output();

  void decrypt();
  bool decrypt_next();
  bool is_host_verified() const noexcept;
  void tell_sessions();

  void encrypt_next();
  void on_sent(const Error& error);
  void complete(Error error);
  void say_end(Done done);
  void close_transport();
  void on_closed();

  Ref<net::Connection> transport_;
  Engine engine_;
  UnexpectedEof unexpected_eof_;
  Socket* socket_ = nullptr;
  Ref<Socket> alive_;  // set until the transport has closed
  Phase phase_ = Phase::handshaking;
  Demand demand_ = Demand::none;
  Below below_ = Below::open;
  Error broken_;                // the transport's error, not reported yet
  bool is_announced_ = false;   // Broken was emitted
  bool is_decrypting_ = false;  // decrypt() is on the stack
  bool resets_ = false;
  net::Reached reached_;  // by the transport
  std::unique_ptr<Batch> batch_;
  std::optional<Done> parked_final_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  ScopedListeners listeners_;  // of the transport, until destroy()
  // Of the transport, until it has closed. They are added with the others, so that closing needs no
  // memory.
  ScopedListeners end_listeners_;
};

}  // namespace weir::tls
