#include "net/tls_channel.h"

#include "net/errors.h"
#include "net/is_read.h"
#include "net/tls_error.h"
#include "net/tls_session.h"
#include "stream/chunk_cursor.h"
#include "stream/in_turn.h"
#include <weir/net/tls_socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace weir::tls {

using weir::internal::in_turn;

namespace {

// The limit of ciphertext that the transport has not taken yet: four records.
constexpr std::size_t kMostAhead = std::size_t{64} << 10;
// The transport copies so little next to its other bytes; more is handed over.
constexpr std::size_t kMostCopied = 2048;
// The limit of answers to requests for a KeyUpdate that the peer has not taken.
constexpr std::size_t kMostAnswers = std::size_t{1} << 20;

}  // namespace

// A write in progress.
struct Channel::Batch {
  Batch(std::vector<Chunk> owned, Done on_done)
      : done(std::move(on_done)), chunks(std::move(owned)) {}

  // Encrypts the next part.
  Error encrypt(Engine& engine) {
    engine.expect_output(std::min(chunks.in_memory(kMostAhead), kMostAhead));
    for (std::size_t room = kMostAhead; room > 0 && !chunks.empty();) {
      const auto rest = chunks.front_bytes();
      const auto part = rest.first(std::min(room, rest.size()));
      if (Error error = engine.write(part)) return error;
      room -= part.size();
      size += part.size();
      chunks.advance(part.size());
    }
    return {};
  }
  bool all_encrypted() const noexcept { return chunks.empty(); }

  Done done;
  internal::ChunkCursor chunks;
  std::size_t size = 0;   // bytes encrypted
  bool is_parked = true;  // the transport has no bytes of it to send
};

Channel::Channel(Ref<net::Connection> transport, Engine::Settings settings,
                 UnexpectedEof unexpected_eof)
    : LoopShutdownHook(transport->ticks()),
      transport_(std::move(transport)),
      engine_(std::move(settings)),
      unexpected_eof_(unexpected_eof),
      reached_(transport_->pending() ? net::Reached::nobody : net::Reached::peer) {}

Channel::~Channel() = default;

void Channel::start(Socket& socket) {
  socket_ = &socket;
  alive_ = Ref<Socket>(&socket);
  listen();
  // A closed transport emits no events; one that is about to close still does.
  const bool has_closed = transport_->closed();
  socket.ticks().next_tick([this, has_closed, socket = alive_] {
    if (has_closed) return on_close();
    if (is_destroyed()) return;
    if (transport_->destroyed()) return;
    socket->read(0);
    advance();
  });
}

void Channel::let_go() noexcept {
  const Ref<Socket> last = std::exchange(alive_, nullptr);
  phase_ = Phase::destroyed;
  listeners_.clear();
  end_listeners_.clear();
  batch_ = nullptr;
  parked_final_.reset();
}

// --- From the transport ---

void Channel::listen() {
  net::Connection& from = *transport_;
  constexpr std::size_t kListeners = 5;
  constexpr std::size_t kEndListeners = 3;
  listeners_.reserve(kListeners);
  end_listeners_.reserve(kEndListeners);
  listeners_.on<Data>(from, [this](const Data& data) { on_data(data.chunk); });
  listeners_.on<End>(from, [this] { on_end(); });
  listeners_.on<net::Connect>(from, [this] {
    reached_ = net::Reached::peer;
    socket_->emit(net::Connect{});
  });
  listeners_.on<net::Timeout>(from, [this] { socket_->emit(net::Timeout{}); });
  listeners_.on<net::Broken>(from, [this](const net::Broken& broken) { on_broken(broken.error); });
  end_listeners_.on<net::Ready>(from, [this] { socket_->emit(net::Ready{}); });
  end_listeners_.on<Error>(from, [this](const Error& error) { on_error(error); });
  end_listeners_.on<Close>(from, [this] { on_close(); });
}

