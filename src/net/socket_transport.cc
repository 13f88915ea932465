#include "net/socket_transport.h"

#include "loop/file_range.h"
#include "net/errors.h"
#include "net/is_read.h"
#include <weir/base/block.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace weir::net {
namespace {

// Less than this is copied out of the block that was read into, which then serves the next read.
constexpr std::size_t kWorthTaking = std::size_t{16} << 10;
// So that one busy socket leaves the others their turn.
constexpr int kReadsATurn = 16;
constexpr std::size_t kViewsASend = 256;
constexpr std::size_t kLargestPiece = std::size_t{1} << 20;

}  // namespace

SocketTransport::SocketTransport(Loop& loop, const SocketOptions& options)
    : TickHolder(loop.ticks()),
      loop_(loop),
      no_delay_(options.no_delay),
      keep_alive_{.on = options.keep_alive, .delay = options.keep_alive_initial_delay},
      type_of_service_(options.type_of_service),
      reset_unless_ended_(options.reset_unless_ended),
      idle_(loop, [this] { socket_->emit(Timeout{}); }) {}

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
  socket_->emit(Connect{});
  if (is_open() && batch_) flush();
  if (is_open() && !batch_ && waiting_final_)
    shut_down(*std::exchange(waiting_final_, std::nullopt));
  socket_->emit(Ready{});
  if (is_open() && !socket_->is_paused()) socket_->read(0);
}

void SocketTransport::open(std::unique_ptr<Descriptor> descriptor) {
  start_with(std::move(descriptor));
  alive_ = Ref<Socket>(socket_);
}

void SocketTransport::adopt(int fd) {
  auto descriptor =
      std::make_unique<Descriptor>(loop_.core(), static_cast<Descriptor::Watcher&>(*this));
  if (const int error = descriptor->adopt(fd); error != 0) throw failed("open", error);
  open(std::move(descriptor));
}

void SocketTransport::start_with(std::unique_ptr<Descriptor> descriptor) {
  if (reset_unless_ended_)
    if (const int error = descriptor->reset_on_close(true); error != 0)
      throw failed("setsockopt", error);
  state_ = State::open;
  descriptor->hand_to(*this);
  descriptor_ = std::move(descriptor);
  idle_.touch();
  if (no_delay_) descriptor_->set_no_delay(true);
  if (keep_alive_.on) descriptor_->set_keep_alive(keep_alive_);
  // A refusal changes how soon things go, not what is sent.
  if (type_of_service_) static_cast<void>(descriptor_->set_type_of_service(*type_of_service_));
  if (!referenced_) descriptor_->unref();
  if (std::exchange(read_wanted_, false)) descriptor_->watch_reads(true);
}

// --- Reading ---

void SocketTransport::read(Readable&, std::size_t) {
  if (broken_ && broken_->has_received_all)
    go_on_broken();
  else if (is_open())
    descriptor_->watch_reads(true);
  else
    read_wanted_ = true;
}

