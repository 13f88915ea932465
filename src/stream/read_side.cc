#include <weir/stream/internal/read_side.h>

#include "stream/in_turn.h"
#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/stream.h>

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

// The mark after a read(n) above the mark: the next power of two.
std::size_t raised_mark(std::size_t size) {
  constexpr std::size_t kHighest = std::size_t{1} << 30;
  if (size > kHighest) throw out_of_range("size", "<= 1GiB", fmt::to_string(size));
  return std::bit_ceil(size);
}

}  // namespace

ReadSide::ReadSide(Stream& stream, StreamCore& core, ChunkSource& chunks, Settings settings)
    : stream_(stream),
      core_(core),
      chunks_(chunks),
      settings_(settings),
      phase_(settings.enabled ? Phase::open : Phase::finished) {
  // Before the first read, pushes are taken for those of a read.
  if (!settings.source_is_called) source_.enter();
  stream_.listeners().observe(*this);
}

template <class Event>
void ReadSide::emit() {
  const Event event;
  stream_.listeners().emit(&kEventKey<Event>, &event);
}

// --- Pushing ---

bool ReadSide::admits() {
  if (phase_ != Phase::open) {
    core_.fail(Errc::stream_push_after_eof);
    return false;
  }
  if (!core_.destroyed() && !core_.errored()) return true;
  static_cast<void>(core_.is_gone_for("push"));
  return false;
}

bool ReadSide::admits_unshift() {
  if (core_.is_gone_for("unshift")) return false;
  if (finished()) {
    core_.fail(Errc::stream_unshift_after_end_event);
    return false;
  }
  return !core_.destroyed() && !core_.errored();
}

void ReadSide::queued(std::size_t length) {
  length_ += length;
  if (needs_notice()) emit_readable_on_tick();
}

// Node: onEofChunk.
void ReadSide::end(std::size_t tail) {
  if (tail > 0) count(tail);
  length_ += tail;
  phase_ = Phase::ended;
  if (source_.is_on_stack()) {
    if (flowing_ == Choice::yes || needs_notice() || hears_readable())
      return emit_readable_on_tick();
    phase_ = Phase::unheard;
    return;
  }
  notice_ = Notice::due;
  emit_readable();
}

void ReadSide::emit_readable_on_tick() {
  if (std::exchange(notice_, Notice::due) >= Notice::due) return;
  core_.next_tick([this] { emit_readable(); });
}

void ReadSide::emit_readable() {
  if (!core_.destroyed() && !core_.errored() && (length_ > 0 || ended())) {
    in_turn(
        core_, [this] { emit<ReadableEvent>(); },
        [this] {
          end_notice();
          flow_or_notice();
        });
  } else {
    flow_or_notice();
  }
}

void ReadSide::flow_or_notice() {
  if (flowing_ != Choice::yes && !ended() && length_ <= settings_.high_water_mark) need_notice();
  flow();
}

void ReadSide::read_more_on_tick() {
  if (source_.awaits_answer() || !core_.constructed() || !due_.add(Tick::read_more)) return;
  core_.next_tick([this] { read_more(); });
}

// Fills the buffer up to the mark. A flowing stream with an empty buffer reads on.
void ReadSide::read_more() {
  while (!source_.awaits_answer() && !ended() &&
         (length_ < settings_.high_water_mark || (flowing_ == Choice::yes && length_ == 0))) {
    const std::size_t length = length_;
    read_nothing();
    if (length == length_) break;
  }
  due_.remove(Tick::read_more);
}

// --- Reading ---

std::size_t ReadSide::how_much(std::ptrdiff_t size) const noexcept {
  if ((size <= 0 && size != kAll) || (length_ == 0 && ended())) return 0;
  if (settings_.object_mode) return 1;
  if (size == kAll) return length_ > 0 ? chunks_.next_length() : 0;
  if (static_cast<std::size_t>(size) <= length_) return static_cast<std::size_t>(size);
  return ended() ? length_ : 0;
}