void Channel::on_data(const Buffer& ciphertext) {
  // RFC 8446, 6.1: data after close_notify is ignored.
  if (is_destroyed() || demand_ == Demand::ended) return;
  const Ref<Socket> alive(socket_);
  engine_.receive(ciphertext);
  if (phase_ != Phase::handshaking) return decrypt();
  advance();
  // The engine reads nothing until it has its context, which may come late.
  if (engine_.state() == Engine::State::choosing && engine_.received() > kMostAhead)
    transport_->pause();
}

void Channel::on_end() {
  if (is_destroyed()) return;
  const Ref<Socket> alive(socket_);
  below_ = Below::ended;
  if (phase_ == Phase::handshaking)
    disconnected_early();
  else
    decrypt();
}

// A handshake continues to read, and may find an alert.
void Channel::on_broken(const Error& error) {
  if (!is_open()) return;
  if (has_unread_input()) return announce(error);
  if (batch_) batch_->is_parked = true;  // the transport fails it
  report(error);
}

void Channel::announce(const Error& error) {
  if (!std::exchange(is_announced_, true)) socket_->emit(net::Broken{error});
}

void Channel::on_error(const Error& error) {
  if (is_destroyed()) return;  // the stream has its own error
  const Ref<Socket> alive(socket_);
  // After both close_notify, an error concerns no data.
  const bool is_over = phase_ == Phase::ending && demand_ == Demand::ended;
  if (has_unread_input())
    break_off(is_over ? Error() : error);
  else
    socket_->destroy(is_over ? Error() : error);
}

void Channel::on_close() {
  if (is_destroyed()) return on_closed();
  const Ref<Socket> alive(socket_);
  const bool had_ended = below_ == Below::ended;
  below_ = Below::closed;
  if (had_ended && has_unread_input())
    close_after_end();
  else
    report(broken_);
}

// --- The handshake ---

void Channel::advance() {
  if (engine_.state() != Engine::State::handshaking) return;
  if (Error error = engine_.advance()) return fail(std::move(error));
  switch (engine_.state()) {
    case Engine::State::open:
      return open();
    case Engine::State::choosing:
      return socket_->on_context_wanted();
    default:
      send_output();  // the answer may arrive and be processed inside
      if (phase_ == Phase::handshaking && engine_.received_end()) disconnected_early();
  }
}

void Channel::use_context(Ref<SecureContext> context) {
  if (phase_ != Phase::handshaking || engine_.state() != Engine::State::choosing) return;
  engine_.use_context(std::move(context));
  if (transport_->is_paused()) transport_->resume();
  advance();
}

void Channel::open() {
  // On a tick: a listener that throws must not prevent the rest. Until then nothing is written: a
  // peer that is not trusted gets no data.
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] { go_on(); });
  // Before the last handshake message is sent: as in Node, an untrusted peer does not receive it.
  socket_->on_handshake_done();
}

void Channel::go_on() {
  if (phase_ == Phase::handshaking) phase_ = Phase::open;
  if (is_open()) send_output();
  in_turn(
      socket_->ticks(), [this] { tell_sessions(); },
      [this, socket = Ref<Socket>(socket_)] {
        if (phase_ == Phase::open && batch_ && batch_->is_parked && !broken_) encrypt_next();
        if (phase_ == Phase::open && parked_final_ && !broken_)
          say_end(*std::exchange(parked_final_, std::nullopt));
        decrypt();
      });
}

void Channel::disconnected_early() {
  if (engine_.is_server())
    return static_cast<void>(socket_->destroy());  // the server reports the error
  socket_->destroy(connection_reset(
      "Client network socket disconnected before secure TLS connection was established"));
}

bool Channel::has_unread_input() const {
  return is_open() && !socket_->readable_ended() && net::is_read(*socket_) &&
         !net::awaits_own_drain(*socket_);
}

