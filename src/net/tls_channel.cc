#include "net/tls_channel.h"

#include "net/errors.h"
#include "net/is_read.h"
#include "net/tls_error.h"
#include "net/tls_session.h"
#include <weir/net/tls_socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace weir::tls {
namespace {

// What is encrypted before the transport has taken it: four records.
constexpr std::size_t kMostAhead = std::size_t{64} << 10;

}  // namespace

// A write that the stream has handed on.
struct Channel::Batch {
  Batch(std::vector<Chunk> owned, Done on_done)
      : done(std::move(on_done)), chunks(std::move(owned)) {}

  // Encrypts what comes next.
  Error encrypt(Engine& engine) {
    engine.expect_output(std::min(left(), kMostAhead));
    for (std::size_t room = kMostAhead; room > 0 && next < chunks.size();) {
      const auto rest = chunks[next].bytes().subspan(offset);
      const auto part = rest.first(std::min(room, rest.size()));
      if (Error error = engine.write(part)) return error;
      room -= part.size();
      offset += part.size();
      size += part.size();
      if (offset < chunks[next].size()) continue;
      chunks[next++] = Chunk();
      offset = 0;
    }
    return {};
  }
  std::size_t left() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = next; i < chunks.size() && sum < kMostAhead + offset; ++i)
      sum += chunks[i].size();
    return sum - std::min(sum, offset);
  }
  bool all_encrypted() const noexcept { return next == chunks.size(); }

  Done done;  // keeps the stream, and so the channel, alive unless it is parked
  std::vector<Chunk> chunks;
  std::size_t next = 0;    // of the chunks
  std::size_t offset = 0;  // in that one
  std::size_t size = 0;    // encrypted
};

Channel::Channel(Ref<net::Connection> transport, Engine::Settings settings,
                 UnexpectedEof unexpected_eof)
    : LoopShutdownHook(transport->ticks()),
      transport_(std::move(transport)),
      engine_(std::move(settings)),
      unexpected_eof_(unexpected_eof) {}

Channel::~Channel() { stop_listening(); }

void Channel::start(Socket& socket) {
  socket_ = &socket;
  alive_ = Ref<Socket>(&socket);
  listen();
  // One that has closed already says nothing more; one that is about to, does.
  const bool has_closed = transport_->closed();
  socket.ticks().next_tick([this, has_closed, socket = alive_] {
    if (phase_ == Phase::destroyed) return;
    if (has_closed) return on_close();
    if (transport_->destroyed()) return;
    socket->read(0);
    advance();
  });
}

void Channel::let_go() noexcept {
  const Ref<Socket> last = std::exchange(alive_, nullptr);
  phase_ = Phase::destroyed;
  stop_listening();
  parked_ = nullptr;
  parked_final_.reset();
}

// --- From the transport ---

void Channel::listen() {
  listeners_ = {
      transport_->on<Data>([this](const Data& data) { on_data(data.chunk); }),
      transport_->on<End>([this] { on_end(); }),
      transport_->on<net::Connect>([this] { socket_->emit(net::Connect{}); }),
      transport_->on<net::Ready>([this] { socket_->emit(net::Ready{}); }),
      transport_->on<net::Timeout>([this] { socket_->emit(net::Timeout{}); }),
      transport_->on<net::Broken>([this](const net::Broken& broken) { on_broken(broken.error); }),
      transport_->on<Error>([this](const Error& error) { on_error(error); }),
      transport_->on<Close>([this] { on_close(); }),
  };
}

void Channel::stop_listening() noexcept {
  for (const ListenerId id : std::exchange(listeners_, {})) transport_->off(id);
}

void Channel::on_data(const Buffer& ciphertext) {
  // RFC 8446, 6.1: what follows close_notify is ignored.
  if (phase_ == Phase::destroyed || demand_ == Demand::ended) return;
  const Ref<Socket> alive(socket_);
  engine_.receive(ciphertext);
  if (phase_ == Phase::handshaking)
    advance();
  else
    decrypt();
}

void Channel::on_end() {
  if (phase_ == Phase::destroyed) return;
  const Ref<Socket> alive(socket_);
  below_ = Below::ended;
  if (phase_ == Phase::handshaking)
    disconnected_early();
  else
    decrypt();
}

