#include "nats/puller.h"

#include "nats/api.h"
#include "nats/errors.h"
#include "nats/fields.h"
#include "nats/outgoing.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::nats::internal {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kPullHold{250};
constexpr std::chrono::nanoseconds kExpires = std::chrono::seconds(30);
constexpr std::chrono::milliseconds kHeartbeat{1500};
constexpr int kMostSilentChecks = 4;

const char* name_of(From from) noexcept {
  switch (from) {
    case From::first:
      return "all";
    case From::last:
      return "last";
    case From::now:
      return "new";
    case From::sequence:
      return "by_start_sequence";
    case From::time:
      return "by_start_time";
  }
  return "all";
}

// RFC 3339, in UTC.
std::string to_text(std::chrono::nanoseconds since_1970) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time(since_1970);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

// The lesser of two limits, each of which is none if it is not positive.
std::uint64_t at_most(std::int64_t one, std::uint64_t other) noexcept {
  const auto first = static_cast<std::uint64_t>(std::max<std::int64_t>(one, 0));
  return first == 0 || other == 0 ? std::max(first, other) : std::min(first, other);
}

json to_json(const ConsumeOptions& options, const std::string& durable) {
  json config{{"deliver_policy", name_of(options.from)},
              {"ack_policy", options.acks == Acks::none ? "none" : "explicit"},
              {"replay_policy", "instant"},
              {"max_ack_pending", options.acks == Acks::none ? 0 : options.max_ack_pending}};
  if (options.acks != Acks::none) {
    config["ack_wait"] = std::chrono::nanoseconds(options.ack_wait).count();
    config["max_deliver"] = options.max_deliver;
  }
  if (options.from == From::sequence) config["opt_start_seq"] = options.start_sequence;
  if (options.from == From::time) config["opt_start_time"] = to_text(options.start_time);
  if (!options.filter_subject.empty()) config["filter_subject"] = options.filter_subject;
  if (durable.empty())
    config["inactive_threshold"] = std::chrono::nanoseconds(std::chrono::minutes(5)).count();
  else
    config["durable_name"] = durable;
  return config;
}

}  // namespace

Puller::Puller(Connection& connection, std::string stream, std::string durable,
               ConsumeOptions options)
    : connection_(&connection),
      stream_name_(std::move(stream)),
      consumer_(std::move(durable)),
      options_(std::move(options)),
      is_durable_(!consumer_.empty()),
      receipts_(make_ref<Receipts>(connection, options_)) {
  require_name(stream_name_, "consume");
  if (is_durable_) require_name(consumer_, "consume");
  link().add(*this);
}

Puller::~Puller() {
  *alive_ = false;
  receipts_->let_go();
  link().remove(*this);
}

ConsumeCounts Puller::counts() const noexcept {
  return {received_, receipts_->acked(), receipts_->repeated(), receipts_->unanswered()};
}

// --- The consumer ---

void Puller::construct(Done done) {
  if (link().is_closed()) return done(link().reason());
  constructed_ = std::make_unique<Done>(std::move(done));
  if (link().is_online()) find_consumer();
}

void Puller::find_consumer() {
  if (search_ != Search::none) return;
  search_ = Search::asked;
  if (!is_durable_) return create_consumer();
  ask(*connection_, fmt::format("CONSUMER.INFO.{}.{}", stream_name_, consumer_), {},
      [this, alive = alive_](const Error& error, const json& answer) {
        if (!*alive) return;
        if (error == Errc::no_consumer) return create_consumer();
        use_consumer(error, answer);
      });
}

void Puller::create_consumer() {
  const json body{{"stream_name", stream_name_},
                  {"config", to_json(options_, is_durable_ ? consumer_ : std::string())}};
  const std::string call =
      is_durable_ ? fmt::format("CONSUMER.DURABLE.CREATE.{}.{}", stream_name_, consumer_)
                  : fmt::format("CONSUMER.CREATE.{}", stream_name_);
  ask(*connection_, call, body, [this, alive = alive_](const Error& error, const json& answer) {
    if (*alive) use_consumer(error, answer);
  });
}

