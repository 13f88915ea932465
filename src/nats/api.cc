#include "nats/api.h"

#include "nats/errors.h"
#include "nats/fields.h"
#include "nats/request.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::nats::internal {
namespace {

using nlohmann::json;

// JetStream's err_code values.
constexpr int kConsumerNotFound = 10014;
constexpr int kNoPeers = 10005;  // a cluster that is starting
constexpr int kNotLeader = 10009;
constexpr int kUnavailable = 10008;
constexpr int kIdInProcess = 10158;      // the message before with that id is not stored yet
constexpr int kTooManyRequests = 10167;  // from nats-server 2.11
constexpr int kMessageTooLarge = 10054;
constexpr int kStreamNotFound = 10059;
constexpr int kNoMessage = 10037;
constexpr int kStoreFailed = 10077;
constexpr int kNoResources = 10023;
constexpr int kNoStorage = 10047;

int number_of(const json& error, const char* name) {
  const auto* const field = find_field(error, name);
  return field && field->is_number_integer() ? field->get<int>() : 0;
}

class Question : public RefCounted {
 public:
  Question(Connection& connection, std::string call, std::string body, Answered answered)
      : connection_(&connection),
        call_(std::move(call)),
        body_(std::move(body)),
        answered_(std::move(answered)) {}

  void send() {
    send_request(
        *connection_, "$JS.API." + call_, body_,
        [self = Ref<Question>(this)](Error error, Message reply) {
          self->take(std::move(error), reply);
        },
        std::chrono::seconds(5));
  }

 private:
  void take(Error error, const Message& reply) {
    const bool is_silent = error == Errc::no_responders || error == Errc::timeout;
    if (error) return is_silent && again() ? void() : answer(std::move(error), {});
    json parsed = json::parse(reply.data.text(), nullptr, false);
    if (!parsed.is_object())
      return answer(failure(Errc::protocol, "JetStream", call_, reply.data.text().substr(0, 80)),
                    {});
    if (const auto failed = parsed.find("error"); failed != parsed.end()) {
      if (is_passing(*failed) && again()) return;
      return answer(from_answer(*failed, "JetStream", call_), {});
    }
    answer({}, parsed);
  }

  // The time without a connection does not count.
  bool again() {
    constexpr int kMost = 16;  // 12 seconds, and the requests' own time
    if (connection_->connected() && ++attempts_ > kMost) return false;
    const std::chrono::milliseconds wait(std::min(50 << std::min(attempts_, 5), 1000));
    timer_ = connection_->loop().set_timeout(wait, [self = Ref<Question>(this)] { self->send(); });
    return true;
  }

  void answer(Error error, const json& parsed) {
    std::exchange(answered_, {})(std::move(error), parsed);
  }

  Ref<Connection> connection_;
  std::string call_;
  std::string body_;
  Answered answered_;
  int attempts_ = 0;
  Ref<Timer> timer_;
};

}  // namespace

void ask(Connection& connection, std::string call, const json& body, Answered answered) {
  make_ref<Question>(connection, std::move(call), body.is_null() ? std::string() : body.dump(),
                     std::move(answered))
      ->send();
}

bool is_passing(const json& error) {
  const int code = number_of(error, "err_code");
  // A leader that steps down answers without a code of its own.
  const bool steps_down = code == 0 && text_field(error, "description") == "raft: not leader";
  return code == kUnavailable || code == kNotLeader || code == kNoPeers || code == kIdInProcess ||
         code == kTooManyRequests || steps_down;
}

Error from_answer(const json& error, std::string_view operation, std::string_view subject) {
  const int code = number_of(error, "err_code");
  const std::string words = text_field(error, "description");
  switch (code) {
    case kStreamNotFound:
      return failure(Errc::no_stream, operation, subject, words);
    case kConsumerNotFound:
      return failure(Errc::no_consumer, operation, subject, words);
    case kNoMessage:
      return failure(Errc::no_message, operation, subject, words);
    case kMessageTooLarge:
      return failure(Errc::payload_too_large, operation, subject, words);
    case kStoreFailed:
      return failure(words.find("maximum") != words.npos ? Errc::stream_full : Errc::api, operation,
                     subject, words);
    case kNoResources:
    case kNoStorage:
      return failure(Errc::stream_full, operation, subject, words);
    default:
      return failure(Errc::api, operation, subject, fmt::format("{}, error {}", words, code));
  }
}

void require_name(std::string_view name, std::string_view operation) {
  if (!name.empty() && name.find_first_of(". *>\t\r\n/\\") == name.npos) return;
  throw failure(Errc::invalid_argument, operation, name, "not a name of a stream or consumer");
}

}  // namespace weir::nats::internal
