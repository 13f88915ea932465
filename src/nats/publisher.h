// Publisher: the messages of a publish stream, from write to acknowledgement.
//
//   first_ .. next_   were sent, and are not acknowledged, or not all before them
//   next_ .. end      wait: for the connection, for room in flight, or for the end of a hold
//
// An acknowledgement is the reply to "<inbox>.<number>". A hold stops sending for a moment:
// something was lost or refused for now. It ends with sending again from first_, so that the order
// is kept.
#pragma once

#include "nats/absence.h"
#include "nats/link.h"
#include "nats/subscription.h"
#include <weir/base/callback.h>
#include <weir/base/ring.h>
#include <weir/loop/scoped_timer.h>
#include <weir/nats/publish_stream.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::nats::internal {

class Publisher final : public PublishEngine, private LinkUser {
 public:
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
  Publisher(Connection& connection, std::string subject, PublishOptions options);
  ~Publisher() override;

  void construct(Done done) override;
  void publish(std::vector<Buffer> messages, Done done) override;
  void publish_open_line(Buffer line, Done done) override;
  void stop() override;
  PublishCounts counts() const noexcept override;

  // --- For objects, whose chunks are messages. ---

  // As publish.
  void publish(std::vector<Buffer> messages, Callback acknowledged);
  // From now on, is_in_order tells if JetStream has stored the messages in the order of writing.
  void watch_order() noexcept { order_ = Order::kept; }
  bool is_in_order() const noexcept { return order_ != Order::broken; }

 private:
  enum class Order : std::uint8_t { unwatched, kept, broken };
  struct Entry {
    Buffer data;
    std::string id = {};  // of the program's function; else it is made of the number
    bool is_open_line = false;
    bool is_acked = false;
    std::uint64_t sequence = 0;  // in the JetStream stream
  };
  struct Batch {
    std::uint64_t end;  // the number after its last message
    Callback done;
  };

  bool is_stored() const noexcept { return options_.guarantee == Guarantee::stored; }
  std::uint64_t end() const noexcept { return first_ + entries_.size(); }
  Link& link() const noexcept { return connection_->link(); }

  void begin();
  void pump();
  void add(Buffer message, bool is_open_line);
  natsStatus send(std::uint64_t number, const Entry& entry);
  void send_marker();
  void take(OwnedMessage message);
  void acknowledge(std::uint64_t number, std::string_view answer);
  void advance();

  void hold(Error reason);
  void resend();
  void look_for_stream();
  void check();
  void fail(Error error);

  void on_online() override;
  void on_offline() override;
  void on_closed(const Error& error) override;
  void on_loop_ended() noexcept override;

  Ref<Connection> connection_;
  std::string subject_;
  PublishOptions options_;
  std::string inbox_;  // "_INBOX.<name>."
  std::string name_;   // of the ids
  std::unique_ptr<Subscription> acks_;

  Ring<Entry> entries_;
  Ring<Batch> batches_;
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t marked_ = 0;  // the last marker's number
  PublishCounts counts_;

  std::unique_ptr<Done> constructed_;  // until the connection stands
  bool is_over_ = false;
  Error reason_;  // for what is published after that
  bool is_looking_ = false;
  Absence absence_;  // of the JetStream stream
  Order order_ = Order::unwatched;
  std::uint64_t last_sequence_ = 0;   // of the acknowledged messages, if the order is watched
  std::uint64_t progress_ = 0;        // counts_.published at the last check
  std::chrono::milliseconds idle_{};  // without progress, while connected
  unsigned checks_ = 0;               // since the last progress
  ScopedTimer hold_;                  // set: a hold is on
  ScopedTimer check_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for answers after the destruction
};

}  // namespace weir::nats::internal
