#include <weir/inspect/process_events.h>

#include "inspect/event_parser.h"
#include "inspect/inspector_address.h"
#include <weir/event/scoped_listeners.h>
#include <weir/http/errors.h>
#include <weir/http/request.h>
#include <weir/loop/scoped_timer.h>

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace {

using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kRetry = 1s;
constexpr std::string_view kBegin = "{\"process\":0,";

// The reason that a response is not the events of an inspector; success if it is.
Error unfit(const http::IncomingMessage& response, const std::string& name) {
  const int status = response.status_code();
  if (status == 401) return Error(fmt::format("401: the token is missing or wrong, '{}'", name));
  const std::string type = response.headers().get("content-type").value_or("");
  if (status == 200 && type.starts_with("text/event-stream")) return {};
  return Error(
      fmt::format("not an inspector: {} {}, '{}'", status, response.status_message(), name));
}

}  // namespace

struct ProcessEvents::Feed final : RefCounted {
  Feed(Loop& on, internal::InspectorAddress where)
      : loop(on), address(std::move(where)), alive(on) {}

  enum class State : std::uint8_t {
    connecting,
    reading,
    waiting,  // for the next attempt
    due,      // the next attempt, once it is resumed
    closed,
  };

  void connect();
  void on_response(http::IncomingMessage& message);
  void on_data(std::string_view text);
  bool deliver(std::string_view name, std::string_view data);
  void lose(const Error& error);
  void disconnect();
  void pause();
  void resume();
  void close();

  Loop& loop;
  const internal::InspectorAddress address;
  std::optional<Loop::KeepAlive> alive;
  SharedFunction<void(const Event&)> received;  // copied for each call, which may replace it
  SharedFunction<void(const Error&)> lost;
  State state = State::waiting;
  bool is_paused = false;
  bool is_lost = false;
  internal::EventParser parser;
  Ref<http::ClientRequest> request;
  Ref<http::IncomingMessage> response;
  ScopedTimer retry;
  ScopedListeners listeners;  // of the request and the response
};

void ProcessEvents::Feed::connect() {
  state = State::connecting;
  http::RequestOptions options = address.request("events");
  options.headers.set("Accept", "text/event-stream");
  try {
    request = http::get(loop, std::move(options));
  } catch (const Error& error) {
    return lose(error);
  }
  listeners.on<Error>(*request, [this](const Error& error) { lose(error); });
  listeners.on<http::ResponseEvent>(
      *request, [this](const http::ResponseEvent& event) { on_response(event.response); });
}

void ProcessEvents::Feed::on_response(http::IncomingMessage& message) {
  if (const Error error = unfit(message, address.name)) return lose(error);
  state = State::reading;
  response = Ref<http::IncomingMessage>(&message);
  listeners.on<Data>(message, [this](const Data& data) { on_data(data.chunk.text()); });
  listeners.on<Error>(message, [this](const Error& error) { lose(error); });
  listeners.on<Close>(message, [this] {
    lose(Error(fmt::format("the program has ended the connection, '{}'", address.name)));
  });
  if (is_paused) message.pause();
}

void ProcessEvents::Feed::on_data(std::string_view text) {
  const Ref<Feed> kept(this);
  const bool is_right = parser.add(
      text, [this](std::string_view name, std::string_view data) { return deliver(name, data); });
  if (!is_right && state == State::reading)
    lose(Error(fmt::format("not an inspector: its events have another form, '{}'", address.name)));
}

bool ProcessEvents::Feed::deliver(std::string_view name, std::string_view data) {
  if (!data.starts_with(kBegin)) return false;
  is_lost = false;
  if (const auto call = received) call({name, data});
  return state == State::reading;
}

void ProcessEvents::Feed::lose(const Error& error) {
  const Ref<Feed> kept(this);
  const Error named =
      error.subject().empty() && !error.syscall().empty() ? error.about(address.name) : error;
  disconnect();
  state = State::waiting;
  retry = loop.set_timeout(kRetry, [this] {
    if (is_paused)
      state = State::due;
    else
      connect();
  });
  const bool is_news = !std::exchange(is_lost, true);
  if (const auto call = lost; call && is_news) call(named);
}

void ProcessEvents::Feed::disconnect() {
  listeners.clear();
  parser.reset();
  if (const auto old = std::exchange(response, nullptr)) old->on<Error>([](const Error&) {});
  if (const auto old = std::exchange(request, nullptr)) {
    old->on<Error>([](const Error&) {});
    old->destroy();
  }
}

void ProcessEvents::Feed::pause() {
  is_paused = true;
  if (response) response->pause();
}

void ProcessEvents::Feed::resume() {
  is_paused = false;
  if (response) response->resume();
  if (state == State::due) connect();
}

void ProcessEvents::Feed::close() {
  state = State::closed;
  received = nullptr;
  lost = nullptr;
  retry.clear();
  disconnect();
  alive.reset();
}

ProcessEvents::ProcessEvents(Loop& loop, std::string_view place)
    : feed_(make_ref<Feed>(loop, internal::parse_inspector_address(place))) {
  // Later, since a failure calls back.
  loop.set_immediate([feed = feed_] {
    if (feed->state == Feed::State::waiting) feed->connect();
  });
}
ProcessEvents::ProcessEvents(ProcessEvents&&) noexcept = default;
ProcessEvents& ProcessEvents::operator=(ProcessEvents&& other) noexcept {
  std::swap(feed_, other.feed_);
  return *this;
}
ProcessEvents::~ProcessEvents() {
  if (feed_) feed_->close();
}

const std::string& ProcessEvents::name() const noexcept { return feed_->address.name; }
void ProcessEvents::on_event(Function<void(const Event&)> received) const {
  feed_->received = std::move(received);
}
void ProcessEvents::on_lost(Function<void(const Error&)> lost) const {
  feed_->lost = std::move(lost);
}
void ProcessEvents::pause() const { feed_->pause(); }
void ProcessEvents::resume() const { feed_->resume(); }

}  // namespace weir