void Puller::use_consumer(const Error& error, const json& answer) {
  if (!has_answer()) return;
  if (error) return fail(error);
  if (std::string name = text_field(answer, "name"); !name.empty()) consumer_ = std::move(name);
  lag_ = count_field(answer, "num_pending");
  if (const json* const config = find_field(answer, "config"))
    limits_ = {.batch = count_field(*config, "max_batch"),
               .bytes = count_field(*config, "max_bytes"),
               .expires = count_field(*config, "max_expires")};
  // The consumer begins after it.
  if (const auto delivered = answer.find("delivered"); delivered != answer.end())
    last_sequence_ = std::max(last_sequence_, count_field(*delivered, "stream_seq"));
  if (!link().is_online()) return;  // on_online asks again
  subscribe();
}

void Puller::subscribe() {
  try {
    if (!messages_) {
      inbox_ = fmt::format("_INBOX.{}.", link().unique_name());
      messages_ = std::make_unique<Subscription>(
          link(), inbox_ + "*", "", 0,
          [this](OwnedMessage message, natsStatus) { take(std::move(message)); });
    }
    receipts_->begin();
  } catch (...) {
    return fail(Error::from_current_exception());
  }
  if (!constructed_) return pull();
  check_ = connection_->loop().set_interval(kHeartbeat, [this] { check(); });
  check_->unref();
  (*std::exchange(constructed_, nullptr))();
}

void Puller::replace_consumer() {
  pulls_.clear();
  messages_.reset();
  if (search_ != Search::none) {
    search_ = Search::outdated;
    return;
  }
  options_.from = From::sequence;
  options_.start_sequence = last_sequence_ + 1;
  find_consumer();
}

// The request about the consumer is answered: true if that is still of interest.
bool Puller::has_answer() {
  const bool is_outdated = std::exchange(search_, Search::none) == Search::outdated;
  if (is_outdated && !is_over_) replace_consumer();
  return !is_outdated && !is_over_;
}

// --- Pulls ---

void Puller::read(ObjectReadable<Message>& stream, std::size_t) {
  if (failed_) return stream.destroy(failed_), void();
  if (is_over_) return;
  stream_ = Ref<ObjectReadable<Message>>(&stream);
  pull(Reader::takes);
}

std::uint64_t Puller::outstanding() const noexcept {
  std::uint64_t sum = 0;
  for (const Pull& pull : pulls_) sum += pull.left;
  return sum;
}

void Puller::pull(Reader reader) {
  if (is_over_ || !stream_ || !messages_ || hold_ || !link().is_online()) return;
  const std::uint64_t mark = std::max<std::uint64_t>(stream_->readable_high_water_mark(), 1);
  const std::uint64_t on_the_way = outstanding();
  // The stream asks when its reader is about to take a message, before it does.
  const std::uint64_t length = stream_->readable_length();
  const std::uint64_t rest = reader == Reader::takes ? std::min(length, mark - 1) : length;
  const std::uint64_t taken = on_the_way + rest;
  if (taken >= mark || on_the_way > mark / 2) return;
  const std::uint64_t room = mark - taken;
  if (room < std::max<std::uint64_t>(mark / 4, 1) && on_the_way > 0) return;
  send_pull(room);
}

void Puller::send_pull(std::uint64_t batch, Bytes allowed) {
  const std::uint64_t number = ++pull_count_;
  if (limits_.batch > 0) batch = std::min(batch, limits_.batch);
  const std::uint64_t bytes =
      allowed == Bytes::any ? 0 : at_most(options_.max_bytes, limits_.bytes);
  std::string body = fmt::format("{{\"batch\":{}", batch);
  if (bytes > 0) body += fmt::format(",\"max_bytes\":{}", bytes);
  if (options_.until_empty) {
    body += ",\"no_wait\":true}";
  } else {
    const std::uint64_t expires = at_most(kExpires.count(), limits_.expires);
    const std::uint64_t heartbeat =
        std::min<std::uint64_t>(std::chrono::nanoseconds(kHeartbeat).count(), expires / 3);
    body += fmt::format(",\"expires\":{},\"idle_heartbeat\":{}}}", expires, heartbeat);
  }
  pulls_.push_back({.number = number, .left = batch, .came = came_});
  link().publish(fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", stream_name_, consumer_).c_str(),
                 fmt::format("{}{}", inbox_, number).c_str(), body);
}

