// weir/thread/internal/record_waiter.h - RecordWaiter: a record that waits for room in a Producer.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

class Producer;

namespace internal {

// accepted, refused: the record was, or never will be. waiting: neither yet.
enum class Offer : std::uint8_t { waiting, accepted, refused };

class RecordWaiter : public SharedRefCounted {
 public:
  explicit RecordWaiter(std::string record) noexcept : record_(std::move(record)) {}

  std::string_view record() const noexcept { return record_; }

  // The record was accepted, or the error is the reason why it never will be. Called at most once,
  // on any thread.
  virtual void settle(const Error& refusal) noexcept = 0;

 private:
  friend class RecordQueue;

  const std::string record_;
  Offer offer_ = Offer::waiting;  // guarded by the queue's lock
};

// Adds the waiter's record, or queues the waiter after earlier ones. `settle` follows the result
// `waiting` alone.
// ERRORS: throws ERR_BUFFER_TOO_LARGE.
Offer offer_record(const Producer& producer, const Ref<RecordWaiter>& waiter);

// Removes a waiter whose result is still `waiting`, the record of which is then not accepted.
// Returns its result before.
Offer withdraw_record(const Producer& producer, const RecordWaiter& waiter) noexcept;

}  // namespace internal
}  // namespace weir
