#include <weir/coro/producer.h>

#include "loop/loop_core.h"
#include <weir/event/thread_check.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {

class RoomForRecord final : public Waiter {
 public:
  RoomForRecord(Loop& loop, const Producer& producer)
      : Waiter(loop.ticks()), loop_(loop), producer_(producer), alive_(std::in_place, loop) {}

  void start(std::string record);
  void on_settled(const Error& refusal);
  // ERRORS: throws the reason why the record was not accepted.
  void take() const;

 private:
  // The part of it that other threads use. `waiter_` is used on the coroutine's loop only.
  class Shared final : public RecordWaiter {
   public:
    Shared(std::string record, Loop& loop, RoomForRecord& waiter)
        : RecordWaiter(std::move(record)), mailbox_(loop.core().mailbox()), waiter_(&waiter) {}

    void settle(const Error& refusal) noexcept override {
      mailbox_->post([self = Ref<Shared>(this), refusal] {
        if (self->waiter_) self->waiter_->on_settled(refusal);
      });
    }
    void detach() noexcept { waiter_ = nullptr; }

   private:
    const std::shared_ptr<Mailbox> mailbox_;
    RoomForRecord* waiter_;
  };

  void release() noexcept override;

  Loop& loop_;
  const Producer producer_;
  std::optional<Loop::KeepAlive> alive_;
  Ref<Shared> shared_;
  Offer result_ = Offer::waiting;
  Error refusal_;
};

void RoomForRecord::start(std::string record) {
  shared_ = make_ref<Shared>(std::move(record), loop_, *this);
  result_ = offer_record(producer_, shared_);
  if (result_ == Offer::waiting) return;
  if (result_ == Offer::refused) refusal_ = producer_.error();
  on_settled(refusal_);
}

void RoomForRecord::on_settled(const Error& refusal) {
  shared_->detach();
  alive_.reset();
  refusal_ = refusal;
  result_ = refusal ? Offer::refused : Offer::accepted;
  complete();
}

void RoomForRecord::take() const {
  if (result_ == Offer::accepted) return;
  if (refusal_) throw Error(refusal_);
  throw failure();
}

void RoomForRecord::release() noexcept {
  shared_->detach();
  alive_.reset();
  result_ = withdraw_record(producer_, *shared_);
}

RecordAwaiter::RecordAwaiter(Loop& loop, const Producer& producer, std::string_view record) {
  WEIR_CHECK_THREAD(loop.ticks(), "co::write", "a Loop");
  if (producer.try_write(record)) return;
  refusal_ = producer.error();
  if (refusal_) return;
  auto waiter = make_ref<RoomForRecord>(loop, producer);
  waiter->start(std::string(record));
  waiter_ = WaiterOwner<Waiter>(std::move(waiter));
}

RecordAwaiter::RecordAwaiter(RecordAwaiter&&) noexcept = default;
RecordAwaiter::~RecordAwaiter() = default;

void RecordAwaiter::await_resume() const {
  if (refusal_) throw Error(refusal_);
  if (waiter_) static_cast<const RoomForRecord&>(*waiter_).take();
}

RecordAwaiter print_record(Loop& loop, const Producer& producer, fmt::string_view format,
                           fmt::format_args args) {
  fmt::memory_buffer text;
  fmt::vformat_to(fmt::appender(text), format, args);
  return {loop, producer, {text.data(), text.size()}};
}

}  // namespace weir::internal
