#include "nats/receipts.h"

#include "nats/outgoing.h"
#include <weir/loop/loop.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir::nats::internal {
namespace {

constexpr std::size_t kRemembered = 16'384;         // settled messages
constexpr std::chrono::milliseconds kRepeat{2000};  // of an ack without confirmation

}  // namespace

std::string nak_text(std::chrono::milliseconds delay) {
  if (delay.count() <= 0) return "-NAK";
  return fmt::format("-NAK {{\"delay\": {}}}", std::chrono::nanoseconds(delay).count());
}

// The delivery of one message, shared by its copies.
class Receipt final : public Answerable {
 public:
  Receipt(Receipts& receipts, std::uint64_t sequence) : receipts_(&receipts), sequence_(sequence) {}
  ~Receipt() override {
    if (receipts_) receipts_->drop(sequence_);
  }

  void answer(Answer answer, std::chrono::milliseconds delay) override {
    if (!receipts_) return;
    if (answer == Answer::in_progress) return receipts_->answer(sequence_, answer, delay);
    std::exchange(receipts_, nullptr)->answer(sequence_, answer, delay);
  }

 private:
  Ref<Receipts> receipts_;  // until it is settled
  std::uint64_t sequence_;
};

bool Receipts::admit(Message& message) {
  if (acks_ == Acks::none) return true;
  if (const auto at = open_.find(message.sequence); at != open_.end()) {
    ++repeated_;
    at->second.reply = message.reply;
    if (at->second.is_answered)
      send_ack(message.sequence, at->second);
    else
      link().publish(message.reply.c_str(), nullptr, "+WPI");  // the reader is still at it
    return false;
  }
  if (settled_.contains(message.sequence)) {
    ++repeated_;
    link().publish(message.reply.c_str(), nullptr, "+ACK");
    return false;
  }
  open_.emplace(message.sequence, State{message.reply});
  message.delivery = make_ref<Receipt>(*this, message.sequence);
  return true;
}

void Receipts::answer(std::uint64_t sequence, Answerable::Answer answer,
                      std::chrono::milliseconds delay) {
  const auto at = open_.find(sequence);
  if (at == open_.end()) return;
  State& state = at->second;
  switch (answer) {
    case Answerable::Answer::ack:
      ++unconfirmed_;
      state.is_answered = true;
      if (acks_ == Acks::confirmed) {
        send_ack(sequence, state);
      } else {
        if (link().is_online()) link().publish(state.reply.c_str(), nullptr, "+ACK");
        settle(sequence);
      }
      return;
    case Answerable::Answer::nak:
      if (link().is_online()) link().publish(state.reply.c_str(), nullptr, nak_text(delay));
      open_.erase(at);  // it is to be handed on again
      return;
    case Answerable::Answer::term:
      if (link().is_online()) link().publish(state.reply.c_str(), nullptr, "+TERM");
      open_.erase(at);
      return;
    case Answerable::Answer::in_progress:
      if (link().is_online()) link().publish(state.reply.c_str(), nullptr, "+WPI");
      return;
  }
}

// No copy is left that could answer.
void Receipts::drop(std::uint64_t sequence) noexcept {
  if (is_stopped_) return answer(sequence, Answerable::Answer::nak, kGivenBack);
  if (const auto at = open_.find(sequence); at != open_.end()) at->second.is_dropped = true;
}

void Receipts::send_ack(std::uint64_t sequence, const State& state) {
  if (!timer_)
    timer_ =
        connection_->loop().set_timeout(kRepeat, [self = Ref<Receipts>(this)] { self->repeat(); });
  if (!link().is_online() || !confirmations_) return;
  link().publish(state.reply.c_str(), fmt::format("{}{}", inbox_, sequence).c_str(), "+ACK");
}

void Receipts::repeat() {
  timer_.clear();
  if (unconfirmed_ == 0 || !link().is_online()) return;
  if (is_stopped_ && (waited_ += kRepeat) > ack_wait_) return let_go();
  for (const auto& [sequence, state] : open_)
    if (state.is_answered) send_ack(sequence, state);
}

void Receipts::begin() {
  if (acks_ == Acks::confirmed && !confirmations_) {
    inbox_ = fmt::format("_INBOX.{}.", link().unique_name());
    confirmations_ = std::make_unique<Subscription>(
        link(), inbox_ + "*", "", 0,
        [this](OwnedMessage message, natsStatus) { take(std::move(message)); });
  }
  repeat();
}

void Receipts::take(OwnedMessage message) {
  if (!message) return;  // no leader for the moment: the timer repeats
  const std::string_view subject = natsMsg_GetSubject(message.get());
  const std::string_view digits = subject.substr(std::min(subject.size(), inbox_.size()));
  std::uint64_t sequence = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  const auto at = open_.find(sequence);
  if (at != open_.end() && at->second.is_answered) settle(sequence);
}

void Receipts::settle(std::uint64_t sequence) {
  open_.erase(sequence);
  waited_ = {};
  --unconfirmed_;
  ++acked_;
  if (acks_ == Acks::confirmed) {
    settled_.insert(sequence);
    settled_order_.push_back(sequence);
    if (settled_order_.size() > kRemembered) settled_.erase(settled_order_.pop_front());
  }
  if (unconfirmed_ > 0) return;
  timer_.clear();
  if (confirmed_) std::exchange(confirmed_, {})();
}

void Receipts::stop(Function<void()> confirmed) {
  is_stopped_ = true;
  std::vector<std::uint64_t> dropped;
  for (const auto& [sequence, state] : open_)
    if (state.is_dropped) dropped.push_back(sequence);
  for (const std::uint64_t sequence : dropped)
    answer(sequence, Answerable::Answer::nak, kGivenBack);
  if (unconfirmed_ == 0 || link().is_closed()) return confirmed();
  confirmed_ = std::move(confirmed);
}

void Receipts::let_go() noexcept {
  timer_.clear();
  confirmations_.reset();
  open_.clear();
  unconfirmed_ = 0;
  if (confirmed_) std::exchange(confirmed_, {})();
}

}  // namespace weir::nats::internal
