#include "net/socket_transport.h"

#include "net/errors.h"
#include "net/is_read.h"
#include "net/system_descriptor.h"
#include "net/uncompleted.h"
#include "stream/in_turn.h"
#include <weir/base/block.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace weir::net {

using weir::internal::in_turn;

namespace {

// Smaller reads are copied out of the block, which then serves the next read.
constexpr std::size_t kWorthTaking = std::size_t{16} << 10;
// Limits the reads of one turn, so that a busy socket leaves the others their turn.
constexpr int kReadsATurn = 16;

}  // namespace

SocketTransport::SocketTransport(Loop& loop, const SocketOptions& options)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      settings_(options),
      idle_(loop, [this] { socket_->emit(Timeout{}); }) {}

Ref<Socket> SocketTransport::socket_on(Loop& loop, const SocketOptions& options,
                                       std::unique_ptr<Descriptor>&& connection) {
  Ref<Socket> socket = Socket::unconnected(loop, options);
  socket->transport_.open(std::move(connection));
  socket->start_reading(options);
  return socket;
}

void SocketTransport::serve(Socket& socket) noexcept {
  socket_ = &socket;
  mark_ = socket.writable_high_water_mark();
}

SocketTransport::~SocketTransport() {
  if (connector_) connector_->abandon();
}

// --- Connecting ---

void SocketTransport::connect(ConnectOptions options) {
  auto connector =
      make_ref<Connector>(loop_, static_cast<Connector::Client&>(*this), std::move(options));
  state_ = State::connecting;
  alive_ = Ref<Socket>(socket_);
  connector_ = std::move(connector);
  idle_.touch();
  const Ref<Connector> kept = connector_;
  kept->start();
}

void SocketTransport::on_lookup(const Lookup& lookup) { socket_->emit(lookup); }
void SocketTransport::on_attempt(const Address& address) {
  idle_.touch();
  socket_->emit(ConnectionAttempt{address});
}
void SocketTransport::on_attempt_failed(const Address& address, const Error& error) {
  socket_->emit(ConnectionAttemptFailed{address, error});
}
void SocketTransport::on_attempt_timeout(const Address& address) {
  socket_->emit(ConnectionAttemptTimeout{address});
}
void SocketTransport::on_connect_failed(Error error) { socket_->destroy(std::move(error)); }

void SocketTransport::on_connected(std::unique_ptr<Descriptor> descriptor) {
  const Ref<Socket> alive = alive_;
  connector_ = nullptr;
  try {
    start_with(std::move(descriptor));
  } catch (...) {
    return static_cast<void>(socket_->destroy(Error::from_current_exception()));
  }
  // Listeners and callbacks of writes may throw, and hold up nothing.
  const auto begin_reading = [this, alive] {
    if (is_open() && !socket_->is_paused()) socket_->read(0);
  };
  const auto announce = [this, begin_reading] {
    in_turn(loop_, [this] { socket_->emit(Ready{}); }, begin_reading);
  };
  const auto end = [this, announce] {
    const auto shut = [this] {
      if (is_open() && has_sent_all() && waiting_final_)
        shut_down(*std::exchange(waiting_final_, std::nullopt));
    };
    in_turn(loop_, shut, announce);
  };
  const auto send = [this, end] {
    const auto send_held = [this] {
      if (is_open() && !has_sent_all()) flush();
    };
    in_turn(loop_, send_held, end);
  };
  in_turn(loop_, [this] { socket_->emit(Connect{}); }, send);
}

void SocketTransport::open(std::unique_ptr<Descriptor>&& descriptor) {
  start_with(std::move(descriptor));
  alive_ = Ref<Socket>(socket_);
}

void SocketTransport::adopt(int fd) {
  auto opened = SystemDescriptor::adopt(loop_.core(), fd, *this);
  if (!opened) throw failed("open", opened.error());
  open(*std::move(opened));
}

void SocketTransport::start_with(std::unique_ptr<Descriptor>&& descriptor) {
  settings_.apply_to(*descriptor);
  state_ = State::open;
  descriptor->hand_to(*this);
  descriptor_ = std::move(descriptor);
  idle_.touch();
  if (std::exchange(reading_, Reading::idle) == Reading::wanted) descriptor_->watch_reads(true);
}