void Puller::take(OwnedMessage message) {
  silent_checks_ = 0;
  if (is_over_) return give_back(message.get());
  if (!message) {  // no leader for the moment, or no consumer
    pulls_.clear();
    hold();
    return look_for_consumer();
  }
  if (const int code = status_of(message.get()); code != 0) return take_status(message.get(), code);
  take_message(std::move(message));
}

// For other readers, soon rather than after ack_wait.
void Puller::give_back(natsMsg* message) {
  if (!message || options_.acks == Acks::none || !link().is_online()) return;
  if (const char* const reply = natsMsg_GetReply(message))
    link().publish(reply, nullptr, nak_text(kGivenBack));
}

void Puller::take_message(OwnedMessage owned) {
  Message message =
      read_delivery(std::move(owned), options_.headers ? ReadHeaders::yes : ReadHeaders::no);
  if (!pulls_.empty() && --pulls_.front().left == 0) pulls_.erase(pulls_.begin());
  lag_ = message.pending;
  ++came_;
  last_sequence_ = std::max(last_sequence_, message.sequence);
  absence_.end();
  const Ref<ObjectReadable<Message>> stream = stream_;
  if (receipts_->admit(message)) {
    ++received_;
    const std::shared_ptr<bool> alive = alive_;
    stream->push(std::move(message));
    if (!*alive || is_over_) return;
  }
  pull();
}

void Puller::take_status(natsMsg* message, int status) {
  constexpr int kIdle = 100;
  constexpr int kBadRequest = 400;
  constexpr int kEmpty = 404;
  constexpr int kExpired = 408;
  if (status == kIdle) return;
  const std::string_view subject = natsMsg_GetSubject(message);
  const std::string number(subject.substr(std::min(subject.size(), inbox_.size())));
  const std::optional<Pull> ended = end_pull(std::strtoull(number.c_str(), nullptr, 10));
  const std::string_view words = header_of(message, "Description");
  if (status == kEmpty && options_.until_empty) {
    is_over_ = true;
    stream_->push(nullptr);
    return;
  }
  if (words.find("Deleted") != words.npos) {
    hold();
    return look_for_consumer();
  }
  if (status == kEmpty || status == kExpired) return pull();
  if (words.find("Message Size Exceeds MaxBytes") != words.npos) return end_bytes(ended);
  const bool is_wrong = status == kBadRequest || words.find("push based") != words.npos ||
                        words.find("Exceeded MaxRequest") != words.npos;
  if (is_wrong) return fail(failure(Errc::api, "consume", consumer_, words));
  hold();  // "Exceeded MaxWaiting", "Leadership Change" and the like
}

// The next message has more bytes than the pull has left; if the pull has brought nothing, more
// than any. It then comes alone.
void Puller::end_bytes(const std::optional<Pull>& ended) {
  if (ended && ended->came == came_) return send_pull(1, Bytes::any);
  pull();
}

// Pulls are served in order.
std::optional<Puller::Pull> Puller::end_pull(std::uint64_t number) {
  std::optional<Pull> ended;
  std::erase_if(pulls_, [&](const Pull& pull) {
    if (pull.number == number) ended = pull;
    return pull.number <= number;
  });
  return ended;
}

void Puller::hold() {
  if (hold_ || is_over_) return;
  hold_ = connection_->loop().set_timeout(kPullHold, [this] {
    hold_.clear();
    pull();
  });
}

