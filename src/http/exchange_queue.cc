#include "http/exchange_queue.h"

#include <algorithm>

namespace weir::http {

Exchange* ExchangeQueue::find(const MessageWriter& writer) noexcept {
  const auto found = std::ranges::find_if(
      exchanges_, [&](const Exchange& exchange) { return &exchange.writer() == &writer; });
  return found == exchanges_.end() ? nullptr : &*found;
}

Exchange* ExchangeQueue::find(const IncomingMessage& request) noexcept {
  const auto found = std::ranges::find_if(
      exchanges_, [&](const Exchange& exchange) { return exchange.request.get() == &request; });
  return found == exchanges_.end() ? nullptr : &*found;
}

std::size_t ExchangeQueue::waiting_length() const noexcept {
  std::size_t waiting = 0;
  for (std::size_t i = turns_; i < exchanges_.size(); ++i)
    waiting += exchanges_[i].response->writable_length();
  return waiting;
}

bool ExchangeQueue::is_next_due() noexcept {
  if (turns_ == exchanges_.size()) return false;
  if (turns_ == 0) return true;
  MessageWriter& before = current()->writer();
  return before.flushed() && !before.head().closes_after();
}

Exchange ExchangeQueue::take(Exchange& exchange) {
  const auto place = exchanges_.begin() + (&exchange - exchanges_.data());
  if (has_turn(exchange)) --turns_;
  Exchange taken = std::move(exchange);
  exchanges_.erase(place);
  return taken;
}

std::vector<Exchange> ExchangeQueue::take_all() noexcept {
  turns_ = 0;
  return std::exchange(exchanges_, {});
}

}  // namespace weir::http
