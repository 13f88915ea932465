#include "inspect/inspector_server.h"

#include "insight/json.h"
#include "inspect/command_text.h"
#include "inspect/flow_request.h"
#include "inspect/held_flows.h"
#include "loop/loop_core.h"
#include <weir/inspect/handler.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <unistd.h>

namespace weir::internal {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// The arguments of this process, each followed by a null.
std::string arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string program_name() {
  const std::string command = arguments();
  const std::string program = command.substr(0, command.find('\0'));
  return program.substr(program.rfind('/') + 1);
}

// On the thread of the loop. False if there is no such stream, or it is not readable.
bool set_flow_on(Loop& loop, std::uint64_t number, bool pauses) {
  auto& held = loop_local<HeldFlows>(loop);
  return pauses ? held.hold(number) : held.let_flow(number);
}

}  // namespace

InspectorServer::InspectorServer(Loop& loop, const InspectOptions& options)
    : loop_(loop),
      begun_(loop.ticks().turn_time()),
      options_(options),
      page_(loop, options.host, options.token, std::chrono::milliseconds(0),
            [this](auto& request, auto& response, std::string_view path) {
              request.method() == "POST" ? answer_post(response, path)
                                         : answer_get(request, response, path);
            }) {
  add(loop, "main");
  page_.server().unref();
  page_.server().on<http::ConnectionEvent>([](const http::ConnectionEvent& event) {
    event.connection.set_name(kInspectorName);
    event.connection.unref();
  });
}

void InspectorServer::add(Loop& loop, std::string name) {
  loops_.push_back(std::make_unique<WatchedLoop>(loop, loops_.size(), std::move(name)));
}

void InspectorServer::close() {
  *self_ = nullptr;
  let_all_flow();
  timer_.clear();
  feed_.close();
  page_.close();
}

WatchedLoop* InspectorServer::find_loop(std::uint64_t id) noexcept {
  return id < loops_.size() ? loops_[id].get() : nullptr;
}

// --- Answers. ---

void InspectorServer::answer_get(http::IncomingMessage& request, http::ServerResponse& response,
                                 std::string_view path) {
  if (path == "events" && request.method() == "HEAD") return EventFeed::answer_head(response);
  if (path == "events") return open_feed(response);
  if (path == "metrics") return insight::handler(loop_)(request, response);
  if (path == "dump")
    return PageServer::answer_text(response, "text/plain; charset=utf-8", loop_.dump());
  if (path == "snapshot.json") {
    WatchedLoop now(loop_, 0, "main");
    Json update = new_update();
    now.add_changes(WatchedLoop::take(loop_), update);
    return PageServer::answer_text(response, "application/json", insight::dump(update));
  }
  PageServer::refuse(response, 404, "There is no such page.\n");
}

void InspectorServer::answer_post(http::ServerResponse& response, std::string_view path) {
  if (!options_.allows_pause)
    return PageServer::refuse(response, 403, "The program does not allow pause and resume.\n");
  const auto flow = flow_request_of(path);
  if (!flow) return PageServer::refuse(response, 404, "There is no such action.\n");
  if (flow->process != 0 || !set_flow(flow->id, flow->pauses).value_or(false))
    return PageServer::refuse(response, 404, "There is no such readable stream.\n");
  response.write_head(204);
  response.end();
}

std::optional<bool> InspectorServer::set_flow(std::uint64_t id, bool pauses) {
  WatchedLoop* const watched = find_loop(id >> 40U);
  if (!watched) return std::nullopt;
  const std::uint64_t number = id & ((std::uint64_t{1} << 40U) - 1);
  Loop& other = watched->loop();
  if (&other == &loop_) {
    held_ = loop_local<HeldFlows>(loop_).handle();
    return set_flow_on(loop_, number, pauses);
  }
  watched->note_flow();
  other.post([&other, number, pauses] { set_flow_on(other, number, pauses); });
  return true;
}

void InspectorServer::let_all_flow() {
  if (const auto held = held_.lock()) (*held)->clear();
  for (const auto& watched : loops_) {
    Loop& other = watched->loop();
    if (&other != &loop_ && watched->has_flows())
      other.post([&other] { loop_local<HeldFlows>(other).clear(); });
  }
}

// --- Events. ---

std::string InspectorServer::hello() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return insight::dump({{"process", 0},
                        {"name", options_.name.empty() ? program_name() : options_.name},
                        {"pid", ::getpid()},
                        {"command", command_text(arguments())},
                        {"started", milliseconds(now - (loop_.ticks().turn_time() - begun_))},
                        {"loop_count", loops_.size()},
                        {"allows_pause", options_.allows_pause},
                        {"interval", options_.interval.count()}});
}

InspectorServer::Json InspectorServer::new_update() const {
  return {{"process", 0},           {"time", milliseconds(loop_.ticks().turn_time() - begun_)},
          {"loops", Json::array()}, {"streams", Json::array()},
          {"gone", Json::array()},  {"bottlenecks", Json::array()}};
}

void InspectorServer::open_feed(http::ServerResponse& response) {
  // The first page: the changes since its snapshot follow.
  if (feed_.empty()) {
    forget_other_loops();
    Json dropped = new_update();
    loops_.front()->add_changes(WatchedLoop::take(loop_), dropped);
    timer_ = ScopedTimer(loop_.set_interval(options_.interval, [this] { send_changes(); }));
    timer_->unref();
  }
  feed_.add(response);
  EventFeed::send_to(response, "hello", hello());
  Json update = new_update();
  for (const auto& watched : loops_)
    if (watched->is_known()) watched->add_everything(update);
  EventFeed::send_to(response, "update", insight::dump(update));
}

void InspectorServer::send_changes() {
  if (feed_.empty()) {
    forget_other_loops();
    return timer_.clear();
  }
  ask_other_loops();
  Json update = new_update();
  loops_.front()->add_changes(WatchedLoop::take(loop_), update);
  feed_.send("update", insight::dump(update));
}

// Without a page no loop is asked, so that what is known of the others grows old. Their next
// numbers are then the first ones, as those of a new page are.
void InspectorServer::forget_other_loops() {
  for (const auto& watched : loops_)
    if (&watched->loop() != &loop_) watched->forget();
}

// The other loops take theirs on their own threads. The mailbox accepts them as long as it exists.
// A loop that has not answered yet is not asked again.
void InspectorServer::ask_other_loops() {
  for (const auto& watched : loops_) {
    Loop& other = watched->loop();
    if (&other == &loop_ || !watched->begin_to_ask()) continue;
    other.post([&other, id = watched->id(), self = self_, mailbox = loop_.core().mailbox()] {
      mailbox->post([self, id, snapshot = WatchedLoop::take(other)]() mutable {
        if (InspectorServer* const server = *self) server->on_snapshot(id, std::move(snapshot));
      });
    });
  }
}

void InspectorServer::on_snapshot(std::uint64_t id, insight::Snapshot snapshot) {
  loops_[id]->end_to_ask();
  if (feed_.empty()) return;
  Json update = new_update();
  loops_[id]->add_changes(std::move(snapshot), update);
  feed_.send("update", insight::dump(update));
}

}  // namespace weir::internal
