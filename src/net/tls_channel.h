// What a tls::Socket is made on: its sink and source, between an engine and a transport.
//
//   written  -> batch (64 KiB at most is encrypted) -> transport.write; its callback: the next one
//   read     <- what the stream wants is decrypted  <- transport's Data; paused while it wants none
//
// Before the handshake is over, the one write that the stream hands on, or its final, is parked; so
// it is once the transport is broken, until the stream's reader has all that was received before.
#pragma once

#include "net/tls_engine.h"
#include <weir/event/tick_queue.h>
#include <weir/net/connection.h>
#include <weir/stream/done.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::tls {

class Socket;

class Channel final : public Sink, public Source, private LoopShutdownHook {
 public:
  // What is to be had of a transport that ends where the other side has said no end.
  enum class UnexpectedEof : std::uint8_t { is_error, is_end };

  Channel(Ref<net::Connection> transport, Engine::Settings settings, UnexpectedEof unexpected_eof);
  ~Channel() override;

  // Once the stream is whole: listens to the transport, and begins to shake hands on a tick.
  void start(Socket& socket);

  net::Connection& transport() const noexcept { return *transport_; }
  const Engine& engine() const noexcept { return engine_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  // Has the transport be reset where it is destroyed.
  void reset_on_close() noexcept { resets_ = true; }

  // Goes on from a handshake that waited for its context.
  void use_context(Ref<SecureContext> context);

  void read(Readable& stream, std::size_t size) override;
  void write(Chunk chunk, Done done) override;
  void writev(weir::Batch written, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  //   handshaking  what is written is parked
  //   open
  //   ending       a close_notify was said: nothing more is written
  //   destroyed    nothing more goes up or down
  enum class Phase : std::uint8_t { handshaking, open, ending, destroyed };
  // Of the stream: it has enough, it wants some, it was told the end.
  enum class Demand : std::uint8_t { none, some, ended };
  // Of the transport: more ciphertext may come, no more will, it is closed.
  enum class Below : std::uint8_t { open, ended, closed };
  struct Batch;

  void let_go() noexcept override;
  void listen();
  void stop_listening() noexcept;
  bool is_open() const noexcept { return phase_ == Phase::open || phase_ == Phase::ending; }
  void on_data(const Buffer& ciphertext);
  void on_broken(const Error& error);
  void on_error(const Error& error);
  void on_end();
  void on_close();

  void advance();
  void open();
  void go_on();
  void disconnected_early();
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

  void encrypt_next(std::unique_ptr<Batch> batch);
  void on_sent(std::unique_ptr<Batch> batch, const Error& error);
  void park(std::unique_ptr<Batch> batch);
  void say_end(Done done);
  void fail_parked(const Error& error);
  void close_transport(bool had_error);
  void on_closed(bool had_error);

  Ref<net::Connection> transport_;
  Engine engine_;
  UnexpectedEof unexpected_eof_;
  Socket* socket_ = nullptr;
  Ref<Socket> alive_;  // until the transport is closed
  Phase phase_ = Phase::handshaking;
  Demand demand_ = Demand::none;
  Below below_ = Below::open;
  Error broken_;                // of the transport, and not reported yet
  bool is_decrypting_ = false;  // on the stack
  bool resets_ = false;
  std::unique_ptr<Batch> parked_;
  std::optional<Done> parked_final_;
  std::vector<ListenerId> listeners_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace weir::tls