void Puller::check() {
  if (is_over_ || hold_ || pulls_.empty() || !link().is_online())
    silent_checks_ = 0;
  else if (++silent_checks_ > kMostSilentChecks)
    renew();
}

// The old inbox goes, so that pulls which are not lost after all bring nothing beyond the mark.
void Puller::renew() {
  silent_checks_ = 0;
  if (loses_messages()) return replace_consumer();
  pulls_.clear();
  messages_.reset();
  subscribe();
  if (!is_over_) look_for_consumer();
}

// The consumer may be gone, or only its leader.
void Puller::look_for_consumer() {
  if (search_ != Search::none || look_again_) return;
  search_ = Search::asked;
  ask(*connection_, fmt::format("CONSUMER.INFO.{}.{}", stream_name_, consumer_), {},
      [this, alive = alive_](const Error& error, const json&) {
        if (!*alive) return;
        if (!has_answer()) return;
        if (error && error != Errc::no_stream && loses_messages()) return replace_consumer();
        const bool is_absent = error == Errc::no_consumer || error == Errc::no_stream;
        if (absence_.is_certain_after(is_absent)) return fail(error);
        if (is_absent)
          look_again_ = connection_->loop().set_timeout(kPullHold, [this] {
            look_again_.clear();
            look_for_consumer();
          });
      });
}

// --- The connection, the end ---

// A request that is on the way is sent again by itself.
void Puller::on_online() {
  pulls_.clear();
  hold_.clear();
  if (constructed_) return find_consumer();
  receipts_->begin();
  if (is_over_) return;
  if (loses_messages()) return replace_consumer();
  pull();
}

void Puller::on_offline() {
  pulls_.clear();
  hold_.clear();
  receipts_->on_offline();
}

void Puller::on_closed(const Error& error) {
  receipts_->let_go();
  if (!is_over_) fail(error);
}

void Puller::on_loop_ended() noexcept {
  is_over_ = true;
  hold_.clear();
  look_again_.clear();
  check_.clear();
  // The stream, and so this, may go with the last of them.
  const Ref<Receipts> receipts = receipts_;
  const Ref<ObjectReadable<Message>> stream = std::move(stream_);
  const std::unique_ptr<Done> constructed = std::move(constructed_);
  receipts->let_go();
}

void Puller::fail(Error error) {
  is_over_ = true;
  if (constructed_) return (*std::exchange(constructed_, nullptr))(std::move(error));
  if (const Ref<ObjectReadable<Message>> stream = stream_)
    stream->destroy(std::move(error));
  else
    failed_ = std::move(error);
}

// The server would keep it for some minutes. The stream does not wait for the answer.
void Puller::delete_own_consumer() {
  if (is_durable_ || consumer_.empty() || !link().is_online()) return;
  link().publish(fmt::format("$JS.API.CONSUMER.DELETE.{}.{}", stream_name_, consumer_).c_str(),
                 nullptr, {});
}

// Waits until the acknowledgements are confirmed, unless the stream failed.
void Puller::destroy(Error error, Done done) {
  is_over_ = true;
  hold_.clear();
  look_again_.clear();
  check_.clear();
  pulls_.clear();
  std::vector<OwnedMessage> rest;
  while (OwnedMessage message = messages_ ? messages_->next() : nullptr)
    rest.push_back(std::move(message));
  // First the end of the subscription: the server would deliver them to the pulls that are left.
  messages_.reset();
  for (const OwnedMessage& message : rest) give_back(message.get());
  if (consume_stream_) consume_stream_->give_back_buffered();
  auto finish = [this, error, done = std::make_shared<Done>(std::move(done))] {
    link().remove(*this);
    delete_own_consumer();
    const Ref<ObjectReadable<Message>> stream = std::move(stream_);
    (*done)(error);
  };
  if (error) {
    receipts_->stop([] {});
    return finish();
  }
  receipts_->stop(std::move(finish));
}

}  // namespace weir::nats::internal