std::optional<std::size_t> ReadSide::begin_read(std::ptrdiff_t size) {
  if (core_.is_gone_for("read")) return std::nullopt;
  if (parking_ == Parking::taken) parking_ = source_.is_on_stack() ? Parking::free : Parking::off;
  if (size > 0 && static_cast<std::size_t>(size) > settings_.high_water_mark)
    settings_.high_water_mark = raised_mark(static_cast<std::size_t>(size));
  if (size != 0) {
    end_notice();
    if (phase_ == Phase::unheard) phase_ = Phase::ended;
  }

  // read(0) with enough buffered data: only emits Readable or End.
  const std::size_t enough = std::max<std::size_t>(settings_.high_water_mark, 1);
  if (size == 0 && needs_notice() && (length_ >= enough || ended())) {
    if (length_ == 0 && ended())
      end_on_tick();
    else
      emit_readable_on_tick();
    return std::nullopt;
  }

  std::size_t count = how_much(size);
  if (count == 0 && ended()) {
    if (length_ == 0) end_on_tick();
    return std::nullopt;
  }

  const bool wants_more =
      needs_notice() || length_ == 0 || length_ < settings_.high_water_mark + count;
  const bool may_read = !source_.awaits_answer() && !ended() && !core_.destroyed() &&
                        !core_.errored() && core_.constructed();
  if (wants_more && may_read) {
    source_.call();
    if (length_ == 0) need_notice();
    try {
      chunks_.call_read(settings_.high_water_mark);
    } catch (...) {
      core_.fail(Error::from_current_exception());
    }
    source_.leave();
    if (source_.awaits_answer()) look_for_starvation();
    // read() may return chunks that the source has pushed inside the call.
    if (!source_.awaits_answer()) count = how_much(size);
  }
  return std::min(count, length_);  // less if the source has read from its own stream
}

void ReadSide::end_read(std::ptrdiff_t size, std::size_t taken) {
  if (taken == 0) {
    if (length_ <= settings_.high_water_mark) need_notice();
  } else {
    note_peak();
    length_ -= taken;
    pipes_.await_none();
  }
  if (length_ > 0) return;
  if (source_.awaits_answer()) look_for_starvation();
  if (!ended()) need_notice();
  if (ended() && (size == kAll || static_cast<std::size_t>(size) != taken)) end_on_tick();
}

void ReadSide::read_nothing() {
  if (const auto count = begin_read(0)) end_read(0, 0);
}

void ReadSide::end_on_tick() {
  if (finished() || !due_.add(Tick::end)) return;
  core_.next_tick([this] { finish(); });
}

void ReadSide::finish() {
  due_.remove(Tick::end);
  // A call of unshift() may have added data since.
  if (core_.errored() || core_.close_emitted() || finished() || length_ > 0) return;
  phase_ = Phase::finished;
  if (stream_.write_side()) return in_turn(core_, [this] { emit<End>(); }, [this] { conclude(); });
  // As in Node, an exception of a listener costs it Close. Its last Ref closes it.
  emit<End>();
  conclude();
}

void ReadSide::conclude() {
  WriteSide* const writable = stream_.write_side();
  if (writable && writable->writable() && !settings_.allows_half_open) {
    core_.next_tick([writable] {
      if (writable->writable()) writable->end({}, {});
    });
  } else if (core_.auto_destroys() && (!writable || writable->finished() || !writable->enabled())) {
    stream_.destroy();
  }
}

// --- Starving ---

void ReadSide::change_starvation() noexcept {
  if (starvation_.is_running())
    end_starvation();
  else
    starvation_.start(core_.ticks().turn_time());
}

// --- Flowing ---

void ReadSide::resume() {
  if (core_.is_gone_for("resume") || core_.destroyed()) return;
  if (flowing_ != Choice::yes) {
    flowing_ = readable_listening_ ? Choice::no : Choice::yes;
    resume_on_tick();
  }
  paused_ = Choice::no;
}

void ReadSide::resume_on_tick() {
  if (!due_.add(Tick::resume)) return;
  core_.next_tick([this] { resume_now(); });
}

void ReadSide::resume_now() {
  if (!source_.awaits_answer()) read_nothing();
  due_.remove(Tick::resume);
  in_turn(
      core_, [this] { emit<Resume>(); },
      [this] {
        flow();
        if (flowing_ == Choice::yes && !source_.awaits_answer()) read_nothing();
        look_for_starvation();
      });
}