// A handshake reads on by itself, and may find an alert.
void Channel::on_broken(const Error& error) {
  if (!is_open()) return;
  if (has_unread_input())
    socket_->emit(net::Broken{error});
  else
    transport_->destroy(error);
}

void Channel::on_error(const Error& error) {
  const Ref<Socket> alive(socket_);
  // Both sides have said their last word: that this one did not get through is nobody's loss.
  const bool is_over = phase_ == Phase::ending && demand_ == Demand::ended;
  if (has_unread_input())
    break_off(is_over ? Error() : error);
  else
    socket_->destroy(is_over ? Error() : error);
}

void Channel::on_close() {
  const Ref<Socket> alive(socket_);
  const bool had_ended = below_ == Below::ended;
  below_ = Below::closed;
  if (had_ended && has_unread_input())
    close_after_end();
  else
    socket_->destroy(broken_);
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
      send_output();  // the answer may come, and be dealt with, meanwhile
      if (phase_ == Phase::handshaking && engine_.received_end()) disconnected_early();
  }
}

void Channel::use_context(Ref<SecureContext> context) {
  if (phase_ != Phase::handshaking || engine_.state() != Engine::State::choosing) return;
  engine_.use_context(std::move(context));
  advance();
}

void Channel::open() {
  phase_ = Phase::open;
  // A tick of its own: a listener that throws must not keep the rest from being said.
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] { go_on(); });
  // Before the last message goes out: as in Node, who is not trusted does not get it.
  socket_->on_handshake_done();
}

void Channel::go_on() {
  if (is_open()) send_output();
  tell_sessions();
  if (phase_ == Phase::open && parked_ && !broken_) {
    parked_->done.keep_stream();
    encrypt_next(std::move(parked_));
  }
  if (phase_ == Phase::open && parked_final_ && !broken_) {
    Done done = *std::exchange(parked_final_, std::nullopt);
    done.keep_stream();
    say_end(std::move(done));
  }
  decrypt();
}

void Channel::disconnected_early() {
  if (engine_.is_server())
    return static_cast<void>(socket_->destroy());  // the server has the words for it
  socket_->destroy(connection_reset(
      "Client network socket disconnected before secure TLS connection was established"));
}

bool Channel::has_unread_input() const {
  return is_open() && !socket_->readable_ended() && net::is_read(*socket_) &&
         !net::awaits_own_drain(*socket_);
}

// The transport is of no use any more, and has handed on all that it had received.
void Channel::break_off(const Error& error) {
  if (!broken_ && error) {
    broken_ = error;
    socket_->on<Pause>([this] {
      if (is_open() && net::awaits_own_drain(*socket_)) destroy_on_tick();
    });
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
      if (is_open() && !socket->readable_ended()) socket->emit(net::Broken{broken_});
    });
  }
  if (below_ == Below::open) below_ = Below::ended;
  close_after_end();
  decrypt();
}

void Channel::destroy_on_tick() {
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
    if (is_open()) socket->destroy(broken_);
  });
}

// A stream whose transport is gone is closed once it has emitted End, but for one that is about to
// end and close by itself.
void Channel::close_after_end() {
  socket_->once<End>([this] {
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] {
      if (is_open() && (broken_ || socket->allow_half_open())) socket->destroy(broken_);
    });
  });
}

// As the end would, it waits until all is read.
void Channel::fail_behind_what_came(Error error) {
  demand_ = Demand::none;
  if (socket_->readable_length() > 0) {
    socket_->push(Buffer());  // is asked again
    return;
  }
  // On a tick: the stream may be about to emit the last of it.
  socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_), error = std::move(error)] {
    if (!is_open()) return;
    if (socket->readable_length() == 0)
      fail(error);
    else
      fail_behind_what_came(error);
  });
}

// What the engine has left to send is the alert that tells the other side.
void Channel::fail(Error error) {
  send_output();
  socket_->destroy(std::move(error));
}

void Channel::send_output() {
  if (engine_.has_output() && transport_->writable()) transport_->write(engine_.take_output());
}

// A session that is resumed was verified when it was granted, where it says so.
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
  // After the end only the transport's own is waited for.
  if (demand_ == Demand::none)
    transport_->pause();
  else if (transport_->is_paused())
    transport_->resume();
}

