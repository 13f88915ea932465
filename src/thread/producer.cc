#include <weir/thread/producer.h>

#include "loop/loop_core.h"
#include "thread/record_pump.h"
#include "thread/record_queue.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace {

void require_dropped_record(const ProducerOptions& options) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::string reason;
  try {
    const std::string longest = fmt::format(fmt::runtime(options.dropped_record), kMost);
    if (longest.size() > options.capacity) reason = "may be longer than the capacity";
  } catch (const fmt::format_error& error) {
    reason = fmt::format("is not a format of one number: {}", error.what());
  }
  if (!reason.empty())
    throw invalid_property_value("options.dropped_record", options.dropped_record, reason);
}

template <class Write>
bool formatted(fmt::string_view format, fmt::format_args args, Write write) {
  fmt::memory_buffer text;
  fmt::vformat_to(fmt::appender(text), format, args);
  return write(std::string_view(text.data(), text.size()));
}

}  // namespace

Producer::Producer(Loop& loop, const Ref<Writable>& stream, const ProducerOptions& options) {
  WEIR_CHECK_THREAD(loop.ticks(), "Producer", "a Loop");
  if (&loop.ticks() != &stream->ticks())
    throw invalid_argument_value("stream", stream->describe(), "must be on the Producer's Loop");
  if (options.capacity == 0)
    throw invalid_property_value("options.capacity", "0", "must be greater than 0");
  require_dropped_record(options);
  queue_ = make_ref<internal::RecordQueue>(loop.core().mailbox(), loop.ticks(), options);
  make_ref<internal::RecordPump>(loop, stream, queue_, options)->start();
}

Producer::Producer(const Producer& other) noexcept : queue_(other.queue_) {
  if (queue_) queue_->add_handle();
}

Producer::Producer(Producer&& other) noexcept = default;

Producer& Producer::operator=(Producer other) noexcept {
  std::swap(queue_, other.queue_);
  return *this;
}

Producer::~Producer() {
  if (queue_) queue_->remove_handle();
}

bool Producer::write(std::string_view record) const { return queue_->write(record); }

bool Producer::try_write(std::string_view record) const { return queue_->try_write(record); }

bool Producer::vprint(fmt::string_view format, fmt::format_args args) const {
  return formatted(format, args, [this](std::string_view text) { return queue_->write(text); });
}

bool Producer::try_vprint(fmt::string_view format, fmt::format_args args) const {
  return formatted(format, args, [this](std::string_view text) { return queue_->try_write(text); });
}

bool Producer::flush_and_wait() const { return queue_->flush_and_wait(std::nullopt); }

bool Producer::flush_and_wait(std::chrono::nanoseconds timeout) const {
  return queue_->flush_and_wait(timeout);
}

bool Producer::sync_and_wait() const { return queue_->sync_and_wait(std::nullopt); }

bool Producer::sync_and_wait(std::chrono::nanoseconds timeout) const {
  return queue_->sync_and_wait(timeout);
}

void Producer::end() const noexcept { queue_->end(); }
Error Producer::error() const { return queue_->error(); }
ProducerCounts Producer::counts() const { return queue_->counts(); }
std::size_t Producer::capacity() const noexcept { return queue_->capacity(); }

namespace internal {

Offer offer_record(const Producer& producer, const Ref<RecordWaiter>& waiter) {
  return producer.queue_->offer(waiter);
}

Offer withdraw_record(const Producer& producer, const RecordWaiter& waiter) noexcept {
  return producer.queue_->withdraw(waiter);
}

}  // namespace internal
}  // namespace weir
