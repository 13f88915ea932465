#include "http/message_writer.h"

#include <weir/base/slab.h>
#include <weir/http/errors.h>

#include <array>
#include <utility>

namespace weir::http {
namespace {

ByteSpan bytes_of(const HeadText& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Errors of misuse by the program. Any other Error is the end of the connection, which a message
// does not report.
bool is_misuse(const Error& error) {
  const auto is_any_of = [&](auto... codes) { return ((error == codes) || ...); };
  return is_any_of(weir::Errc::stream_write_after_end, Errc::content_length_mismatch,
                   Errc::body_not_allowed, Errc::trailer_invalid, Errc::invalid_status_code,
                   Errc::invalid_char, Errc::invalid_http_token, weir::Errc::multiple_callback,
                   weir::Errc::callback_dropped, weir::Errc::stream_cannot_pipe);
}

}  // namespace

// --- The head ---

void MessageWriter::compose_head(BodyHint hint) {
  body_.begin(head_.compose(text_, hint));
  stage_ = Stage::composed;
}

void MessageWriter::flush_head() {
  if (head_sent()) return;
  flush_wanted_ = true;
  if (can_write()) write_text();
}

void MessageWriter::write_raw(std::string_view text, Callback written) {
  if (can_write()) {
    connection_->write(std::as_bytes(std::span(text)), std::move(written));
    return;
  }
  raw_ += text;
  flush_wanted_ = true;
  if (written) raw_written_.push_back(std::move(written));
}

void MessageWriter::set_timeout(std::chrono::milliseconds idle) {
  if (connection_)
    connection_->set_timeout(idle);
  else
    timeout_ = idle;
}

// --- The turn ---

bool MessageWriter::takes_ranges() {
  const bool has_body = head_composed() ? body_.has_body() : head_.rules().body == BodyRule::sent;
  return can_write() && has_body && connection_->takes_ranges();
}

void MessageWriter::assign(net::Connection& connection) {
  connection_ = &connection;
  if (timeout_) connection.set_timeout(*std::exchange(timeout_, std::nullopt));
  if (!can_write()) return;
  const Pin alive(*message_);
  if (flush_wanted_) write_text();
  std::optional<Waiting> waiting = std::exchange(waiting_, std::nullopt);
  if (!waiting) return;
  if (!waiting->batch) return final(std::move(waiting->done));
  Batch& batch = *waiting->batch;
  send({batch.chunks, batch.length, batch.last, batch.awaited}, std::move(waiting->done));
}

void MessageWriter::leave() noexcept {
  host_ = nullptr;
  connection_ = nullptr;
}

void MessageWriter::on_connection_closed() {
  const Ref<OutgoingMessage> alive(message_);
  leave();
  if (auto done = std::exchange(closing_, std::nullopt)) return (*done)();
  message_->destroy();
}

void MessageWriter::on_connection_finished() {
  const Pin alive(*message_);
  leave();
  stage_ = Stage::flushed;
  on_room();
  if (auto waiting = std::exchange(waiting_, std::nullopt)) std::move(waiting->done)();
}

// --- The body ---

void MessageWriter::write(Chunk chunk, Done done) {
  const Pieces pieces{{&chunk, 1}, chunk.size(), true, false};
  if (Error error = admit(pieces, {.bytes = pieces.length, .is_whole = true}))
    return done(std::move(error));
  send(pieces, std::move(done));
}

void MessageWriter::writev(Batch batch, Done done) {
  const Pieces pieces{batch.chunks, batch.length, batch.last, batch.awaited};
  if (pieces.chunks.empty() && !head_composed()) return done();  // a flush before the head
  if (Error error = admit(pieces, {.bytes = pieces.length})) return done(std::move(error));
  send(pieces, std::move(done));
}

// Composes the head before the first bytes of the body, and refuses bytes that the framing does not
// allow.
Error MessageWriter::admit(const Pieces& pieces, BodyHint hint) {
  if (!head_composed()) {
    try {
      compose_head(hint);
    } catch (...) {
      return Error::from_current_exception();
    }
  }
  return body_.admit(pieces.length,
                     pieces.last ? BodyFramer::More::none : BodyFramer::More::follows);
}

void MessageWriter::send(const Pieces& pieces, Done done) {
  if (!body_.has_body() || flushed()) return done();
  if (!can_write()) {
    Batch batch{.length = pieces.length, .last = pieces.last, .awaited = pieces.awaited};
    for (Chunk& chunk : pieces.chunks) batch.chunks.push_back(std::move(chunk));
    waiting_.emplace(std::move(batch), std::move(done));
    return;
  }
  // Corks, so that pieces that together reach the connection's mark are one system call.
  const Ref<net::Connection> corked(has_room_for(pieces) ? nullptr : connection_);
  const auto at_once = [&corked](auto write) {
    if (corked) corked->cork();
    write();
    if (corked) corked->uncork();
  };
  if (!pieces.last && !pieces.awaited) {
    at_once([&] {
      write_chunks(pieces.chunks, pieces.length);
      write_text();
    });
    return wait_for_room(std::move(done));
  }
  at_once([&] { write_pieces(pieces, std::move(done)); });
  if (!pieces.last) return;
  stage_ = Stage::flushed;
  if (host_) host_->on_flushed(*this);
}

// The text after the chunks is left to be written.
void MessageWriter::write_chunks(std::span<Chunk> chunks, std::size_t length) {
  body_.open_piece(text_, length);
  for (Chunk& chunk : chunks) write_chunk(chunk);
  body_.close_piece(text_, length);
}

// The last write of the pieces completes with `done`.
void MessageWriter::write_pieces(const Pieces& pieces, Done done) {
  const bool is_bare = body_.is_bare() && !pieces.chunks.empty();
  write_chunks(pieces.chunks.first(pieces.chunks.size() - (is_bare ? 1 : 0)), pieces.length);
  if (pieces.last) body_.end(text_);
  if (is_bare)
    write_chunk(pieces.chunks.back(), completing(std::move(done)));
  else
    write_text(std::move(done));
}

// Whether the connection stays below its mark with these pieces.
bool MessageWriter::has_room_for(const Pieces& pieces) const noexcept {
  constexpr std::size_t kFrame = 32;
  const std::size_t size =
      raw_.size() + text_.size() + pieces.length + kFrame * (pieces.chunks.size() + 1);
  return connection_->writable_length() + size < connection_->writable_high_water_mark();
}

// A write without a callback completes once the connection has room for more.
void MessageWriter::wait_for_room(Done done) {
  unacknowledged_ = true;
  if (connection_->writable_need_drain()) {
    for_room_ = std::move(done);
    return;
  }
  // On a tick, so that the message's write() returns false if it reaches the mark.
  connection_->ticks().next_tick([done = std::move(done)]() mutable { std::move(done)(); });
}

void MessageWriter::on_room() {
  if (auto done = std::exchange(for_room_, std::nullopt)) (*std::move(done))();
}

void MessageWriter::final(Done done) {
  if (!head_composed()) compose_head({.is_whole = true});
  const bool was_flushed = flushed();
  if (!was_flushed)
    if (Error error = body_.admit(0, BodyFramer::More::none)) return done(std::move(error));
  if (!can_write()) {
    if (was_flushed) return done();
    waiting_.emplace(std::nullopt, std::move(done));
    return;
  }
  body_.end(text_);
  if (text_.size() == 0 && raw_.empty() && !unacknowledged_) {
    stage_ = Stage::flushed;
    done();
  } else {  // an empty write completes after all writes before it
    write_text(std::move(done));
    stage_ = Stage::flushed;
  }
  if (!was_flushed && host_) host_->on_flushed(*this);
}

// --- To the connection ---

// Before the message's first bytes.
void MessageWriter::begin() {
  if (!raw_.empty()) write_raw_text();
  if (stage_ == Stage::composed) stage_ = Stage::begun;
}

void MessageWriter::write_raw_text() {
  const std::string raw = std::exchange(raw_, {});
  connection_->write(std::as_bytes(std::span(raw)),
                     [callbacks = std::exchange(raw_written_, {})](const Error& error) mutable {
                       for (Callback& callback : callbacks) callback(error);
                     });
}

void MessageWriter::write_text() {
  begin();
  if (text_.size() == 0) return;
  connection_->write(bytes_of(text_));
  text_.clear();
}

void MessageWriter::write_text(Done done) {
  begin();
  connection_->write(bytes_of(text_), completing(std::move(done)));
  text_.clear();
}

// Writes the text before the chunk as well. A small chunk is copied next to it.
void MessageWriter::write_chunk(Chunk& chunk, Callback callback) {
  if (chunk.empty() && !callback) return;
  const bool is_small = Slab::takes(text_.size() + chunk.size()) && !chunk.is_external();
  if (!is_small) {
    write_text();
    return static_cast<void>(connection_->write(static_cast<Buffer&&>(chunk), std::move(callback)));
  }
  begin();
  const std::array<ByteSpan, 2> parts{bytes_of(text_), chunk.bytes()};
  connection_->write_all(std::span(parts).last(text_.size() > 0 ? 2 : 1), std::move(callback));
  text_.clear();
}

Callback MessageWriter::completing(Done done) {
  unacknowledged_ = false;
  return [this, done = std::move(done)](const Error& error) mutable {
    complete(std::move(done), error);
  };
}

// `done` keeps the message, and thereby this, alive.
void MessageWriter::complete(Done done, const Error& error) {
  if (!error) return std::move(done)();
  // The host reports the connection's Error.
  message_->on_write_failed(error);
  std::move(done)(message_->errored() ? message_->errored() : error);
}

// --- The end ---

// On a tick: destroy() itself runs no callbacks.
void MessageWriter::fail_waiting() {
  const auto later = [this](auto call) { message_->ticks().next_tick(std::move(call)); };
  const auto fail_later = [&](Done done) {
    later([done = std::move(done)]() mutable { std::move(done)(stream_destroyed("write")); });
  };
  if (auto done = std::exchange(for_room_, std::nullopt)) fail_later(*std::move(done));
  if (auto waiting = std::exchange(waiting_, std::nullopt)) fail_later(std::move(waiting->done));
  for (Callback& callback : std::exchange(raw_written_, {}))
    later([callback = std::move(callback)]() mutable { callback(stream_destroyed("write")); });
}

void MessageWriter::destroy(Error error, Done done) {
  const bool finished = message_->writable_finished();
  fail_waiting();
  MessageHost* const host = std::exchange(host_, nullptr);
  net::Connection* const connection = std::exchange(connection_, nullptr);
  if (error && is_misuse(error)) {
    if (host) host->on_over(*this, finished || flushed());
    return done(std::move(error));
  }
  const bool waits = host && !finished && connection && !connection->destroyed();
  if (waits) {
    closing_.emplace(std::move(done));  // the connection's Close calls it
    return host->on_over(*this, finished);
  }
  if (host) host->on_over(*this, finished);
  done();
}

}  // namespace weir::http
