#include "nats/publisher.h"

#include "nats/api.h"
#include "nats/errors.h"
#include "nats/outgoing.h"
#include <weir/nats/jetstream.h>

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir::nats::internal {
namespace {

constexpr std::chrono::milliseconds kHold{250};

// A Done that is called once needs no state for a second call.
Callback once(Done done) {
  return [done = std::move(done)](const Error& error) mutable {
    error ? std::move(done)(error) : std::move(done)();
  };
}

void require_subject(std::string_view subject) {
  const bool is_plain = !subject.empty() && subject.front() != '.' && subject.back() != '.' &&
                        subject.find_first_of(" *>\t\r\n") == subject.npos &&
                        subject.find("..") == subject.npos;
  if (!is_plain)
    throw failure(Errc::invalid_argument, "publish", subject, "not a subject without wildcards");
}

// The number in {"stream": "LOGS", "seq": 7}; nothing if the answer is no acknowledgement.
std::optional<std::uint64_t> sequence_of(std::string_view answer) noexcept {
  constexpr std::string_view kName = "\"seq\"";
  const auto name = answer.find(kName);
  if (name == answer.npos || answer.find("\"stream\"") == answer.npos) return std::nullopt;
  const auto digits = answer.find_first_not_of(" :", name + kName.size());
  if (digits == answer.npos) return std::nullopt;
  std::uint64_t sequence = 0;
  std::from_chars(answer.data() + digits, answer.data() + answer.size(), sequence);
  return sequence;
}

}  // namespace

Publisher::Publisher(Connection& connection, std::string subject, PublishOptions options)
    : connection_(&connection), subject_(std::move(subject)), options_(std::move(options)) {
  require_subject(subject_);
  name_ = link().unique_name();
  inbox_ = fmt::format("_INBOX.{}.", name_);
  link().add(*this);
}

Publisher::~Publisher() {
  *alive_ = false;
  link().remove(*this);
}

void Publisher::construct(Done done) {
  if (link().is_closed()) return done(link().reason());
  constructed_ = std::make_unique<Done>(std::move(done));
  if (link().is_online()) begin();
}

// The connection stands for the first time.
void Publisher::begin() {
  const std::unique_ptr<Done> done = std::move(constructed_);
  try {
    acks_ = std::make_unique<Subscription>(
        link(), inbox_ + "*", "", 0,
        [this](OwnedMessage message, natsStatus) { take(std::move(message)); });
  } catch (...) {
    return (*done)(Error::from_current_exception());
  }
  check_ = connection_->loop().set_interval(options_.ack_timeout / 2, [this] { check(); });
  check_->unref();
  (*done)();
}

PublishCounts Publisher::counts() const noexcept {
  PublishCounts counts = counts_;
  counts.in_flight = next_ - first_;
  return counts;
}

// --- Sending ---

void Publisher::publish(std::vector<Buffer> messages, Done done) {
  publish(std::move(messages), once(std::move(done)));
}

void Publisher::publish(std::vector<Buffer> messages, Callback acknowledged) {
  if (reason_)
    return connection_->loop().next_tick(
        [reason = reason_, acknowledged = std::move(acknowledged)]() mutable {
          acknowledged(reason);
        });
  for (Buffer& message : messages) add(std::move(message), false);
  batches_.push_back({end(), std::move(acknowledged)});
  pump();
}

void Publisher::publish_open_line(Buffer line, Done done) {
  if (reason_) return publish({}, std::move(done));
  add(std::move(line), true);
  batches_.push_back({end(), once(std::move(done))});
  pump();
}

void Publisher::add(Buffer message, bool is_open_line) {
  Entry entry{.data = std::move(message), .is_open_line = is_open_line};
  if (options_.message_id) entry.id = options_.message_id(entry.data, end());
  entries_.push_back(std::move(entry));
}

void Publisher::pump() {
  if (is_over_ || hold_ || !link().is_online() || !acks_) return;
  while (next_ < end() && (!is_stored() || next_ - first_ < options_.max_in_flight)) {
    const Entry& entry = entries_[next_ - first_];
    if (!entry.is_acked) {
      natsStatus status = NATS_OK;
      Error error;
      try {
        status = send(next_, entry);
      } catch (...) {  // of the program's functions
        error = Error::from_current_exception();
      }
      if (status == NATS_CONNECTION_CLOSED || status == NATS_CONNECTION_DISCONNECTED) return;
      if (status != NATS_OK)
        error = from_nats(status, "publish", subject_, fmt::format("{} bytes", entry.data.size()));
      if (error) {
        connection_->loop().next_tick([this, alive = alive_, error = std::move(error)] {
          if (*alive) fail(error);
        });
        is_over_ = true;
        return;
      }
      ++counts_.sent;
    }
    ++next_;
  }
  if (!is_stored()) send_marker();
  // A batch of no messages, or of acknowledged ones only.
  if (!batches_.empty() && batches_.front().end <= first_)
    connection_->loop().next_tick([this, alive = alive_] {
      if (*alive) advance();
    });
}

natsStatus Publisher::send(std::uint64_t number, const Entry& entry) {
  const Buffer& data = entry.data;
  const std::string own_subject = options_.subject ? options_.subject(data) : std::string();
  const std::string& subject = options_.subject ? own_subject : subject_;
  const std::string reply = is_stored() ? fmt::format("{}{}", inbox_, number) : std::string();
  const bool has_id = is_stored() && options_.message_ids;
  if (options_.subject) require_subject(subject);
  if (!has_id && !options_.headers && !entry.is_open_line)
    return link().publish(subject.c_str(), reply.empty() ? nullptr : reply.c_str(), data.text());
  Headers headers;
  if (has_id)
    headers.emplace_back("Nats-Msg-Id",
                         entry.id.empty() ? fmt::format("{}-{}", name_, number) : entry.id);
  if (entry.is_open_line) headers.emplace_back(kOpenLine, "1");
  if (options_.headers) options_.headers(data, headers);
  return link().publish(make_message(subject, reply, data.text(), headers).get());
}

// Without JetStream: a message to this client, which the server sends back once it has read all
// before.
void Publisher::send_marker() {
  if (next_ == first_ || marked_ == next_) return;
  marked_ = next_;
  link().publish(fmt::format("{}{}", inbox_, next_).c_str(), nullptr, {});
}

// --- Acknowledgements ---

void Publisher::take(OwnedMessage message) {
  if (is_over_) return;
  if (!message) {
    if (!hold_) look_for_stream();  // else for an earlier message
    return hold(failure(Errc::no_stream, "publish", subject_, "nobody listens to the subject"));
  }
  const std::string_view to = natsMsg_GetSubject(message.get());
  std::uint64_t number = 0;
  const std::string_view digits = to.substr(std::min(to.size(), inbox_.size()));
  const auto [stop, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (bad != std::errc() || stop != digits.data() + digits.size()) return;
  const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message.get()));
  acknowledge(number, size == 0 ? std::string_view()
                                : std::string_view(natsMsg_GetData(message.get()), size));
}