// --- Reading ---

void SocketTransport::read(Readable&, std::size_t) {
  if (breakage_ && breakage_->has_received_all)
    go_on_broken();
  else if (is_open())
    descriptor_->watch_reads(true);
  else
    reading_ = Reading::wanted;
}

void SocketTransport::on_readable() {
  const Ref<Socket> alive = alive_;
  for (int reads = 0; reads < kReadsATurn; ++reads) {
    std::optional<Block>& block = loop_.core().read_block();
    const std::size_t room = block->bytes().size();
    ++receives_;
    const Descriptor::Result result = descriptor_->receive(block->bytes());
    if (!result && result.error() == EAGAIN && !breakage_) return;
    idle_.touch();
    if (!result) return on_receive_failed(result.error());
    if (*result == 0) return on_received_end();
    const std::size_t count = *result;
    bytes_read_ += count;
    Buffer chunk;
    if (count < kWorthTaking) {
      chunk = Buffer::copy(block->bytes().first(count));
    } else {
      chunk = std::move(*block).take(count);
      block.reset();
    }
    const bool more = socket_->push(std::move(chunk));
    if (!is_open()) return;
    if (!more) descriptor_->watch_reads(false);
    if (!descriptor_->watches_reads() || count < room) return;
  }
}

void SocketTransport::on_receive_failed(int error) {
  descriptor_->watch_reads(false);
  if (!breakage_)
    return break_off(
        {.error = failed("read", error), .of = Breakage::Of::receiving, .has_received_all = true});
  breakage_->has_received_all = true;
  go_on_broken();
}

void SocketTransport::on_received_end() {
  descriptor_->watch_reads(false);
  if (breakage_ && breakage_->error.code() != std::errc::broken_pipe) {
    breakage_->has_received_all = true;
    return go_on_broken();
  }
  reading_ = Reading::ended;
  // Emits End without a reader, also if a listener of ReadableEvent throws.
  in_turn(
      loop_, [this] { socket_->push(nullptr); },
      [this, alive = Ref<Socket>(socket_)] { socket_->read(0); });
}

// --- Writing ---

void SocketTransport::writev(Batch batch, Done done) {
  if (state_ == State::unconnected || state_ == State::closed) return done(Errc::socket_closed);
  queue_.push(std::move(batch.chunks), batch.length);
  if (may_send_ahead(batch) && queue_.send_ahead(*descriptor_, loop_.core().clock().now()))
    return std::move(done)();
  queue_.wait(std::move(done));
  if (is_open()) flush();
}

// Whether a write that reaches the mark may be reported as written before it is sent, so that one
// system call sends more: the system has room, and no callback awaits the write. Not for the first
// such write in a callback of the program: mostly there is no second.
bool SocketTransport::may_send_ahead(const Batch& batch) {
  if (state_ != State::open || descriptor_->watches_writes() || queue_.has_ranges()) return false;
  if (batch.length < mark_ || batch.awaited || batch.last) return false;
  if (std::exchange(flush_due_, true)) return true;
  loop_.ticks().after_ticks([this, alive = Ref<Socket>(socket_)] {
    flush_due_ = false;
    if (is_open() && !has_sent_all() && !descriptor_->watches_writes()) flush();
  });
  return false;
}

// Sends until the queue is empty or the system takes no more.
void SocketTransport::flush() {
  if (state_ == State::broken) return;
  idle_.touch();
  if (stall_ && !awaits_peer()) stall_->stop();  // the time of earlier bytes does not count
  const auto flushed = queue_.flush(*descriptor_);
  descriptor_->watch_writes(flushed == SendQueue::Flushed::part);
  if (stall_) stall_->start();
  if (!flushed)
    return break_off({.error = failed("write", flushed.error()),
                      .of = Breakage::Of::sending,
                      .has_received_all = false});
  if (*flushed == SendQueue::Flushed::part) return;
  if (std::optional<Done> done = queue_.finish()) return (*std::move(done))();
  if (waiting_final_) shut_down(*std::exchange(waiting_final_, std::nullopt));
}

