// Receipts: the deliveries of one consume stream that are not settled, and their answers.
//
//   open       the reader has the message               ack             -> answered, or settled
//                                                       nak, term       -> settled
//   answered   an ack was sent, which is not confirmed  its confirmation -> settled
//   settled    known for a while, so that a late delivery is not handed on again
#pragma once

#include "nats/link.h"
#include "nats/subscription.h"
#include <weir/base/ring.h>
#include <weir/loop/scoped_timer.h>
#include <weir/nats/consume_stream.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace weir::nats::internal {

// After a nak without delay, the server may deliver to a pull of the reader that has just left.
inline constexpr std::chrono::milliseconds kGivenBack{20};
// The answer that has a message delivered again; with no delay, at once.
std::string nak_text(std::chrono::milliseconds delay);

class Receipts final : public RefCounted {
 public:
  Receipts(Connection& connection, const ConsumeOptions& options)
      : connection_(&connection), acks_(options.acks), ack_wait_(options.ack_wait) {}

  // True if the message is to be handed on; it then has its `delivery`. False: it was before.
  bool admit(Message& message);

  // The connection stands again, and `inbox` is subscribed to again: repeats what is not confirmed.
  void begin();
  void on_offline() noexcept { timer_.clear(); }
  // The stream is destroyed. CALLS BACK: `confirmed` once no confirmation is awaited, perhaps now:
  // after ack_wait the server has the messages delivered again, if the consumer still exists.
  void stop(Function<void()> confirmed);
  // The Loop ends, or the connection is closed.
  void let_go() noexcept;

  std::uint64_t acked() const noexcept { return acked_; }
  std::uint64_t repeated() const noexcept { return repeated_; }
  std::uint64_t unanswered() const noexcept { return open_.size(); }

 private:
  friend class Receipt;

  struct State {
    std::string reply;
    bool is_answered = false;
    bool is_dropped = false;  // no copy of the message is left
  };

  Link& link() const noexcept { return connection_->link(); }
  void answer(std::uint64_t sequence, Answerable::Answer answer, std::chrono::milliseconds delay);
  void drop(std::uint64_t sequence) noexcept;
  void send_ack(std::uint64_t sequence, const State& state);
  void take(OwnedMessage message);
  void settle(std::uint64_t sequence);
  void repeat();

  Ref<Connection> connection_;
  Acks acks_;
  std::chrono::milliseconds ack_wait_;
  std::string inbox_;
  std::unique_ptr<Subscription> confirmations_;
  std::unordered_map<std::uint64_t, State> open_;  // by sequence
  std::size_t unconfirmed_ = 0;                    // of these, answered
  std::unordered_set<std::uint64_t> settled_;
  Ring<std::uint64_t> settled_order_;
  std::uint64_t acked_ = 0;
  std::uint64_t repeated_ = 0;
  bool is_stopped_ = false;
  std::chrono::milliseconds waited_{};  // since then, while connected, without a confirmation
  Function<void()> confirmed_;
  ScopedTimer timer_;
};

}  // namespace weir::nats::internal