void Publisher::acknowledge(std::uint64_t number, std::string_view answer) {
  if (!is_stored()) {
    for (std::uint64_t at = first_; at < number && at < next_; ++at)
      entries_[at - first_].is_acked = true;
    return advance();
  }
  // An answer to an earlier attempt may come late.
  if (number < first_ || number >= end() || entries_[number - first_].is_acked) return;
  if (answer.find("\"error\"") != answer.npos) {
    const auto parsed = nlohmann::json::parse(answer, nullptr, false);
    if (const auto error = parsed.find("error"); parsed.is_object() && error != parsed.end()) {
      Error reason = from_answer(*error, "publish", subject_);
      return is_passing(*error) ? hold(std::move(reason)) : fail(std::move(reason));
    }
  }
  const std::optional<std::uint64_t> sequence = sequence_of(answer);
  if (!sequence) return;  // of another program that answers on the subject
  // The leader knows the id, and not yet whether the message that has it will be stored.
  if (*sequence == 0)
    return hold(failure(Errc::timeout, "publish", subject_,
                        "the message before with its id is not stored yet"));
  if (answer.find("\"duplicate\"") != answer.npos) ++counts_.duplicates;
  absence_.end();
  Entry& entry = entries_[number - first_];
  entry.is_acked = true;
  entry.data = {};
  entry.sequence = *sequence;
  if (number == first_) advance();
}