void SocketTransport::set_stall_timeout(std::chrono::milliseconds limit) {
  stall_ = nullptr;
  if (limit.count() == 0) return;
  stall_ = std::make_unique<internal::StallTimer>(
      loop_, limit, [this] { return bytes_acknowledged(); },
      [this] {
        if (awaits_peer()) socket_->destroy(Error::system(ETIMEDOUT, "write"));
      });
  if (state_ == State::open) stall_->start();
}

// Whether there are bytes that the system has no room for, or that the peer has not confirmed.
bool SocketTransport::awaits_peer() const noexcept {
  return descriptor_->watches_writes() || descriptor_->unacknowledged() > 0;
}

void SocketTransport::on_writable() {
  const Ref<Socket> alive = alive_;
  if (has_sent_all())
    descriptor_->watch_writes(false);
  else
    flush();
}

void SocketTransport::final(Done done) {
  if (is_open() && !has_sent_all()) flush();
  if (state_ == State::open && has_sent_all()) return shut_down(std::move(done));
  if (is_open() || state_ == State::connecting)
    waiting_final_ = std::move(done);
  else
    done();
}

void SocketTransport::shut_down(Done done) {
  const int status = descriptor_->shut_down();
  if (status == ENOTCONN) return done();
  if (status != 0) return done(failed("shutdown", status));
  if (settings_.reset_unless_ended)
    if (const int error = descriptor_->reset_on_close(false); error != 0)
      return done(failed("setsockopt", error));
  loop_.set_immediate([done = std::move(done)]() mutable { std::move(done)(); });
}

// --- Breaking ---

void SocketTransport::break_off(Breakage breakage) {
  const bool is_gone = breakage.error.code() == std::errc::broken_pipe ||
                       breakage.error.code() == std::errc::connection_reset ||
                       breakage.error.code() == std::errc::timed_out;
  breakage_ = std::move(breakage);
  if (!is_gone || !has_unread_input()) return report();
  state_ = State::broken;
  descriptor_->watch_writes(false);
  if (stall_) stall_->stop();  // the reader may take its time
  socket_->once<End>([this] { report_on_tick(); });
  socket_->on<Pause>([this] {
    if (awaits_own_drain(*socket_)) report_on_tick();
  });
  loop_.next_tick([this, alive = Ref<Socket>(socket_)] {
    if (breakage_ && !socket_->destroyed()) socket_->emit(Broken{breakage_->error});
  });
  if (breakage_->has_received_all) go_on_broken();
}

// After EPIPE the peer's end is still to be read: Linux reports EPIPE for the reset of a connection
// that the peer had ended, and ECONNRESET for any other.
bool SocketTransport::has_unread_input() const {
  if (socket_->destroyed() || !is_read(*socket_) || awaits_own_drain(*socket_)) return false;
  if (reading_ == Reading::ended) return !socket_->readable_ended();
  if (socket_->readable_length() > 0) return true;
  if (breakage_->has_received_all) return false;
  const bool ends = breakage_->error.code() == std::errc::broken_pipe;
  const Descriptor::Result next = descriptor_->peek();
  return next && (ends || *next > 0);
}

// All bytes have been received. An empty chunk makes the stream call read() again after its last
// chunk.
void SocketTransport::go_on_broken() {
  if (socket_->readable_length() == 0)
    report_on_tick();
  else
    socket_->push(Buffer());
}

// On a tick: listeners and callbacks never run inside read().
void SocketTransport::report_on_tick() {
  loop_.next_tick([this, alive = Ref<Socket>(socket_)] {
    if (state_ == State::broken && !socket_->destroyed()) report();
  });
}

void SocketTransport::report() {
  state_ = State::open;
  Breakage breakage = *std::exchange(breakage_, std::nullopt);
  if (breakage.of == Breakage::Of::receiving)
    return static_cast<void>(socket_->destroy(std::move(breakage.error)));
  if (std::optional<Done> done = queue_.finish())
    return (*std::move(done))(std::move(breakage.error));
  socket_->destroy(std::move(breakage.error));
}

// --- Closing ---

