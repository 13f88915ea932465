#include "http/message_writer.h"

#include "http/status_code.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

using std::string_view_literals::operator""sv;

// A head that has more grows.
constexpr std::size_t kUsualHead = 512;

// What is copied to be one write with the head; more is handed on as it is.
constexpr std::size_t kLargestCopy = 2048;

bool is_copied(const Chunk& chunk) { return chunk.size() <= kLargestCopy && !chunk.is_elsewhere(); }

std::size_t length_of(std::span<const Chunk> chunks) {
  std::size_t length = 0;
  for (const Chunk& chunk : chunks) length += chunk.size();
  return length;
}

// The message was used wrongly; anything else is the connection's end, which is no Error here.
bool is_misuse(const Error& error) {
  for (const Errc code :
       {Errc::stream_write_after_end, Errc::http_content_length_mismatch,
        Errc::http_body_not_allowed, Errc::http_trailer_invalid, Errc::http_invalid_status_code,
        Errc::invalid_char, Errc::invalid_http_token, Errc::multiple_callback,
        Errc::callback_dropped, Errc::stream_cannot_pipe})
    if (error.code() == code) return true;
  return false;
}

// Whether a line would announce a body that such a response does not have (RFC 9110, 8.6 and
// 15.3.6; RFC 9112, 6.1). `status` is 0 for a request.
bool announces_missing_body(int status, std::string_view name) {
  if (status == 0 || status == kOk) return false;
  const bool is_bodiless = status < kOk || status == kNoContent || status == kResetContent;
  if (is_bodiless && same_name(name, "content-length")) return true;
  return (is_bodiless || status == kNotModified) && same_name(name, "transfer-encoding");
}

}  // namespace

// --- The head ---

void MessageWriter::add_line(std::string_view name, std::string_view value) {
  out_.append(name).append(": "sv).append(value).append("\r\n"sv);
}

void MessageWriter::add_number(std::uint64_t number) {
  const fmt::format_int digits(number);
  out_.append(digits.data(), digits.size());
}

// Node: processHeader.
bool MessageWriter::is_one_line(std::string_view name) const noexcept {
  if (same_name(name, "cookie")) return true;
  return framing_.unique && std::ranges::any_of(*framing_.unique, [name](const std::string& each) {
           return same_name(each, name);
         });
}

// Node: matchHeader.
void MessageWriter::note_line(Seen& seen, Field field) {
  switch (field.name.size()) {
    case 4:
      if (same_name(field.name, "date")) seen.date = true;
      break;
    case 7:
      if (same_name(field.name, "trailer")) seen.trailer = true;
      break;
    case 10:
      if (same_name(field.name, "connection")) {
        seen.connection = true;
        framing_.removed_connection = false;
        if (has_word(field.value, "close"))
          framing_.last = true;
        else
          framing_.should_keep_alive = true;
      } else if (same_name(field.name, "keep-alive")) {
        framing_.says_keep_alive = false;
      }
      break;
    case 14:
      if (same_name(field.name, "content-length")) {
        seen.length = true;
        framing_.removed_length = false;
        std::uint64_t length = 0;
        const auto parsed =
            std::from_chars(field.value.data(), field.value.data() + field.value.size(), length);
        if (parsed.ec == std::errc()) framing_.content_length = length;
      }
      break;
    case 17:
      if (same_name(field.name, "transfer-encoding")) {
        seen.encoding = true;
        framing_.removed_encoding = false;
        if (has_word(field.value, "chunked")) framing_.chunked = true;
      }
      break;
    default:
      break;
  }
}

// Node: _storeHeader.
void MessageWriter::fix_head(std::string_view first_line, int status, const Headers& fields) {
  const std::size_t before = out_.size();
  out_.reserve(before + kUsualHead);
  Seen seen;
  out_ += first_line;
  for (Field field : fields) {
    if (announces_missing_body(status, field.name)) continue;
    std::string joined;
    if (is_one_line(field.name)) {
      const auto values = fields.get_all(field.name);
      if (values.front().data() != field.value.data()) continue;  // it is in the first one's line
      field.value = joined = fmt::format("{}", fmt::join(values, "; "));
    }
    add_line(field.name, field.value);
    note_line(seen, field);
  }
  if (framing_.send_date && !seen.date) add_line("Date", dates_->now());
  add_connection_lines(seen);
  if (status == kResetContent)
    add_line("Content-Length", "0");
  else
    add_framing_lines(seen);
  if (!framing_.chunked && seen.trailer) {
    out_.resize(before);
    throw Error(Errc::http_trailer_invalid);
  }
  out_ += "\r\n"sv;
  head_ = Head::fixed;
}