// The transport has failed and has delivered all data that it received.
void Channel::break_off(const Error& error) {
  if (!broken_ && error) {
    broken_ = error;
    socket_->on<Pause>([this] {
      if (is_open() && net::awaits_own_drain(*socket_)) destroy_on_tick();
    });
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
      if (is_open() && socket->readable_length() > 0) announce(broken_);
    });
  }
  if (below_ == Below::open) below_ = Below::ended;
  close_after_end();
  decrypt();
}

void Channel::destroy_on_tick() {
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
    if (is_open()) report(broken_);
  });
}

// Destroys the stream after its End if the transport is gone, unless the stream ends and closes by
// itself.
void Channel::close_after_end() {
  socket_->once<End>([this] {
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
      if (is_open() && (broken_ || socket->allow_half_open())) report(broken_);
    });
  });
}

// Fails the stream after its last chunk, in place of End.
void Channel::fail_behind_what_came(Error error) {
  demand_ = Demand::none;
  if (socket_->readable_length() > 0) {
    socket_->push(Buffer());  // makes the stream call read() again
    return;
  }
  // On a tick: the stream may be about to emit its last chunk.
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_), error = std::move(error)] {
    if (!is_open()) return;
    if (socket->readable_length() == 0)
      fail(error);
    else
      fail_behind_what_came(error);
  });
}

// A write that has failed is called back before Error; a write that the transport has, after it.
void Channel::report(Error error) {
  if (error && batch_ && batch_->is_parked)
    complete(std::move(error));
  else
    socket_->destroy(std::move(error));
}

// Sends the engine's alert to the peer first.
void Channel::fail(Error error) {
  send_output();
  report(std::move(error));
}

void Channel::send_output() {
  if (!engine_.has_output() || !transport_->writable()) return;
  transport_->write(engine_.take_output());
  // OpenSSL answers every request, and no write of the stream waits for the answers.
  if (is_open() && transport_->writable_length() > kMostAhead + kMostAnswers)
    socket_->destroy(Error(weir::Errc::buffer_overflow,
                           "The peer does not read the answers to its KeyUpdate requests"));
}

// A resumed session was verified when it was granted, if it is packed.
bool Channel::is_host_verified() const noexcept {
  return socket_->authorized() &&
         (!engine_.session_reused() || is_packed(socket_->options_.session));
}

void Channel::tell_sessions() {
  while (is_open()) {
    const std::optional<Buffer> session = engine_.take_session();
    if (!session) return;
    socket_->emit(SessionEvent{
        is_host_verified() ? pack_session(verified_host(socket_->options_), *session) : *session});
  }
}

// --- Reading ---

void Channel::read(Readable&, std::size_t) {
  if (demand_ == Demand::none) demand_ = Demand::some;
  decrypt();
}

void Channel::decrypt() {
  if (is_decrypting_) return;
  {
    struct Entered {
      explicit Entered(bool& is_inside) : flag(is_inside) { flag = true; }
      ~Entered() { flag = false; }
      bool& flag;
    } const entered(is_decrypting_);
    while (is_open() && demand_ == Demand::some && decrypt_next()) {
    }
  }
  if (!is_open() || below_ != Below::open) return;
  // After the peer's close_notify only the transport's End matters.
  if (demand_ == Demand::none)
    transport_->pause();
  else if (transport_->is_paused())
    transport_->resume();
}

// False: no plaintext is available now.
bool Channel::decrypt_next() {
  Buffer plaintext;
  if (Error error = engine_.read(plaintext)) {
    fail(std::move(error));
    return false;
  }
  send_output();
  tell_sessions();
  if (!is_open()) return false;
  if (plaintext.empty()) {
    if (!engine_.received_end()) {
      if (below_ == Below::open) return false;
      if (broken_) {
        fail_behind_what_came(broken_);
        return false;
      }
      if (unexpected_eof_ == UnexpectedEof::is_error) {
        fail_behind_what_came(unexpected_eof());
        return false;
      }
    }
    demand_ = Demand::ended;
    // Emits End without a reader if the buffer is empty.
    in_turn(
        socket_->ticks(), [this] { socket_->push(nullptr); },
        [this, socket = Ref<Socket>(socket_)] { socket_->Readable::read(0); });
    return false;
  }
  bytes_read_ += plaintext.size();
  demand_ = Demand::none;  // push() may call read(), which sets it again
  try {
    if (socket_->push(std::move(plaintext)) && demand_ == Demand::none) demand_ = Demand::some;
  } catch (...) {
    // Thrown by a listener: the rest is decrypted all the same.
    demand_ = Demand::some;
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] { decrypt(); });
    throw;
  }
  return true;
}

