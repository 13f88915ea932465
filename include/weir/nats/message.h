// weir/nats/message.h - Message: what a subscription or a consumer hands on.
//
//   stream->on<weir::DataOf<Message>>([](const weir::DataOf<Message>& data) {
//     Message& message = data.chunk;
//     if (!store(message.subject, message.data.text())) return message.nak(5s);   // later, again
//     message.ack();
//   });
//
// - Copies share one delivery: the first answer that settles it (ack, nak, term) counts, later ones
//   do nothing.
// - A message may outlive its stream and its connection; an answer then does nothing, and the
//   server delivers the message again.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/durations.h>
#include <weir/base/ref.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::nats {

// A name may occur more than once, its values in the order of the message; names have no order.
// Case counts, as in NATS. A value is not empty: cnats loses one, and reads the next header as part
// of it.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of the name; empty if there is none.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) noexcept;

// How a delivery is answered: the messages of one consume stream share it.
class Answerable : public RefCounted {
 public:
  enum class Answer : std::uint8_t { ack, nak, in_progress, term };

  virtual void answer(Answer answer, std::chrono::milliseconds delay) = 0;
};

struct Message {
  Buffer data = {};
  Headers headers = {};
  std::string subject = {};
  std::string reply =
      {};  // where an answer is awaited; of a JetStream message: its acknowledgement

  // Of a message that JetStream delivers; otherwise 0.
  std::uint64_t sequence = 0;           // in the stream
  std::uint64_t consumer_sequence = 0;  // of this delivery
  std::uint64_t deliveries = 0;         // the number up to this one
  std::uint64_t pending = 0;            // the messages that the consumer has not delivered: its lag
  std::chrono::nanoseconds time = {};   // since 1970, when the stream stored it

  bool redelivered() const noexcept { return deliveries > 1; }

  // Settles the delivery: the message is done and will not be delivered again. The answer is
  // repeated until the server has confirmed it, over reconnects too.
  void ack() const { answer(Answerable::Answer::ack, {}); }
  // Settles the delivery: the message is to be delivered again, after `delay`.
  void nak(std::chrono::milliseconds delay = {}) const { answer(Answerable::Answer::nak, delay); }
  // Settles the delivery: the message is never to be delivered again, although it is not done.
  void term() const { answer(Answerable::Answer::term, {}); }
  // Asks for more time: the consumer's ack_wait begins again. May be called often.
  void in_progress() const { answer(Answerable::Answer::in_progress, {}); }

  Ref<Answerable> delivery = {};  // null for a plain message

 private:
  void answer(Answerable::Answer how, std::chrono::milliseconds delay) const {
    if (delivery) delivery->answer(how, delay);
  }
};

}  // namespace weir::nats
