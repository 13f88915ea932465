#include <weir/coro/internal/stream_waiters.h>

#include <weir/stream/basic_writable.h>
#include <weir/stream/events.h>

#include <exception>
#include <utility>

namespace weir::internal {

using Place = ListenerTable::Place;
using Times = ListenerTable::Times;

// Emitted to find the waiters of a stream: a listener fills it in.
struct StreamWaiters::Lookup {
  static constexpr std::string_view kEventName = "coroutines";
  mutable StreamWaiters* found = nullptr;
};

// In the listener of Lookup, which is destroyed with the stream.
struct StreamWaiters::Attached {
  explicit Attached(Ref<StreamWaiters> attached) noexcept : waiters(std::move(attached)) {}
  Attached(Attached&&) noexcept = default;
  Attached& operator=(Attached&&) = delete;
  ~Attached() {
    if (waiters) waiters->detach();
  }
  void operator()(const void* event) const {
    static_cast<const Lookup*>(event)->found = waiters.get();
  }
  Ref<StreamWaiters> waiters;
};

RoomWaiter::RoomWaiter(WritableBase& stream)
    : Waiter(stream.ticks()), stream_(StreamWaiters::of(stream)) {}
RoomWaiter::~RoomWaiter() = default;
void RoomWaiter::start(WritableBase& stream) { stream_->await_room(stream, Ref<RoomWaiter>(this)); }
void RoomWaiter::release() noexcept { stream_->forget(*this); }

DataWaiter::DataWaiter(Stream& stream)
    : Waiter(stream.ticks()), stream_(StreamWaiters::of(stream)) {}
DataWaiter::~DataWaiter() = default;
void DataWaiter::start() { stream_->await_data(Ref<DataWaiter>(this)); }
void DataWaiter::release() noexcept { stream_->forget(*this); }

bool StreamWaiters::are_on(Stream& stream) noexcept {
  return stream.listeners().count(&kEventKey<Lookup>) > 0;
}

Ref<StreamWaiters> StreamWaiters::of(Stream& stream) {
  const Lookup lookup;
  stream.listeners().emit(&kEventKey<Lookup>, &lookup);
  if (lookup.found) return Ref<StreamWaiters>(lookup.found);
  auto added = make_ref<StreamWaiters>(stream);
  added->attach(added);
  return added;
}

StreamWaiters::StreamWaiters(Stream& stream) noexcept : stream_(&stream), ticks_(&stream.ticks()) {}

// Their captures do not keep this: they are destroyed before it, or it lets them know.
void StreamWaiters::attach(Ref<StreamWaiters> self) {
  ListenerTable& listeners = stream_->listeners();
  listeners.add(&kEventKey<Lookup>, Attached(self), Place::last, Times::always);
  listeners.add(
      &kEventKey<Error>,
      [self](const void* event) { self->on_error(*static_cast<const Error*>(event)); }, Place::last,
      Times::always);
  listeners.add(
      &kEventKey<End>, [self](const void*) { self->on_readable(); }, Place::last, Times::always);
  listeners.add(
      &kEventKey<Close>, [self](const void*) { self->on_readable(); }, Place::last, Times::always);
}

void StreamWaiters::detach() noexcept {
  stream_ = nullptr;
  if (unheard_ && !ticks_->closed())
    ticks_->next_tick([error = std::exchange(unheard_, {})] { throw Error(error); });
  const std::vector<Ref<RoomWaiter>> writers = std::exchange(writers_, {});
  const std::vector<Ref<DataWaiter>> readers = std::exchange(readers_, {});
  for (const Ref<RoomWaiter>& writer : writers) writer->drop();
  for (const Ref<DataWaiter>& reader : readers) reader->drop();
}

// --- Room ---

void StreamWaiters::await_room(WritableBase& stream, Ref<RoomWaiter> waiter) {
  writers_.push_back(std::move(waiter));
  if (!std::exchange(awaits_room_, true)) internal::await_room(stream, Ref<WriteWaiter>(this));
}

void StreamWaiters::forget(const RoomWaiter& waiter) noexcept {
  std::erase_if(writers_, [&](const Ref<RoomWaiter>& writer) { return writer.get() == &waiter; });
}

void StreamWaiters::resume() {
  awaits_room_ = false;
  // Each of these may write and wait again.
  const std::vector<Ref<RoomWaiter>> waiting = std::exchange(writers_, {});
  for (const Ref<RoomWaiter>& writer : waiting) writer->complete();
}

// --- Data ---

void StreamWaiters::await_data(Ref<DataWaiter> waiter) {
  readers_.push_back(std::move(waiter));
  listen_to_readable();
}

void StreamWaiters::forget(const DataWaiter& waiter) noexcept {
  std::erase_if(readers_, [&](const Ref<DataWaiter>& reader) { return reader.get() == &waiter; });
  stop_listening_on_tick();
}

void StreamWaiters::begin_sequence() {
  ++sequences_;
  listen_to_readable();
}

void StreamWaiters::end_sequence() {
  --sequences_;
  stop_listening_on_tick();
}

void StreamWaiters::on_readable() {
  const Ref<StreamWaiters> alive(this);
  // Those that wait now: a coroutine that is resumed may wait again.
  for (std::size_t left = readers_.size(); left > 0 && !readers_.empty(); --left) {
    const Ref<DataWaiter> reader = readers_.front();
    if (!reader->is_over() && !reader->take()) break;
    if (readers_.empty() || readers_.front() != reader) break;  // a listener of take's was quicker
    readers_.erase(readers_.begin());
    reader->complete();
  }
  stop_listening_on_tick();
}

void StreamWaiters::listen_to_readable() {
  if (readable_ != ListenerId::none || !stream_) return;
  readable_ = stream_->listeners().add(
      &kEventKey<ReadableEvent>,
      [self = Ref<StreamWaiters>(this)](const void*) { self->on_readable(); }, Place::last,
      Times::always);
}

// On a tick: a coroutine that reads on is most often back by then.
void StreamWaiters::stop_listening_on_tick() {
  if (!stream_ || sequences_ > 0 || !readers_.empty() || readable_ == ListenerId::none) return;
  if (stream_->destroyed() || std::exchange(stop_is_due_, true)) return;
  ticks_->next_tick([self = Ref<StreamWaiters>(this)] {
    self->stop_is_due_ = false;
    if (!self->stream_ || self->sequences_ > 0 || !self->readers_.empty()) return;
    self->stream_->listeners().remove(std::exchange(self->readable_, ListenerId::none));
  });
}

// --- Errors ---

void StreamWaiters::on_error(const Error& error) {
  const Ref<StreamWaiters> alive(this);
  const bool is_heard = stream_->listeners().count(&kEventKey<Error>) > 1;
  if (!is_heard && thrown_ != error) unheard_ = error;
  on_readable();
}

void StreamWaiters::thrown(const Error& error) {
  thrown_ = error;
  if (unheard_ == error) unheard_ = {};
}

void throw_error_of(Stream& stream, const Error& error) {
  StreamWaiters::of(stream)->thrown(error);
  throw Error(error);
}

}  // namespace weir::internal