// Completes what is acknowledged. A Done may write, and so publish.
void Publisher::advance() {
  while (!entries_.empty() && entries_.front().is_acked) {
    if (order_ != Order::unwatched) {
      const std::uint64_t sequence = entries_.front().sequence;
      if (sequence <= last_sequence_) order_ = Order::broken;
      last_sequence_ = sequence;
    }
    entries_.pop_front();
    ++first_;
    ++counts_.published;
    idle_ = {};
    checks_ = 0;
  }
  next_ = std::max(next_, first_);
  const std::shared_ptr<bool> alive = alive_;
  while (*alive && !is_over_ && !batches_.empty() && batches_.front().end <= first_) {
    Callback done = std::move(batches_.pop_front().done);
    done();
  }
  if (*alive) pump();
}

// --- Trouble ---

void Publisher::hold(Error reason) {
  if (hold_ || is_over_) return;
  hold_ = connection_->loop().set_timeout(kHold, [this, reason = std::move(reason)] {
    idle_ += kHold;
    if (idle_ >= options_.give_up_after) return fail(reason);
    resend();
  });
}

void Publisher::resend() {
  hold_.clear();
  if (is_stored()) next_ = first_;
  marked_ = 0;
  pump();
}

// The subject has no subscriber: the stream has no leader for the moment, or it does not exist. The
// message that is sent again after the hold leads here again.
void Publisher::look_for_stream() {
  if (is_looking_ || entries_.empty()) return;
  is_looking_ = true;
  find_stream(*connection_, options_.subject ? options_.subject(entries_.front().data) : subject_,
              [this, alive = alive_](const Error& error, const std::string&) {
                if (!*alive) return;
                is_looking_ = false;
                if (absence_.is_certain_after(error == Errc::no_stream)) fail(error);
              });
}

// Twice in ack_timeout: a message that was sent just before the first check has all of it.
void Publisher::check() {
  if (is_over_ || hold_) return;
  const bool has_moved = std::exchange(progress_, counts_.published) != counts_.published;
  if (has_moved || first_ == next_ || !link().is_online()) {
    idle_ = {};
    return;
  }
  idle_ += options_.ack_timeout / 2;
  if (idle_ >= options_.give_up_after)
    return fail(failure(Errc::timeout, "publish", subject_,
                        fmt::format("no acknowledgement for {} ms", idle_.count())));
  if (++checks_ % 2 == 0) resend();
}

void Publisher::fail(Error error) {
  is_over_ = true;
  reason_ = error;
  hold_.clear();
  check_.clear();
  const std::shared_ptr<bool> alive = alive_;
  if (constructed_) return (*std::exchange(constructed_, nullptr))(error);
  while (*alive && !batches_.empty()) {
    Callback done = std::move(batches_.pop_front().done);
    done(error);
  }
}

void Publisher::stop() {
  link().remove(*this);
  acks_.reset();
  fail(Error(weir::Errc::stream_destroyed, "Cannot call write after a stream was destroyed"));
  is_over_ = true;
  hold_.clear();
  check_.clear();
}

void Publisher::on_online() {
  if (constructed_) return begin();
  resend();
}

void Publisher::on_offline() { hold_.clear(); }

void Publisher::on_closed(const Error& error) {
  if (!is_over_ || constructed_) fail(error);
}

void Publisher::on_loop_ended() noexcept {
  is_over_ = true;
  hold_.clear();
  check_.clear();
  // The stream, and so this, may go with the last of them.
  const Ring<Batch> batches = std::move(batches_);
  const std::unique_ptr<Done> constructed = std::move(constructed_);
}

std::unique_ptr<PublishEngine> make_publish_engine(Connection& connection, std::string subject,
                                                   const PublishOptions& options) {
  return std::make_unique<Publisher>(connection, std::move(subject), options);
}

}  // namespace weir::nats::internal
