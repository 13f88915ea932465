#include "sim/producing.h"

#include "sim/pattern.h"
#include <weir/thread/internal/record_waiter.h>

#include <algorithm>
#include <utility>

namespace weir::sim {

using internal::Offer;

// A record that waits as a coroutine's does. It is settled on the one thread there is.
class Producing::Waiting final : public internal::RecordWaiter {
 public:
  Waiting(std::string record, Producing& owner, std::size_t end)
      : RecordWaiter(std::move(record)),
        owner_(owner),
        end_(end),
        token_(owner.world_.token("a record that waits")) {}

  bool is_settled() const noexcept { return is_settled_; }
  std::size_t end() const noexcept { return end_; }
  void settle(const Error& refusal) noexcept override {
    owner_.world_.require(!is_settled_, "a record is settled twice");
    is_settled_ = true;
    owner_.on_settled(refusal, end_, record().size());
  }

 private:
  Producing& owner_;
  std::size_t end_;
  bool is_settled_ = false;
  Token token_;
};

struct Producing::Thread {
  std::optional<Producer> handle = {};  // empty: it has left
  Ref<Waiting> waiting = {};
};

Producing::~Producing() = default;

Producing::Producing(World& world, std::shared_ptr<Writer> writer, const ProducerOptions& options,
                     std::size_t threads, bool is_observed)
    : world_(world), writer_(std::move(writer)), options_(options), threads_(threads) {
  writer_->feed_by_producer();
  Producer producer(world.loop(), writer_->ref(), options);
  for (Thread& thread : threads_) thread.handle.emplace(producer);
  if (is_observed) observer_.emplace(std::move(producer));
}

// --- What a thread does ---

void Producing::record(std::size_t index, std::size_t size, Way way) {
  Thread& thread = threads_[index % threads_.size()];
  if (!thread.handle) return;
  if (thread.waiting && !thread.waiting->is_settled()) return;
  thread.waiting = nullptr;
  const std::size_t begin = writer_->accepted();
  const std::string record = pattern_bytes(writer_->pattern(), begin, size);
  const auto answer = hand_over(thread, record, way);
  constexpr std::string_view kAnswers[] = {"waits", "accepted", "refused"};
  world_.tell("{}: a record of {} bytes by thread {}: {}", writer_->name(), size,
              index % threads_.size(),
              answer ? kAnswers[static_cast<std::size_t>(*answer)] : "not possible");
  check_answer(*thread.handle, size, way, answer);
  if (!answer || answer == Offer::refused) return;
  writer_->accept_record(size);
  if (size == 0) return;
  if (answer == Offer::accepted) return accept(begin + size);
  ++waiting_;
  world_.count("record waits");
}

std::optional<Offer> Producing::hand_over(Thread& thread, const std::string& record, Way way) {
  try {
    if (way == Way::await) {
      auto waiting = make_ref<Waiting>(record, *this, writer_->accepted() + record.size());
      const Offer offer = internal::offer_record(*thread.handle, waiting);
      if (offer == Offer::waiting) thread.waiting = std::move(waiting);
      return offer;
    }
    const bool is_accepted =
        way == Way::write ? thread.handle->write(record) : thread.handle->try_write(record);
    return is_accepted ? Offer::accepted : Offer::refused;
  } catch (const Error& error) {
    const bool is_too_large = record.size() > options_.capacity;
    const bool blocks = way == Way::write && options_.when_full == WhenFull::block;
    world_.require(
        is_too_large ? error.name() == "ERR_BUFFER_TOO_LARGE" : blocks && error.name() == "EDEADLK",
        "{}: a record of {} bytes throws {}", writer_->name(), record.size(), error.what());
    return std::nullopt;
  }
}

void Producing::check_answer(const Producer& handle, std::size_t size, Way way,
                             const std::optional<Offer>& answer) {
  if (answer == Offer::accepted)
    return world_.require(size == 0 || waiting_ == 0, "{}: a record overtakes one that waits",
                          writer_->name());
  const bool has_ended = static_cast<bool>(handle.error());
  const bool is_full = handle.counts().queued_bytes + size > options_.capacity || waiting_ > 0;
  world_.require(has_ended || is_full, "{}: {} bytes do not fit beside {} of {}", writer_->name(),
                 size, handle.counts().queued_bytes, options_.capacity);
  if (answer == Offer::waiting)
    return world_.require(!has_ended, "{}: a record waits after the end", writer_->name());
  if (has_ended) return world_.count("record after the end");
  if (answer != Offer::refused || way != Way::write) return;
  world_.count("record dropped");
  ++dropped_;
}

void Producing::accept(std::size_t end) {
  world_.count("record accepted");
  ends_.push_back(end);
}

void Producing::on_settled(const Error& refusal, std::size_t end, std::size_t size) {
  --waiting_;
  world_.tell("{}: the record up to byte {} that waited: {}", writer_->name(), end,
              refusal ? refusal.what() : "accepted");
  if (is_leaving_)
    for (Thread& thread : threads_)
      if (thread.waiting && thread.waiting->end() == end) thread.handle.reset();
  if (!refusal) return accept(end);
  world_.count("record refused");
  writer_->take_back_record(size);  // none was accepted after it
  world_.require(refusal.name() == "ERR_STREAM_WRITE_AFTER_END" ||
                     refusal.name() == "ERR_STREAM_DESTROYED" || world_.is_caused(refusal) ||
                     world_.loop_ended(),
                 "{}: a record is refused without a cause: {}", writer_->name(), refusal.what());
}

void Producing::give_up() {
  // Only the last record: a gap would break the pattern.
  const auto found = std::ranges::find_if(threads_, [&](const Thread& each) {
    return each.waiting && !each.waiting->is_settled() &&
           each.waiting->end() == writer_->accepted();
  });
  if (found == threads_.end()) return;
  Thread& thread = *found;
  world_.tell("{}: the record up to byte {} is given up", writer_->name(), thread.waiting->end());
  world_.count("record given up");
  const Ref<Waiting> waiting = std::exchange(thread.waiting, nullptr);
  const Offer offer = internal::withdraw_record(*thread.handle, *waiting);
  world_.require(offer == Offer::waiting, "{}: a record that waits was settled silently",
                 writer_->name());
  writer_->take_back_record(waiting->record().size());
  --waiting_;
  if (is_leaving_) thread.handle.reset();
}

void Producing::leave(std::size_t index) {
  Thread& thread = threads_[index % threads_.size()];
  // A waiting coroutine has a handle.
  if (!thread.handle || (thread.waiting && !thread.waiting->is_settled())) return;
  world_.tell("{}: thread {} leaves", writer_->name(), index % threads_.size());
  thread = {};
}

void Producing::end() {
  world_.tell("{}: its Producer ends", writer_->name());
  for (const Thread& thread : threads_)
    if (thread.handle) return thread.handle->end();
  if (observer_) observer_->end();
}

void Producing::leave_all() {
  if (observer_) end();
  is_leaving_ = true;
  for (std::size_t i = 0; i < threads_.size(); ++i) leave(i);
}

// --- The rules ---

void Producing::check() {
  if (!observer_) return;
  const ProducerCounts counts = observer_->counts();
  const std::string& name = writer_->name();
  world_.require(counts.queued_bytes <= options_.capacity, "{}: {} bytes are queued, of {}", name,
                 counts.queued_bytes, options_.capacity);
  world_.require(counts.accepted == ends_.size(), "{}: counts {} records as accepted, not {}", name,
                 counts.accepted, ends_.size());
  world_.require(counts.dropped == dropped_, "{}: counts {} records as dropped, not {}", name,
                 counts.dropped, dropped_);
  world_.require(counts.written + counts.lost <= counts.accepted,
                 "{}: {} records written and {} lost, of {}", name, counts.written, counts.lost,
                 counts.accepted);
  const std::size_t least = counts.written == 0 ? 0 : ends_[counts.written - 1];
  world_.require(writer_->delivered().size() >= least, "{}: {} records count as written, of {}",
                 name, counts.written, least);
  world_.require(counts.lost == 0 || observer_->error(), "{}: lost records, without a reason",
                 name);
}

void Producing::check_idle() {
  check();
  const Writable& stream = writer_->stream();
  if (stream.destroyed() || stream.errored() || stream.writable_ended()) return;
  if (stream.writable_corked() > 0 || writer_->is_socket()) return;
  world_.require(waiting_ == 0, "{}: idle, while {} records wait", writer_->name(), waiting_);
  if (observer_)
    world_.require(observer_->counts().queued_bytes == 0, "{}: idle, with {} bytes queued",
                   writer_->name(), observer_->counts().queued_bytes);
}

void Producing::check_over(bool is_calm) {
  check();
  world_.require(waiting_ == 0, "{}: over, while {} records wait", writer_->name(), waiting_);
  if (is_calm)
    world_.require(writer_->delivered().size() == writer_->accepted(),
                   "{}: {} of {} bytes of records have arrived", writer_->name(),
                   writer_->delivered().size(), writer_->accepted());
  if (!observer_) return;
  const ProducerCounts counts = observer_->counts();
  world_.require(counts.accepted == counts.written + counts.lost,
                 "{}: {} records accepted, {} written, {} lost", writer_->name(), counts.accepted,
                 counts.written, counts.lost);
  world_.require(static_cast<bool>(observer_->error()), "{}: over, without a reason",
                 writer_->name());
}

}  // namespace weir::sim