// False where there is nothing more for now.
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
    socket_->push(nullptr);
    socket_->Readable::read(0);  // without a reader End comes all the same, where nothing is left
    return false;
  }
  bytes_read_ += plaintext.size();
  demand_ = Demand::none;  // until the stream asks again, which it may do inside push
  try {
    if (socket_->push(std::move(plaintext)) && demand_ == Demand::none) demand_ = Demand::some;
  } catch (...) {
    // A listener's; what comes behind the chunk is read all the same.
    demand_ = Demand::some;
    socket_->ticks().next_tick([this, socket = Ref<Socket>(socket_)] { decrypt(); });
    throw;
  }
  return true;
}

// --- Writing ---

void Channel::write(Chunk chunk, Done done) { Sink::write(std::move(chunk), std::move(done)); }

void Channel::writev(weir::Batch written, Done done) {
  auto batch = std::make_unique<Batch>(std::move(written.chunks), std::move(done));
  if (phase_ == Phase::handshaking || broken_) return park(std::move(batch));
  encrypt_next(std::move(batch));
}

void Channel::park(std::unique_ptr<Batch> batch) {
  batch->done.let_stream_go();
  parked_ = std::move(batch);
}

void Channel::encrypt_next(std::unique_ptr<Batch> batch) {
  Error error = batch->encrypt(engine_);
  if (!error && !transport_->writable()) {
    error = Error::system(EPIPE, "write");
    if (below_ == Below::closed && has_unread_input()) {
      park(std::move(batch));
      return break_off(error);
    }
  }
  if (error || (batch->all_encrypted() && !engine_.has_output())) {
    Done done = std::move(batch->done);
    return done(std::move(error));
  }
  transport_->write(engine_.take_output(),
                    [this, batch = std::move(batch)](const Error& failure) mutable {
                      on_sent(std::move(batch), failure);
                    });
}

void Channel::on_sent(std::unique_ptr<Batch> batch, const Error& error) {
  if (!error && phase_ == Phase::open && !batch->all_encrypted())
    return encrypt_next(std::move(batch));
  if (error && has_unread_input()) {
    park(std::move(batch));
    return break_off(error);
  }
  Done done = std::move(batch->done);
  // As Node: what a destroyed stream was writing is not vouched for.
  if (phase_ == Phase::destroyed) return done(net::failed("write", ECANCELED));
  if (error) return done(error);
  bytes_written_ += batch->size;
  batch.reset();
  done();
}

void Channel::final(Done done) {
  if (phase_ != Phase::handshaking && !broken_) return say_end(std::move(done));
  parked_final_.emplace(std::move(done));
  parked_final_->let_stream_go();
}

void Channel::say_end(Done done) {
  phase_ = Phase::ending;
  engine_.end();
  // A transport that may not be half open has ended with the other side.
  if (!transport_->writable()) return done();
  // Why it could not be said, the transport's Error tells who is still there to hear it.
  transport_->end(engine_.take_output(), [done = std::move(done)]() mutable { done(); });
}

// --- The end ---

void Channel::destroy(Error error, Done done) {
  const Ref<Socket> alive(socket_);
  phase_ = Phase::destroyed;
  fail_parked(error);
  const bool had_error = static_cast<bool>(error);
  done(std::move(error));
  close_transport(had_error);
}

void Channel::fail_parked(const Error& error) {
  if (const auto batch = std::exchange(parked_, nullptr))
    batch->done(error ? error : stream_destroyed("write"));
  if (auto done = std::exchange(parked_final_, std::nullopt))
    (*done)(error ? error : Error(weir::Errc::stream_premature_close));
}

void Channel::close_transport(bool had_error) {
  stop_listening();
  if (below_ == Below::closed) return on_closed(had_error);
  listeners_ = {
      transport_->on<Error>([] {}),  // this stream has its own by now
      transport_->on<Close>([this, had_error] { on_closed(had_error); }),
  };
  // What was just written is sent on a tick that is due already.
  if (engine_.state() == Engine::State::failed)
    return socket_->ticks().next_tick([transport = transport_] { transport->destroy(); });
  if (resets_ && !transport_->destroyed())
    return static_cast<void>(transport_->reset_and_destroy());
  transport_->destroy();
}

// Close comes behind the Error that is due.
void Channel::on_closed(bool had_error) {
  stop_listening();
  socket_->ticks().next_tick([socket = std::exchange(alive_, nullptr), had_error] {
    if (socket) socket->on_closed(had_error);
  });
}

}  // namespace weir::tls
