#include "sim/writer.h"

#include "sim/follow.h"
#include "sim/pattern.h"
#include <weir/base/buffer.h>
#include <weir/stream/events.h>
#include <weir/stream/reservation.h>

#include <algorithm>
#include <cstring>

namespace weir::sim {
namespace {

std::string_view name_of(Writer::Way way) {
  constexpr std::string_view kWays[] = {"copied", "shared", "printed", "reserved", "in parts"};
  return kWays[static_cast<std::size_t>(way)];
}

}  // namespace

void Writer::listen() {
  follow<Drain>(world_, *this, "Drain");
  follow<Finish>(world_, *this, "Finish");
  follow<Close>(world_, *this, "Close");
  follow_error(world_, *this);
}

void Writer::on_event(std::string_view event) {
  if (event != "Error") world_.tell("{}: {}", name(), event);
  world_.count(event);
  world_.require(closes_ == 0, "{}: {} after Close", name(), event);
  if (!stream_) {
    closes_ += event == "Close" ? 1 : 0;
  } else if (event == "Close") {
    ++closes_;
    world_.require(settings_.emits_close, "{}: a Close although emit_close is off", name());
    if (settings_.flushes && finishes_ > 0 && !stream_->errored()) synced_ = delivered().size();
  } else if (event == "Error") {
    // A write after the end is reported by an Error of its own.
    if (stream_->errored()) has_failed_ = true;
  } else if (event == "Finish") {
    ++finishes_;
    world_.require(finishes_ == 1, "{}: {} times Finish", name(), finishes_);
    world_.require(stream_->writable_ended(), "{}: Finish without an end", name());
    world_.require(!has_failed_, "{}: Finish after a failure", name());
    check_bytes();
    if (!is_piped_)
      world_.require(delivered().size() == accepted_, "{}: Finish with {} of {} bytes delivered",
                     name(), delivered().size(), accepted_);
  } else if (event == "Drain") {
    if (!is_piped_) {
      world_.require(owes_drain_, "{}: a Drain that is not due", name());
      world_.require(stream_->writable_length() <= settings_.low_water_mark,
                     "{}: Drain with {} bytes in the buffer", name(), stream_->writable_length());
    }
    world_.require(!stream_->destroyed(), "{}: Drain after destroy", name());
    owes_drain_ = false;
    if (to_produce_ > 0) go_on_producing();
  }
}

// --- Writing ---

bool Writer::accepts(std::size_t size) const {
  if (stream_->destroyed() || stream_->writable_ended()) return false;
  return !settings_.max_buffered || stream_->writable_length() + size <= *settings_.max_buffered;
}

bool Writer::write(std::size_t size, Way way, bool with_callback, Function<void()> then) {
  if (is_piped_) return false;
  // As in Node, an uncork passes on what was written after a failure.
  if (stream_->errored() && way == Way::parts) way = Way::copied;
  const bool is_accepted = accepts(size);
  const bool is_late = stream_->destroyed() || stream_->writable_ended();
  if (!is_accepted) {
    world_.cause(is_late ? "ERR_STREAM_WRITE_AFTER_END" : "ERR_BUFFER_OVERFLOW");
    world_.count("refused write");
  }
  const std::size_t before = stream_->writable_length();
  const std::size_t from = accepted_;
  if (is_accepted) {
    // The parts of a write are records of their own.
    if (way == Way::parts) write_ends_.push_back(accepted_ + size / 3);
    accepted_ += size;
    write_ends_.push_back(accepted_);
  }
  Callback callback;
  if (is_accepted && with_callback)
    callback = entry("write", accepted_, std::move(then));
  else if (with_callback)
    callback = [token = world_.token("refused write of " + name())] {};
  const std::string bytes = pattern_bytes(pattern(), from, size);
  world_.tell("{}: write of {} bytes, {}{}{}", name(), size, name_of(way),
              with_callback ? ", with a callback" : "", is_accepted ? "" : ", to be refused");
  const bool answer = [&] {
    switch (way) {
      case Way::shared:
        return stream_->write(Buffer::copy(bytes), std::move(callback));
      case Way::printed:
        if (callback) return stream_->write(std::string(bytes), std::move(callback));
        return stream_->print("{}", bytes);
      case Way::reserved: {
        Reservation space = stream_->reserve(size + 10);
        std::memcpy(space.data(), bytes.data(), size);
        return space.commit(size, std::move(callback));
      }
      case Way::parts: {
        const std::span<const std::byte> all(reinterpret_cast<const std::byte*>(bytes.data()),
                                             size);
        const ByteSpan parts[] = {all.first(size / 3), all.subspan(size / 3)};
        return stream_->write_all(parts, std::move(callback));
      }
      case Way::copied:
        break;
    }
    return stream_->write(std::string_view(bytes), std::move(callback));
  }();
  check_answer(answer, is_accepted, before, size);
  return answer;
}

void Writer::check_answer(bool answer, bool was_accepted, std::size_t before, std::size_t size) {
  if (!answer) world_.count("write returned false");
  if (!was_accepted) return world_.require(!answer, "{}: a refused write returns true", name());
  if (stream_->destroyed() || stream_->errored()) return;
  // A sink may have completed the write, or all of what was gathered, before it returned.
  const std::size_t mark = stream_->writable_high_water_mark();
  const std::size_t length = stream_->writable_length();
  const bool is_done = answer && (length == 0 || length < mark);
  world_.require(size == 0 || answer == (before + size < mark) || is_done,
                 "{}: a write of {} bytes after {}, with a mark of {}, returns {}", name(), size,
                 before, mark, answer);
  if (answer || size == 0) return;
  owes_drain_ = true;
  world_.require(stream_->writable_need_drain(), "{}: false, but no Drain is due", name());
}

Callback Writer::entry(std::string what, std::size_t end, Function<void()> then) {
  const std::size_t index = entries_.size();
  const bool is_sync = what == "sync";
  const bool is_stage = is_sync || what == "flush";
  entries_.push_back(
      {.what = std::move(what), .end = end, .is_stage = is_stage, .is_sync = is_sync});
  return [this, self = weak_from_this(), index, token = world_.token("callback of " + name()),
          then = std::move(then)](const Error& error) mutable {
    const auto kept = self.lock();
    if (!kept) return;
    on_called_back(index, error);
    if (then) std::exchange(then, nullptr)();
  };
}

void Writer::on_called_back(std::size_t index, const Error& error) {
  Entry& entry = entries_[index];
  world_.tell("{}: callback of {} up to byte {}: {}", name(), entry.what, entry.end,
              error ? error.what() : "success");
  world_.count(fmt::format("{} {}", entry.what, error ? "failed" : "succeeded"));
  ++entry.calls;
  world_.require(entry.calls == 1, "{}: {} {} is called back {} times", name(), entry.what, index,
                 entry.calls);
  check_order(index);
  if (error) {
    // Only the callback of a sync that the sink refuses fails alone.
    has_failed_entry_ = true;
    const bool is_destroyed = error.name() == "ERR_STREAM_DESTROYED";
    world_.require(is_destroyed ? !stream_ || stream_->destroyed() : world_.is_caused(error),
                   "{}: {} fails without a cause: {}", name(), entry.what, error.what());
    return;
  }
  world_.require(!has_failed_entry_, "{}: {} {} succeeds after one that failed", name(), entry.what,
                 index);
  world_.require(delivered().size() >= entry.end, "{}: {} succeeds at {} bytes with {} delivered",
                 name(), entry.what, entry.end, delivered().size());
  called_back_ = std::max(called_back_, entry.end);
  if (entry.is_sync) synced_ = std::max(synced_, entry.end);
}

// Writes are in order. A flush or sync comes after what was before it, and maybe after later writes
// of the same batch.
void Writer::check_order(std::size_t index) {
  const Entry& entry = entries_[index];
  for (std::size_t i = next_entry_; i < index; ++i)
    world_.require(entries_[i].calls == 1 || (entries_[i].is_stage && !entry.is_stage),
                   "{}: {} {} is called back before {} {}", name(), entry.what, index,
                   entries_[i].what, i);
  while (next_entry_ < entries_.size() && entries_[next_entry_].calls > 0) ++next_entry_;
}

void Writer::await(const char* what, bool is_sync) {
  if (is_piped_) return;
  const bool is_accepted = !(is_sync && settings_.is_socket) && !stream_->destroyed() &&
                           !stream_->writable_ended() && !stream_->errored();
  world_.tell("{}: {}", name(), what);
  Callback callback = is_accepted
                          ? entry(what, accepted_)
                          : Callback([token = world_.token("refused stage of " + name())] {});
  if (is_sync)
    stream_->sync(std::move(callback));
  else
    stream_->flush(std::move(callback));
}

// --- Ending ---

void Writer::end() {
  world_.tell("{}: end", name());
  corks_ = 0;
  stream_->end([token = world_.token("end of " + name())] {});
}

void Writer::end_with(std::size_t size) {
  if (is_piped_ || !accepts(size)) return end();
  world_.tell("{}: end with {} bytes", name(), size);
  const std::string bytes = pattern_bytes(pattern(), accepted_, size);
  accepted_ += size;
  write_ends_.push_back(accepted_);
  corks_ = 0;
  stream_->end(std::string_view(bytes));
  // As in Node, a stream whose last write fails at once does not count as ended.
  if (!stream_->writable_ended()) owes_drain_ = stream_->writable_need_drain();
}

void Writer::close_file() {
  auto* const file = dynamic_cast<fs::WriteStream*>(stream_.get());
  if (!file) return end();
  world_.tell("{}: close", name());
  corks_ = 0;
  file->close([token = world_.token("close of " + name())] {});
}

// --- Rotation ---

void Writer::rotate() {
  auto* const log = dynamic_cast<fs::RotatingStream*>(stream_.get());
  if (!log) return;
  world_.tell("{}: rotate", name());
  log->rotate([this, self = weak_from_this(), asked = accepted_,
               token = world_.token("rotate of " + name())](const Error& error) {
    const auto kept = self.lock();
    if (!kept) return;
    world_.tell("{}: rotated: {}", name(), error ? error.what() : "success");
    world_.count(error ? "rotation failed" : "rotated");
    if (!error) return check_rotation(asked);
    world_.require(error.name() == "ERR_STREAM_DESTROYED" || world_.is_caused(error),
                   "{}: a rotation fails without a cause: {}", name(), error.what());
  });
}

void Writer::reopen(bool moves_away) {
  auto* const log = dynamic_cast<fs::RotatingStream*>(stream_.get());
  if (!log) return;
  if (moves_away) settings_.rotated->move_away();
  world_.tell("{}: reopen{}", name(), moves_away ? ", after its file was moved" : "");
  log->reopen([this, self = weak_from_this(),
               token = world_.token("reopen of " + name())](const Error& error) {
    const auto kept = self.lock();
    if (!kept) return;
    world_.tell("{}: reopened: {}", name(), error ? error.what() : "success");
    world_.require(!error || error.name() == "ERR_STREAM_DESTROYED" || world_.is_caused(error),
                   "{}: a reopen fails without a cause: {}", name(), error.what());
  });
}

bool Writer::is_record_end(std::size_t place) const {
  if (place == 0) return true;
  if (settings_.record_end == fs::RecordEnd::line) return pattern_at(pattern(), place - 1) == '\n';
  return std::ranges::binary_search(write_ends_, place);
}

// All records whose first byte was accepted before are in the old file.
void Writer::check_rotation(std::size_t asked) {
  if (is_piped_) return;  // what the stream had accepted is not known
  std::size_t due = asked;
  while (!is_record_end(due) && due < delivered().size()) ++due;
  const auto& switches = settings_.rotated->switches();
  const bool is_empty = due == 0 && settings_.rotated->base() == 0;
  world_.require(is_empty || std::ranges::find(switches, due) != switches.end(),
                 "{}: rotated at byte {}, without a switch at {}", name(), asked, due);
}

void Writer::check_switches(bool is_calm) {
  if (is_piped_ && settings_.record_end == fs::RecordEnd::write) return;  // ends are not known
  const RotatedFiles& files = *settings_.rotated;
  for (const std::size_t place : files.switches())
    world_.require(is_record_end(place) || place == delivered().size(),
                   "{}: a record is divided at byte {}", name(), place);
  if (is_calm && settings_.max_size > 0) check_sizes();
}

// The last record may be longer than the room that it finds in a file of its own, and so may be a
// line whose first bytes still had room.
void Writer::check_sizes() {
  const RotatedFiles& files = *settings_.rotated;
  std::size_t begin = 0;
  std::size_t before = files.base();
  for (const std::size_t size : files.sizes()) {
    const std::size_t end = begin + size - before;
    std::size_t last_record = begin;
    for (std::size_t place = begin; place < end; ++place)
      if (is_record_end(place)) last_record = place;
    const bool is_one_record = before == 0 && last_record == begin;
    const bool had_room = settings_.record_end == fs::RecordEnd::line &&
                          before + last_record - begin < settings_.max_size;
    world_.require(size <= settings_.max_size || is_one_record || had_room || end == begin,
                   "{}: a file has {} bytes, of at most {}", name(), size, settings_.max_size);
    begin = end;
    before = 0;
  }
}

// --- The end of it ---

void Writer::destroy(Error error) {
  world_.tell("{}: destroy{}", name(), error ? " with an error" : "");
  world_.cause("ERR_STREAM_DESTROYED");  // by the write in progress, as in Node
  if (error) world_.cause(error);
  to_produce_ = 0;
  stream_->destroy(std::move(error), [token = world_.token("destroy of " + name())] {});
}

void Writer::drop() {
  world_.tell("{}: its Ref is dropped", name());
  world_.count("dropped Ref");
  world_.cause("ERR_STREAM_DESTROYED");
  to_produce_ = 0;
  stream_ = nullptr;
}

void Writer::cork() {
  world_.tell("{}: cork", name());
  if (!stream_->writable_ended()) ++corks_;
  stream_->cork();
}

void Writer::uncork_all() {
  if (corks_ > 0) world_.tell("{}: uncork", name());
  while (corks_ > 0) {
    --corks_;
    stream_->uncork();
  }
}

void Writer::produce(std::size_t size, std::size_t chunk) {
  if (is_piped_ || to_produce_ > 0) return;
  world_.tell("{}: produce {} bytes by {}", name(), size, chunk);
  to_produce_ = size;
  producing_by_ = std::max<std::size_t>(chunk, 1);
  if (!owes_drain_) go_on_producing();
}

void Writer::go_on_producing() {
  while (to_produce_ > 0 && accepts(std::min(to_produce_, producing_by_))) {
    const std::size_t count = std::min(to_produce_, producing_by_);
    to_produce_ -= count;
    if (!write(count, Way::copied, to_produce_ % 3 == 0)) break;
  }
  if (to_produce_ > 0 && owes_drain_) return;
  to_produce_ = 0;
  if (!stream_->writable_ended() && !stream_->destroyed()) end();
}

// --- The rules ---

void Writer::check_bytes() {
  const std::string_view bytes = delivered();
  if (const auto place = first_difference(pattern(), bytes, std::min(verified_, bytes.size())))
    world_.break_rule(fmt::format("{}: byte {} of {} is wrong", name(), *place, bytes.size()));
  verified_ = bytes.size();
}

void Writer::check() {
  check_bytes();
  if (world_.loop_ended()) return;
  // As in Node, a source that has failed passes on its whole buffer at once.
  if (largest_chunk_ && !is_source_destroyed_())
    world_.require(
        stream_->writable_length() <= stream_->writable_high_water_mark() + *largest_chunk_,
        "{}: a pipe has filled the buffer with {} bytes, with a mark of {}", name(),
        stream_->writable_length(), stream_->writable_high_water_mark());
  if (is_piped_) return;
  const std::size_t length = stream_->writable_length();
  const std::size_t count = delivered().size();
  world_.require(count <= accepted_, "{}: {} bytes delivered, {} accepted", name(), count,
                 accepted_);
  if (stream_->destroyed() || stream_->errored()) return;
  world_.require(length <= accepted_ - called_back_,
                 "{}: a length of {}, with {} accepted and {} complete", name(), length, accepted_,
                 called_back_);
  world_.require(count + length >= accepted_ || settings_.is_socket,
                 "{}: {} of {} bytes are neither delivered nor in the buffer", name(),
                 accepted_ - count - length, accepted_);
  if (settings_.max_buffered)
    world_.require(length <= *settings_.max_buffered, "{}: a length of {}, above max_buffered",
                   name(), length);
}

void Writer::check_idle() {
  check();
  const bool is_open = !stream_->destroyed() && !stream_->errored() && !stream_->writable_ended();
  if (!is_open || corks_ > 0 || settings_.is_socket) return;
  world_.require(!owes_drain_, "{}: false was not followed by Drain", name());
  world_.require(stream_->writable_length() == 0, "{}: idle, with {} bytes in the buffer", name(),
                 stream_->writable_length());
  world_.require(next_entry_ == entries_.size(), "{}: idle, without a callback of {} {}", name(),
                 next_entry_ < entries_.size() ? entries_[next_entry_].what : "", next_entry_);
}

void Writer::check_dropped(bool is_calm) {
  check_bytes();
  for (std::size_t i = 0; i < entries_.size(); ++i)
    world_.require(entries_[i].calls == 1, "{}: dropped, and {} {} is called back {} times", name(),
                   entries_[i].what, i, entries_[i].calls);
  if (is_calm && corks_ == 0)
    world_.require(delivered().size() == accepted_, "{}: dropped, with {} of {} bytes delivered",
                   name(), delivered().size(), accepted_);
}

void Writer::check_over(bool is_calm) {
  if (settings_.rotated) check_switches(is_calm);
  verified_ = 0;  // what was right before must be right still
  check_bytes();
  world_.require(stream_->closed(), "{}: it is not closed: {}", name(), stream_->status());
  world_.require(closes_ == (settings_.emits_close ? 1 : 0), "{}: {} times Close", name(), closes_);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    world_.require(entries_[i].calls == 1, "{}: {} {} is called back {} times", name(),
                   entries_[i].what, i, entries_[i].calls);
}

}  // namespace weir::sim