void ReadSide::pause() {
  if (core_.destroyed()) return;
  if (flowing_ != Choice::no) {
    flowing_ = Choice::no;
    look_for_starvation();
    emit<Pause>();
  }
  paused_ = Choice::yes;
}

// Whether the next chunk takes the short path, Node's flowSync: it is the only one in the buffer,
// and the source may be read.
bool ReadSide::flows_singly() const noexcept {
  return flowing_ == Choice::yes && length_ > 0 && chunks_.chunk_count() == 1 &&
         phase_ == Phase::open && source_.is_idle() && paused_ != Choice::yes &&
         !core_.destroyed() && !core_.errored() && !chunks_.decodes();
}

bool ReadSide::read_next() {
  note_peak();
  length_ = 0;
  source_.call();
  parking_ = Parking::free;
  bool is_read = true;
  try {
    chunks_.call_read(settings_.high_water_mark);
  } catch (...) {
    core_.fail(Error::from_current_exception());
    is_read = false;
  }
  source_.leave();
  if (source_.awaits_answer()) look_for_starvation();
  if (parking_ == Parking::free) parking_ = Parking::off;
  return is_read;
}

void ReadSide::unpark() {
  if (std::exchange(parking_, Parking::off) != Parking::taken) return;
  const std::size_t length = std::exchange(length_, 0);
  if (core_.destroyed() || core_.errored()) return chunks_.drop_all();
  queued(length);
  pushed();
}

// A listener that throws leaves the next chunks to a tick.
void ReadSide::flow() try {
  bool goes_singly = data_listening_ && !settings_.object_mode && core_.constructed() &&
                     settings_.high_water_mark > 0;
  while (goes_singly && flows_singly())
    goes_singly = chunks_.flow_one() && parking_ == Parking::taken;
  parking_ = Parking::off;
  while (flowing_ == Choice::yes && chunks_.read_and_drop()) {
  }
} catch (...) {
  core_.next_tick([this] { flow(); });
  throw;
}

void ReadSide::abandon() noexcept {
  chunks_.drop_all();
  length_ = 0;
  pipes_.drop();
}

void ReadSide::on_constructed() {
  if (needs_notice()) read_more_on_tick();
}

// --- Listeners ---

void ReadSide::on_listener_added(const EventKey* event) {
  if (event == settings_.data_event) {
    data_listening_ = true;
    if (hears_readable()) readable_listening_ = true;
    if (flowing_ != Choice::no) resume();
  } else if (event == &kEventKey<ReadableEvent> && !finished() && !readable_listening_) {
    readable_listening_ = true;
    notice_ = Notice::needed;
    flowing_ = Choice::no;
    if (length_ > 0) return emit_readable_on_tick();
    if (phase_ == Phase::unheard) {
      phase_ = Phase::ended;
      emit_readable_on_tick();
    }
    if (!source_.awaits_answer()) core_.next_tick([this] { read_nothing(); });
  }
}

bool ReadSide::hears_readable() const {
  return stream_.listeners().count(&kEventKey<ReadableEvent>) > 0;
}

void ReadSide::on_listener_removed(const EventKey* event) {
  if (event == &kEventKey<ReadableEvent>)
    // On a tick, because the listener may be added again at once.
    core_.next_tick([this] { look_for_readable_listeners(); });
  else if (event == settings_.data_event && stream_.listeners().count(event) == 0)
    data_listening_ = false;
}

void ReadSide::look_for_readable_listeners() {
  readable_listening_ = hears_readable();
  if (paused_ == Choice::no && due_.has(Tick::resume))
    flowing_ = Choice::yes;  // otherwise the pending resume would not flow
  else if (data_listening_)
    resume();
  else if (!readable_listening_)
    flowing_ = Choice::undecided;
}

// --- Pipes ---

bool ReadSide::counts_chunks(const Stream& destination) const {
  const ListenerTable& here = stream_.listeners();
  return here.count(&kEventKey<Pause>) > 0 || here.count(&kEventKey<Resume>) > 0 ||
         !pipes_.is_only_drain_listener(destination.listeners_);
}

void ReadSide::on_drain(const Stream& destination) {
  if (pipes_.on_drain(destination) && data_listening_) resume();
}

}  // namespace weir::internal