void SocketTransport::on_readable() {
  const Ref<Socket> alive = alive_;
  for (int reads = 0; reads < kReadsATurn; ++reads) {
    std::optional<Block>& block = loop_.core().read_block();
    const std::size_t room = block->bytes().size();
    const std::int64_t result = descriptor_->receive(block->bytes());
    if (result == -EAGAIN && !broken_) return;
    idle_.touch();
    if (result < 0) {
      descriptor_->watch_reads(false);
      if (!broken_)
        return break_off({.error = failed("read", static_cast<int>(-result)),
                          .of = Breakage::Of::receiving,
                          .has_received_all = true});
      broken_->has_received_all = true;
      return go_on_broken();
    }
    if (result == 0) {
      descriptor_->watch_reads(false);
      if (broken_ && broken_->error.code() != std::errc::broken_pipe) {
        broken_->has_received_all = true;
        return go_on_broken();
      }
      has_ended_ = true;
      socket_->push(nullptr);
      socket_->read(0);
      return;
    }
    const auto count = static_cast<std::size_t>(result);
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

// --- Writing ---

void SocketTransport::writev(Batch batch, Done done) {
  if (state_ == State::unconnected || state_ == State::closed) return done(Errc::socket_closed);
  if (!batch_) batch_.emplace();
  batch_->add(std::move(batch.chunks));
  if (may_hold(batch)) {
    batch_->held = batch_->size;
    return std::move(done)();
  }
  batch_->done = std::move(done);
  if (is_open()) flush();
}

// A writer that has reached the mark may go on at once, for one call to send more, where the system
// has room for all that it has written, and nobody asked to be told when the system has it. The
// first time in a callback of the program it has to wait: mostly there is no second.
bool SocketTransport::may_hold(const Batch& batch) {
  if (!is_open() || broken_ || descriptor_->watches_writes() || batch_->has_ranges) return false;
  if (batch.awaited || batch.last || batch.length < socket_->writable_high_water_mark())
    return false;
  if (socket_->destroyed()) return false;
  if (!std::exchange(ticks_left_, true)) {
    loop_.ticks().after_ticks([this, alive = Ref<Socket>(socket_)] {
      ticks_left_ = false;
      if (is_open() && batch_ && !descriptor_->watches_writes()) flush();
    });
    return false;
  }
  const auto now = Holding::Clock::now();
  if (batch_->held == 0) holding_.begin(descriptor_->send_room(), now);
  return holding_.allows(batch_->size, now);
}

// Sends until all is sent, or the system takes no more.
void SocketTransport::flush() {
  if (broken_) return;
  idle_.touch();
  Error failure;
  std::size_t taken = 0;
  while (!failure && batch_->first < batch_->chunks.size()) {
    const std::int64_t sent = send(*batch_);
    if (sent == -EAGAIN) {
      if (batch_->held > 0) holding_.on_refused();
      return descriptor_->watch_writes(true);
    }
    if (sent < 0) {
      failure = failed("write", static_cast<int>(-sent));
    } else {
      taken += static_cast<std::size_t>(sent);
      bytes_taken_ += static_cast<std::uint64_t>(sent);
    }
  }
  holding_.on_taken(taken);
  descriptor_->watch_writes(false);
  if (failure)
    return break_off(
        {.error = std::move(failure), .of = Breakage::Of::sending, .has_received_all = false});
  bytes_sent_ += batch_->size;
  std::optional<Done> done = std::move(batch_->done);
  batch_.reset();
  if (done) return (*std::move(done))();
  if (waiting_final_) shut_down(*std::exchange(waiting_final_, std::nullopt));
}

std::int64_t SocketTransport::send(SendBatch& batch) {
  if (batch.chunks[batch.first].is_elsewhere()) return send_range(batch);
  std::array<iovec, kViewsASend> views;
  std::size_t count = 0;
  std::size_t offset = batch.offset;
  std::size_t next = batch.first;
  for (; next < batch.chunks.size() && count < views.size(); ++next) {
    if (batch.chunks[next].is_elsewhere()) break;
    const auto bytes = batch.chunks[next].bytes().subspan(std::exchange(offset, 0));
    views[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  }
  // A head fills its packets up with the file behind it.
  const bool follows = next < batch.chunks.size();
  const auto more = follows ? Descriptor::More::follows : Descriptor::More::none;
  const std::int64_t sent = descriptor_->send({views.data(), count}, more);
  if (sent >= 0) batch.advance(static_cast<std::size_t>(sent));
  return sent;
}

// The disk may keep it waiting, as it does every server that sends files so; it is asked for a
// moderate piece at a time.
std::int64_t SocketTransport::send_range(SendBatch& batch) {
  Chunk& chunk = batch.chunks[batch.first];
  internal::FileRange* const range = internal::FileRange::of(chunk);
  const std::size_t left = chunk.size() - batch.offset;
  if (range && !range->source->refused()) {
    const std::int64_t at = range->offset + static_cast<std::int64_t>(batch.offset);
    const std::size_t piece = std::min(left, kLargestPiece);
    const std::int64_t sent = descriptor_->send_file(range->source->fd(), at, piece);
    if (sent > 0) batch.advance(static_cast<std::size_t>(sent));
    if (sent > 0 || sent == -EAGAIN || sent == -EPIPE || sent == -ECONNRESET) return sent;
    if (sent == 0) {  // the file was cut off meanwhile
      const Ref<internal::RangedFile> source = range->source;
      batch.advance(left);
      source->report(left, {});
      return 0;
    }
    range->source->refuse();
  }
  static_cast<Buffer&>(chunk) = chunk.place().fetch(chunk.size()).slice(batch.offset);
  batch.offset = 0;
  return 0;
}

void SocketTransport::on_writable() {
  const Ref<Socket> alive = alive_;
  if (batch_)
    flush();
  else
    descriptor_->watch_writes(false);
}

void SocketTransport::final(Done done) {
  if (is_open() && batch_) flush();
  if (is_open() && !batch_ && !broken_) return shut_down(std::move(done));
  if (is_open() || state_ == State::connecting)
    waiting_final_ = std::move(done);
  else
    done();
}

void SocketTransport::shut_down(Done done) {
  const int status = descriptor_->shut_down();
  if (status == -ENOTCONN) return done();
  if (status < 0) return done(failed("shutdown", -status));
  if (reset_unless_ended_)
    if (const int error = descriptor_->reset_on_close(false); error != 0)
      return done(failed("setsockopt", error));
  loop_.set_immediate([done = std::move(done)]() mutable { std::move(done)(); });
}

// --- Breaking ---

void SocketTransport::break_off(Breakage breakage) {
  const bool is_gone = breakage.error.code() == std::errc::broken_pipe ||
                       breakage.error.code() == std::errc::connection_reset ||
                       breakage.error.code() == std::errc::timed_out;
  broken_ = std::move(breakage);
  if (!is_gone || !has_unread_input()) return report(*std::exchange(broken_, std::nullopt));
  descriptor_->watch_writes(false);
  socket_->once<End>([this] { report_on_tick(); });
  socket_->on<Pause>([this] {
    if (awaits_own_drain(*socket_)) report_on_tick();
  });
  loop_.next_tick([this, alive = Ref<Socket>(socket_)] {
    if (broken_ && !socket_->destroyed()) socket_->emit(Broken{broken_->error});
  });
  if (broken_->has_received_all) go_on_broken();
}

// Linux resets a connection that the peer had ended with EPIPE, and any other with ECONNRESET: so
// after EPIPE the end is still to be read.
bool SocketTransport::has_unread_input() const {
  if (socket_->destroyed() || !is_read(*socket_) || awaits_own_drain(*socket_)) return false;
  if (has_ended_) return !socket_->readable_ended();
  if (socket_->readable_length() > 0) return true;
  if (broken_->has_received_all) return false;
  const bool ends = broken_->error.code() == std::errc::broken_pipe;
  return descriptor_->peek() >= (ends ? 0 : 1);
}

// Nothing more is received. An empty chunk has the stream ask again, when it has been read.
void SocketTransport::go_on_broken() {
  if (socket_->readable_length() == 0)
    report_on_tick();
  else
    socket_->push(Buffer());
}

// A tick of its own: callbacks and listeners never run inside the call that reads.
void SocketTransport::report_on_tick() {
  loop_.next_tick([this, alive = Ref<Socket>(socket_)] {
    if (broken_ && is_open() && !socket_->destroyed())
      report(*std::exchange(broken_, std::nullopt));
  });
}

void SocketTransport::report(Breakage breakage) {
  if (breakage.of == Breakage::Of::receiving)
    return static_cast<void>(socket_->destroy(std::move(breakage.error)));
  bytes_sent_ += batch_->size;
  std::optional<Done> done = std::move(batch_->done);
  batch_.reset();
  if (done) return (*std::move(done))(std::move(breakage.error));
  socket_->destroy(std::move(breakage.error));
}

// --- Closing ---

void SocketTransport::destroy(Error error, Done done) {
  if (is_open() && batch_ && !batch_->done) flush();
  const State was = std::exchange(state_, State::closed);
  idle_.stop();
  if (connector_) std::exchange(connector_, nullptr)->abandon();
  const bool had_error = static_cast<bool>(error);
  const bool connected = was == State::open;
  auto closed = [socket = Ref<Socket>(socket_), had_error, connected] {
    socket->transport_.on_closed(had_error, connected);
  };
  if (descriptor_)
    descriptor_->close(std::move(closed));
  else if (was == State::connecting)
    loop_.set_immediate(std::move(closed));
  done(std::move(error));  // Error on a tick, Close behind it
  if (was == State::unconnected) loop_.next_tick(std::move(closed));
  if (Function<void()> gone = std::move(gone_)) gone();
}

void SocketTransport::on_closed(bool had_error, bool connected) {
  const Ref<Socket> alive = std::exchange(alive_, nullptr);
  std::optional<SendBatch> batch = std::exchange(batch_, std::nullopt);
  std::optional<Done> final = std::exchange(waiting_final_, std::nullopt);
  if (batch) bytes_sent_ += batch->held;
  // What a destroyed stream was sending is not vouched for.
  if (batch && batch->done && connected) (*batch->done)(failed("write", ECANCELED));
  socket_->core().emit_later_close(had_error);
  if (batch && batch->done && !connected) (*batch->done)(Errc::socket_closed_before_connection);
  if (final && connected) (*final)(stream_destroyed("end"));
  if (final && !connected) (*final)(Errc::socket_closed_before_connection);
}

void SocketTransport::let_go() noexcept {
  const Ref<Socket> last = std::exchange(alive_, nullptr);
  // What counts as sent is.
  if (is_open() && batch_ && !batch_->done) static_cast<void>(send(*batch_));
  state_ = State::closed;
  idle_.stop();
  gone_ = nullptr;
  if (connector_) std::exchange(connector_, nullptr)->abandon();
  descriptor_ = nullptr;
  batch_.reset();
  waiting_final_.reset();
  broken_.reset();
}

// --- Properties ---

void SocketTransport::set_no_delay(bool on) {
  no_delay_ = on;
  if (is_open()) descriptor_->set_no_delay(on);
}

void SocketTransport::set_keep_alive(const KeepAlive& how) {
  keep_alive_ = how;
  if (is_open()) descriptor_->set_keep_alive(how);
}

void SocketTransport::set_type_of_service(int value) {
  type_of_service_ = value;
  if (!is_open()) return;
  if (const int error = descriptor_->set_type_of_service(value); error != 0)
    throw failed("setTypeOfService", error);
}

int SocketTransport::type_of_service() const {
  const std::optional<int> now = is_open() ? descriptor_->type_of_service() : std::nullopt;
  return now.value_or(type_of_service_.value_or(0));
}

void SocketTransport::reference(bool on) {
  referenced_ = on;
  if (!descriptor_) return;
  if (on)
    descriptor_->ref();
  else
    descriptor_->unref();
}

void SocketTransport::reset() { static_cast<void>(descriptor_->reset_on_close(true)); }

std::uint64_t SocketTransport::bytes_written(std::size_t queued) const noexcept {
  return bytes_sent_ + (batch_ ? batch_->held : 0) + queued;
}

std::uint64_t SocketTransport::bytes_acknowledged() const noexcept {
  if (!is_open()) return 0;
  return bytes_taken_ - std::min<std::uint64_t>(bytes_taken_, descriptor_->unacknowledged());
}

std::optional<Address> SocketTransport::local_address() const {
  return is_open() ? descriptor_->local_address() : std::nullopt;
}
std::optional<Address> SocketTransport::remote_address() const {
  return is_open() ? descriptor_->remote_address() : std::nullopt;
}

}  // namespace weir::net