void MessageWriter::add_connection_lines(const Seen& seen) {
  if (framing_.removed_connection) {
    framing_.last = !framing_.should_keep_alive;
    return;
  }
  if (seen.connection) return;
  const bool keeps_alive =
      framing_.should_keep_alive && (seen.length || framing_.chunked_by_default || framing_.pooled);
  if (!keeps_alive || framing_.reached_limit) {
    if (!keeps_alive) framing_.last = true;
    out_ += "Connection: close\r\n"sv;
    return;
  }
  out_ += "Connection: keep-alive\r\n"sv;
  if (framing_.keep_alive_timeout.count() == 0 || !framing_.says_keep_alive) return;
  out_ += "Keep-Alive: timeout="sv;
  add_number(static_cast<std::uint64_t>(framing_.keep_alive_timeout.count() / 1000));
  if (framing_.most_requests > 0) {
    out_ += ", max="sv;
    add_number(static_cast<std::uint64_t>(framing_.most_requests));
  }
  out_ += "\r\n"sv;
}

void MessageWriter::add_framing_lines(const Seen& seen) {
  if (seen.length || seen.encoding) return;
  if (!framing_.has_body) {
    framing_.chunked = false;
  } else if (!framing_.chunked_by_default) {
    framing_.last = true;
    // A request's head says that no body comes (RFC 9112, 6.3).
    if (framing_.pooled) {
      framing_.has_body = false;
      framing_.rejects_body = true;
    }
  } else if (!seen.trailer && !framing_.removed_length && framing_.content_length) {
    out_ += "Content-Length: "sv;
    add_number(*framing_.content_length);
    out_ += "\r\n"sv;
  } else if (!framing_.removed_encoding) {
    out_ += "Transfer-Encoding: chunked\r\n"sv;
    framing_.chunked = true;
  } else {
    framing_.last = true;  // without either, the connection's end is the body's
  }
}

void MessageWriter::removed(std::string_view name) noexcept {
  if (same_name(name, "connection")) framing_.removed_connection = true;
  if (same_name(name, "content-length")) framing_.removed_length = true;
  if (same_name(name, "transfer-encoding")) framing_.removed_encoding = true;
  if (same_name(name, "date")) framing_.send_date = false;
}

void MessageWriter::flush_head() {
  if (head_ == Head::sent) return;
  flush_wanted_ = true;
  if (can_write()) write_out();
}

void MessageWriter::write_raw(std::string_view text, Callback written) {
  if (can_write()) {
    connection_->write(text, std::move(written));
    return;
  }
  out_.insert(raw_size_, text);
  raw_size_ += text.size();
  flush_wanted_ = true;
  if (written) raw_written_.push_back(std::move(written));
}

void MessageWriter::set_timeout(std::chrono::milliseconds idle) {
  if (connection_)
    connection_->set_timeout(idle);
  else
    timeout_ = idle;
}

// --- The connection ---

bool MessageWriter::can_write() const noexcept { return connection_ && connection_->writable(); }

bool MessageWriter::takes_ranges() {
  return can_write() && framing_.has_body && connection_->takes_ranges();
}

