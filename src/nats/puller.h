// Puller: the source of a consume stream: a consumer, the pulls, and the answers to deliveries.
//
// A pull asks for as many messages as the stream has room for; the next one is sent when half of
// them have come. Messages do not say which pull they answer, but pulls are served in order, and
// the end of one (a status) comes to its own reply subject "<inbox>.<number>".
//
// Without acknowledgements, the server counts messages as done that were lost with a connection. A
// consumer of this stream's own is then replaced by one that begins after the last message which
// has arrived.
#pragma once

#include "nats/absence.h"
#include "nats/link.h"
#include "nats/receipts.h"
#include "nats/subscription.h"
#include <weir/loop/scoped_timer.h>
#include <weir/nats/consume_stream.h>
#include <weir/stream/source.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace weir::nats::internal {

class Puller final : public ObjectSource<Message>, private LinkUser {
 public:
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
  Puller(Connection& connection, std::string stream, std::string durable, ConsumeOptions options);
  ~Puller() override;

  void construct(Done done) override;
  void read(ObjectReadable<Message>& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;

  void serve(ConsumeStream& stream) noexcept { consume_stream_ = &stream; }
  std::optional<std::uint64_t> lag() const noexcept override { return lag_; }
  ConsumeCounts counts() const noexcept;
  const std::string& consumer() const noexcept { return consumer_; }

 private:
  struct Pull {
    std::uint64_t number;
    std::uint64_t left;      // messages that it may still bring
    std::uint64_t came = 0;  // messages that had come before it
  };
  // What the consumer's configuration allows one pull; 0: any number.
  struct PullLimits {
    std::uint64_t batch = 0;
    std::uint64_t bytes = 0;
    std::uint64_t expires = 0;  // ns
  };

  Link& link() const noexcept { return connection_->link(); }
  void find_consumer();
  void create_consumer();
  void use_consumer(const Error& error, const nlohmann::json& answer);
  void subscribe();
  bool loses_messages() const noexcept { return !is_durable_ && options_.acks == Acks::none; }
  void replace_consumer();
  bool has_answer();
  void fail(Error error);

  // A request about the consumer: none, on the way, or on the way about one to be replaced.
  enum class Search : std::uint8_t { none, asked, outdated };
  enum class Reader : bool { waits, takes };  // takes: it is about to take a message
  void pull(Reader reader = Reader::waits);
  enum class Bytes : bool { any, bounded };
  void send_pull(std::uint64_t batch, Bytes allowed = Bytes::bounded);
  void end_bytes(const std::optional<Pull>& ended);
  std::uint64_t outstanding() const noexcept;
  void take(OwnedMessage message);
  void take_status(natsMsg* message, int status);
  void give_back(natsMsg* message);
  void take_message(OwnedMessage message);
  std::optional<Pull> end_pull(std::uint64_t number);
  void hold();
  void check();
  void renew();
  void look_for_consumer();
  void delete_own_consumer();

  void on_online() override;
  void on_offline() override;
  void on_closed(const Error& error) override;
  void on_loop_ended() noexcept override;

  Ref<Connection> connection_;
  std::string stream_name_;
  std::string consumer_;  // the durable's name, or the one that the server gave
  ConsumeOptions options_;
  bool is_durable_;
  std::string inbox_;
  std::unique_ptr<Subscription> messages_;
  Ref<Receipts> receipts_;

  ConsumeStream* consume_stream_ = nullptr;  // the same, which owns this
  Ref<ObjectReadable<Message>> stream_;      // from the first read to the end
  std::vector<Pull> pulls_;
  PullLimits limits_;
  std::uint64_t pull_count_ = 0;
  std::uint64_t came_ = 0;  // messages
  std::uint64_t lag_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t last_sequence_ = 0;

  std::unique_ptr<Done> constructed_;
  bool is_over_ = false;
  Error failed_;  // before the first read
  Search search_ = Search::none;
  ScopedTimer hold_;
  ScopedTimer look_again_;
  ScopedTimer check_;
  int silent_checks_ = 0;  // since something came
  Absence absence_;        // of the consumer
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::nats::internal