void SocketTransport::destroy(Error error, Done done) {
  if (state_ == State::open && !has_sent_all() && !descriptor_->watches_writes()) send_last();
  const bool connected = is_open();
  const State was = std::exchange(state_, State::closed);
  idle_.stop();
  if (stall_) stall_->stop();
  if (connector_) std::exchange(connector_, nullptr)->abandon();
  const bool had_error = static_cast<bool>(error);
  auto closed = [socket = Ref<Socket>(socket_), had_error, connected] {
    socket->transport_.on_closed(had_error, connected);
  };
  if (descriptor_)
    descriptor_->close(std::move(closed));
  else if (was == State::connecting)
    loop_.set_immediate(std::move(closed));
  done(std::move(error));  // emits Error on a tick, then Close
  // NOLINTNEXTLINE(bugprone-use-after-move): only one of the three uses is reached
  if (was == State::unconnected) loop_.next_tick(std::move(closed));
  if (Function<void()> gone = std::move(gone_)) gone();
}

// Bytes that the socket has held until now, for one more write or for a Connect listener, go to the
// system before the descriptor closes. Their callbacks do not run inside destroy().
void SocketTransport::send_last() {
  const auto flushed = queue_.flush(*descriptor_);
  if (!flushed || *flushed == SendQueue::Flushed::part) return;
  if (std::optional<Done> done = queue_.finish())
    loop_.next_tick([done = *std::move(done)]() mutable { std::move(done)(); });
}

void SocketTransport::on_closed(bool had_error, bool connected) {
  const Ref<Socket> alive = std::exchange(alive_, nullptr);
  close_with(
      loop_.ticks(), {queue_.drop(), std::exchange(waiting_final_, std::nullopt)},
      connected ? Reached::peer : Reached::nobody,
      [socket = Ref<Socket>(socket_), had_error] { socket->core().emit_later_close(had_error); });
}

void SocketTransport::let_go() noexcept {
  const Ref<Socket> last = std::exchange(alive_, nullptr);
  // Sends the bytes that were reported as written.
  if (is_open() && queue_.state() == SendQueue::State::ahead)
    static_cast<void>(queue_.flush(*descriptor_));
  state_ = State::closed;
  idle_.stop();
  stall_ = nullptr;
  gone_ = nullptr;
  if (connector_) std::exchange(connector_, nullptr)->abandon();
  descriptor_ = nullptr;
  const std::optional<Done> dropped = queue_.drop();
  waiting_final_.reset();
  breakage_.reset();
}

// --- Properties ---

void SocketTransport::set_no_delay(bool on) {
  settings_.no_delay = on;
  if (is_open()) descriptor_->set_no_delay(on);
}

void SocketTransport::set_keep_alive(const KeepAlive& how) {
  settings_.keep_alive = how;
  if (is_open()) descriptor_->set_keep_alive(how);
}

void SocketTransport::set_type_of_service(int value) {
  settings_.type_of_service = value;
  if (!is_open()) return;
  if (const int error = descriptor_->set_type_of_service(value); error != 0)
    throw failed("setTypeOfService", error);
}

int SocketTransport::type_of_service() const {
  const std::optional<int> now = is_open() ? descriptor_->type_of_service() : std::nullopt;
  return now.value_or(settings_.type_of_service.value_or(0));
}

void SocketTransport::reference(bool on) {
  settings_.referenced = on;
  if (!descriptor_) return;
  if (on)
    descriptor_->ref();
  else
    descriptor_->unref();
}

void SocketTransport::reset() { static_cast<void>(descriptor_->reset_on_close(true)); }

std::uint64_t SocketTransport::bytes_written(std::size_t queued) const noexcept {
  return queue_.bytes_written() + queued;
}

std::uint64_t SocketTransport::bytes_acknowledged() const noexcept {
  if (!is_open()) return 0;
  const std::uint64_t taken = queue_.bytes_taken();
  return taken - std::min<std::uint64_t>(taken, descriptor_->unacknowledged());
}

std::optional<Address> SocketTransport::local_address() const {
  return is_open() ? descriptor_->local_address() : std::nullopt;
}
std::optional<Address> SocketTransport::remote_address() const {
  return is_open() ? descriptor_->remote_address() : std::nullopt;
}

}  // namespace weir::net