void MessageWriter::assign(net::Connection& connection) {
  connection_ = &connection;
  if (timeout_) connection.set_timeout(*std::exchange(timeout_, std::nullopt));
  if (!can_write()) return;
  const Pin alive(*message_);
  if (flush_wanted_) write_out();
  auto waiting = std::exchange(waiting_, std::nullopt);
  if (!waiting) return;
  if (waiting->is_final)
    final(std::move(waiting->done));
  else
    send(
        {waiting->batch.chunks, waiting->batch.length, waiting->batch.last, waiting->batch.awaited},
        std::move(waiting->done));
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

// --- The body ---

// What end(data) comes to where nothing was written before: the length is known.
void MessageWriter::write(Chunk chunk, Done done) {
  if (head_ == Head::open) framing_.content_length = chunk.size();
  const Piece piece{{&chunk, 1}, chunk.size(), true, false};
  if (Error error = prepare(piece)) return done(std::move(error));
  send(piece, std::move(done));
}

void MessageWriter::writev(Batch batch, Done done) {
  const Piece piece{batch.chunks, batch.length, batch.last, batch.awaited};
  if (Error error = prepare(piece)) return done(std::move(error));
  send(piece, std::move(done));
}

// Fixes the head, and refuses what may not follow it.
Error MessageWriter::prepare(const Piece& piece) {
  if (head_ == Head::open) {
    // A request that has a body says so, whatever its method.
    if (framing_.pooled && piece.length > 0) framing_.chunked_by_default = true;
    try {
      message_->implicit_head();
    } catch (...) {
      return Error::from_current_exception();
    }
  }
  if (!framing_.has_body && framing_.rejects_body && piece.length > 0)
    return Errc::http_body_not_allowed;
  return check_length(piece.length, piece.last);
}

Error MessageWriter::check_length(std::size_t length, bool last) {
  body_bytes_ += length;
  if (!framing_.strict_length || !framing_.content_length || !framing_.has_body ||
      framing_.removed_length || framing_.chunked)
    return {};
  const bool fits =
      last ? body_bytes_ == *framing_.content_length : body_bytes_ <= *framing_.content_length;
  if (fits) return {};
  return Error(Errc::http_content_length_mismatch,
               fmt::format("Response body's content-length of {} byte(s) does not match the "
                           "content-length of {} byte(s) set in header",
                           body_bytes_, *framing_.content_length));
}

void MessageWriter::send(const Piece& piece, Done done) {
  if (!framing_.has_body) return done();
  const std::span<Chunk> chunks = piece.chunks;
  if (!can_write()) {
    Batch kept{.length = piece.length, .last = piece.last, .awaited = piece.awaited};
    for (Chunk& chunk : chunks) kept.chunks.push_back(std::move(chunk));
    waiting_.emplace(false, std::move(kept), std::move(done));
    return;
  }
  // What is not one write, and too much to wait for more, is to be one system call all the same.
  const Ref<net::Connection> corked(has_room_for(chunks) ? nullptr : connection_);
  if (corked) corked->cork();
  const bool goes_on = !piece.last && !piece.awaited;
  if (goes_on) {
    append_all(chunks);
    write_out();
  } else {
    // A large chunk that nothing is put behind takes the callback itself.
    const bool bare_last = !framing_.chunked && !chunks.empty() && !is_copied(chunks.back());
    append_all(chunks.first(chunks.size() - (bare_last ? 1 : 0)));
    if (piece.last) finish_body();
    if (bare_last) {
      write_out();
      write_to_connection(static_cast<Buffer&&>(chunks.back()), std::move(done));
    } else {
      write_out(std::move(done));
    }
  }
  if (corked) corked->uncork();
  if (goes_on) return go_on(std::move(done));
  if (!piece.last) return;
  flushed_ = true;
  if (host_) host_->on_flushed(*this);
}

// Whether the connection still waits for more when it has these.
bool MessageWriter::has_room_for(std::span<const Chunk> chunks) const noexcept {
  constexpr std::size_t kFrame = 32;
  const std::size_t size = out_.size() + length_of(chunks) + kFrame * (chunks.size() + 1);
  return connection_->writable_length() + size < connection_->writable_high_water_mark();
}

// Nobody waits for what the connection has now to be sent, but only for the connection's room.
void MessageWriter::go_on(Done done) {
  unacknowledged_ = true;
  if (connection_->writable_need_drain()) {
    for_room_ = std::move(done);
    return;
  }
  // On a tick: a write that reaches the mark answers false.
  connection_->ticks().next_tick([done = std::move(done)]() mutable { std::move(done)(); });
}

void MessageWriter::on_room() {
  if (auto done = std::exchange(for_room_, std::nullopt)) (*std::move(done))();
}

// What was written together is one chunk of the body. Node: kChunkedBuffer.
void MessageWriter::append_all(std::span<Chunk> chunks) {
  const std::size_t size = framing_.chunked ? length_of(chunks) : 0;
  if (size > 0) {
    std::array<char, 2 * sizeof size> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
    out_.append(digits.data(), end.ptr).append("\r\n"sv);
  }
  for (Chunk& chunk : chunks) append(std::move(chunk));
  if (size > 0) out_ += "\r\n"sv;
}

void MessageWriter::append(Chunk chunk) {
  if (is_copied(chunk)) {
    out_ += chunk.text();
    return;
  }
  write_out();
  connection_->write(static_cast<Buffer&&>(chunk));
}

void MessageWriter::finish_body() {
  if (std::exchange(body_finished_, true) || !framing_.has_body || !framing_.chunked) return;
  out_.append("0\r\n").append(trailers_).append("\r\n");
}

void MessageWriter::write_out() {
  if (out_.empty()) return;
  if (head_ == Head::fixed) head_ = Head::sent;
  raw_size_ = 0;
  if (raw_written_.empty()) {
    connection_->write(out_);
  } else {
    connection_->write(out_,
                       [callbacks = std::exchange(raw_written_, {})](const Error& error) mutable {
                         for (Callback& callback : callbacks) callback(error);
                       });
  }
  out_.clear();
}

void MessageWriter::write_out(Done done) {
  if (!raw_written_.empty()) write_out();
  if (head_ == Head::fixed) head_ = Head::sent;
  raw_size_ = 0;
  write_to_connection(out_, std::move(done));
  out_.clear();
}

template <class Bytes>
void MessageWriter::write_to_connection(Bytes&& bytes, Done done) {
  unacknowledged_ = false;
  connection_->write(std::forward<Bytes>(bytes),
                     [this, done = std::move(done)](const Error& error) mutable {
                       complete(std::move(done), error);
                     });
}

// `done` keeps the message, and so this, alive.
void MessageWriter::complete(Done done, const Error& error) {
  if (!error) return std::move(done)();
  // The connection's Error is for who looks after the connection.
  message_->on_write_failed(error);
  std::move(done)(message_->errored() ? message_->errored() : error);
}

void MessageWriter::final(Done done) {
  if (head_ == Head::open) {
    framing_.content_length = 0;
    message_->implicit_head();
  }
  if (!flushed_)
    if (Error error = check_length(0, true)) return done(std::move(error));
  if (!can_write()) {
    if (flushed_) return done();
    waiting_.emplace(true, Batch(), std::move(done));
    return;
  }
  finish_body();
  const bool first_time = !std::exchange(flushed_, true);
  // Without bytes, too, a write is done when all before it are.
  if (out_.empty() && !unacknowledged_)
    done();
  else
    write_out(std::move(done));
  if (first_time && host_) host_->on_flushed(*this);
}

// On a tick: a destroy calls nobody back.
void MessageWriter::fail_waiting() {
  const auto later = [this](auto call) { message_->ticks().next_tick(std::move(call)); };
  if (auto done = std::exchange(for_room_, std::nullopt))
    later([done = *std::move(done)]() mutable { std::move(done)(stream_destroyed("write")); });
  if (auto waiting = std::exchange(waiting_, std::nullopt))
    later([done = std::move(waiting->done)]() mutable {
      std::move(done)(stream_destroyed("write"));
    });
  for (Callback& callback : std::exchange(raw_written_, {}))
    later([callback = std::move(callback)]() mutable { callback(stream_destroyed("write")); });
}

void MessageWriter::destroy(Error error, Done done) {
  const bool finished = message_->writable_finished();
  fail_waiting();
  MessageHost* const host = std::exchange(host_, nullptr);
  net::Connection* const connection = std::exchange(connection_, nullptr);
  if (error && is_misuse(error)) {
    if (host) host->on_over(*this, finished || flushed_);
    return done(std::move(error));
  }
  if (host) {
    if (!finished && connection && !connection->destroyed()) closing_.emplace(std::move(done));
    host->on_over(*this, finished);
    if (closing_) return;
  }
  done();
}

}  // namespace weir::http