// --- Writing ---

void Channel::write(Chunk chunk, Done done) { Sink::write(std::move(chunk), std::move(done)); }

void Channel::writev(weir::Batch written, Done done) {
  batch_ = std::make_unique<Batch>(std::move(written.chunks), std::move(done));
  if (phase_ != Phase::handshaking && !broken_) encrypt_next();
}

void Channel::encrypt_next() {
  Error error = batch_->encrypt(engine_);
  if (!error && !transport_->writable()) {
    error = Error::system(EPIPE, "write");
    if (below_ == Below::closed && has_unread_input()) return break_off(error);
  }
  if (error || (batch_->all_encrypted() && !engine_.has_output()))
    return complete(std::move(error));
  batch_->is_parked = false;
  const auto sent = [this, alive = Ref<Socket>(socket_)](const Error& failure) {
    on_sent(failure);
  };
  if (engine_.output_size() > kMostCopied)
    transport_->write(engine_.take_output(), sent);
  else
    engine_.pass_output([&](ByteSpan ciphertext) { transport_->write(ciphertext, sent); });
}

void Channel::on_sent(const Error& error) {
  // The write of a destroyed stream is called back when it closes.
  if (!batch_ || is_destroyed() || (error && transport_->destroyed())) return;
  if (!error && phase_ == Phase::open && !batch_->all_encrypted()) return encrypt_next();
  if (error && has_unread_input()) {
    batch_->is_parked = true;
    return break_off(error);
  }
  complete(error);
}

void Channel::complete(Error error) {
  const auto batch = std::exchange(batch_, nullptr);
  if (!error) bytes_written_ += batch->size;
  std::move(batch->done)(std::move(error));
}

void Channel::final(Done done) {
  if (phase_ != Phase::handshaking && !broken_) return say_end(std::move(done));
  parked_final_.emplace(std::move(done));
}

void Channel::say_end(Done done) {
  phase_ = Phase::ending;
  engine_.end();
  // A transport without half-open mode has ended with the peer.
  if (!transport_->writable()) return done();
  // The transport's Error event reports a failure.
  transport_->end(engine_.take_output(), [done = std::move(done)]() mutable { done(); });
}

// --- The end ---

void Channel::destroy(Error error, Done done) {
  const Ref<Socket> alive(socket_);
  phase_ = error ? Phase::failed : Phase::destroyed;
  done(std::move(error));
  close_transport();
}

void Channel::close_transport() {
  listeners_.clear();
  if (below_ == Below::closed) return on_closed();
  // The alert is sent on a tick that is already queued.
  if (engine_.state() == Engine::State::failed)
    return socket_->ticks().next_tick([transport = transport_] { transport->destroy(); });
  if (resets_ && !transport_->destroyed())
    return static_cast<void>(transport_->reset_and_destroy());
  transport_->destroy();
}

// Emits Close after the Error that is due.
void Channel::on_closed() {
  end_listeners_.clear();
  socket_->ticks().next_tick([this, socket = std::exchange(alive_, nullptr)] {
    if (!socket) return;
    std::optional<Done> write;
    if (const auto batch = std::exchange(batch_, nullptr)) write = std::move(batch->done);
    net::close_with(
        socket->ticks(), {std::move(write), std::exchange(parked_final_, std::nullopt)}, reached_,
        [socket, failed = phase_ == Phase::failed] { socket->core().emit_later_close(failed); });
  });
}

}  // namespace weir::tls
