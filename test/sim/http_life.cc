#include "sim/http_life.h"

#include "net/socket_transport.h"
#include "sim/http_exchange.h"
#include "sim/http_peer.h"
#include "sim/pattern.h"
#include "testing/simulated_descriptor.h"
#include <weir/http/agent.h>
#include <weir/http/server.h>
#include <weir/testing/simulated_disk.h>
#include <weir/testing/simulated_files.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::sim {
namespace {

using std::chrono::milliseconds;

class HttpLife {
 public:
  HttpLife(const HttpPlan& plan, World::Telling telling)
      : plan_(plan),
        world_(plan.seed, telling),
        files_(make_ref<test::SimulatedFiles>(world_.loop(), disk_, plan.disk, world_.random.next(),
                                              &world_)) {}

  Outcome run();

 private:
  static constexpr std::size_t kMostTurns = 200'000;
  // Longer than all timeouts.
  static constexpr milliseconds kDuration = std::chrono::minutes(10);

  void make_server();
  void make_agent();
  void start_all();
  Ref<net::Socket> connect();
  void on_request(http::IncomingMessage& request, http::ServerResponse& response);
  void run_dry(std::string_view when);
  void end_everything();
  void check_nothing_left();

  const HttpPlan& plan_;
  World world_;
  test::SimulatedDisk disk_;
  Ref<test::SimulatedFiles> files_;
  std::vector<std::unique_ptr<HttpExchange>> exchanges_;
  std::vector<std::unique_ptr<HttpPeer>> peers_;
  Ref<http::Server> server_;
  Ref<http::Agent> agent_;
};

void HttpLife::make_server() {
  http::ServerOptions options;
  options.high_water_mark = plan_.high_water_mark;
  options.headers_timeout = milliseconds(20'000);
  options.connections_checking_interval = milliseconds(5'000);
  server_ = http::create_server(world_.loop(), options, [this](auto& request, auto& response) {
    on_request(request, response);
  });
}

void HttpLife::make_agent() {
  http::AgentOptions options{.keep_alive = plan_.keep_alive, .max_sockets = plan_.max_sockets};
  options.connect = [this](Loop&, const net::ConnectOptions&, const std::string&) {
    return Ref<net::Connection>(connect());
  };
  agent_ = http::Agent::make(world_.loop(), std::move(options));
}

Ref<net::Socket> HttpLife::connect() {
  world_.count("connection");
  auto [here, there] = test::SimulatedDescriptor::connect(
      world_.loop(), plan_.net, world_.random.next(), &world_, world_.token("a connection"));
  server_->serve(net::SocketTransport::socket_on(world_.loop(), {}, std::move(there)));
  return net::SocketTransport::socket_on(world_.loop(), {}, std::move(here));
}

void HttpLife::on_request(http::IncomingMessage& request, http::ServerResponse& response) {
  std::string_view path = request.url();
  path.remove_prefix(1);
  constexpr std::string_view kPeer = "peer/";
  const bool is_of_peer = path.starts_with(kPeer);
  if (is_of_peer) path.remove_prefix(kPeer.size());
  std::size_t number = 0;
  std::from_chars(path.data(), path.data() + path.size(), number);
  if (is_of_peer) {
    response.on<Error>([this](const Error& error) {
      world_.require(world_.is_caused(error), "a peer's response: an Error without a cause: {}",
                     error.what());
    });
    if (world_.random.chance(50))
      return static_cast<void>(response.end(pattern_bytes(kPeerPattern, 0, number)));
    // Later, so that pipelined responses are not ready in the order of their requests.
    world_.loop().set_timeout(milliseconds(world_.random.between(1, 100)),
                              [number, later = Ref<http::ServerResponse>(&response),
                               token = world_.token("a peer's response")] {
                                if (!later->destroyed())
                                  later->end(pattern_bytes(kPeerPattern, 0, number));
                              });
    return;
  }
  if (number >= exchanges_.size())
    return world_.break_rule(fmt::format("a request that nobody has made: {}", request.url()));
  exchanges_[number]->answer(request, response, Ref<fs::FileOps>(files_));
}

void HttpLife::start_all() {
  unsigned number = 0;
  for (const Exchange& exchange : plan_.exchanges) {
    disk_.put(fmt::format("disk/{}", number),
              pattern_bytes(number + 1'000, 0, exchange.response_size));
    auto made =
        std::make_unique<HttpExchange>(world_, number++, exchange, plan_.weather == Weather::calm);
    world_.loop().set_timeout(milliseconds(exchange.start),
                              [this, started = made.get()] { started->start(agent_); });
    exchanges_.push_back(std::move(made));
  }
  for (const Peer& peer : plan_.peers) {
    auto made = std::make_unique<HttpPeer>(world_, number++, peer);
    world_.loop().set_timeout(milliseconds(peer.start),
                              [this, started = made.get()] { started->start(connect()); });
    peers_.push_back(std::move(made));
  }
}

void HttpLife::run_dry(std::string_view when) {
  for (const std::size_t most = world_.turns() + kMostTurns; world_.turn();) {
    for (const auto& exchange : exchanges_) exchange->check();
    if (plan_.doom > 0 && world_.age() > milliseconds(plan_.doom)) return;
    if (world_.turns() < most) continue;
    world_.break_rule(
        fmt::format("{}, the loop never comes to rest: {}", when, world_.loop().dump()));
    return;
  }
}

void HttpLife::end_everything() {
  world_.tell("--- everything ends");
  world_.cause("ECONNRESET");
  for (const auto& peer : peers_) peer->end();
  agent_->destroy();
  server_->close_all_connections();
  run_dry("at its end");
  for (const auto& exchange : exchanges_) exchange->check_over();
  world_.require(server_->connections() == 0, "the server has {} connections left",
                 server_->connections());
  world_.require(agent_->sockets() + agent_->free_sockets() + agent_->requests() == 0,
                 "the agent has {} sockets, {} free ones and {} requests left", agent_->sockets(),
                 agent_->free_sockets(), agent_->requests());
}

void HttpLife::check_nothing_left() {
  server_ = nullptr;
  agent_ = nullptr;
  for (const auto& exchange : exchanges_) exchange->drop();
  for (const auto& peer : peers_) peer->drop();
  if (!world_.loop_ended()) world_.end_loop();
  const std::string holders = world_.holders();
  world_.require(holders.empty(), "left over:{}", holders);
  world_.require(files_->open_files() == 0, "open files are left:{}", files_->open_paths());
}

Outcome HttpLife::run() {
  world_.tell("HTTP in {} weather, {} exchanges, {} peers", name_of(plan_.weather),
              plan_.exchanges.size(), plan_.peers.size());
  // A connection that is over fails what is still to be sent or read on it.
  for (const char* const name : {"EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"})
    if (plan_.weather != Weather::calm) world_.cause(name);
  make_server();
  make_agent();
  start_all();
  world_.loop().set_timeout(kDuration, [] {});
  run_dry("in its middle");
  if (plan_.weather == Weather::doomed) {
    world_.tell("--- the Loop is destroyed");
    world_.end_loop();
  } else {
    if (plan_.weather == Weather::calm) {
      for (const auto& exchange : exchanges_) exchange->check_whole();
      for (const auto& peer : peers_) peer->check_whole();
    }
    end_everything();
  }
  check_nothing_left();
  return {.broken = world_.broken(), .counts = world_.counts(), .turns = world_.turns()};
}

bool fails(const HttpPlan& plan) { return !live(plan).is_good(); }

// Leaves out each element that is not needed.
template <class Element>
bool drop_each(HttpPlan& plan, std::vector<Element> HttpPlan::* list) {
  bool is_smaller = false;
  for (std::size_t i = (plan.*list).size(); i > 0; --i) {
    HttpPlan smaller = plan;
    (smaller.*list).erase((smaller.*list).begin() + static_cast<std::ptrdiff_t>(i) - 1);
    if (!fails(smaller)) continue;
    plan = std::move(smaller);
    is_smaller = true;
  }
  return is_smaller;
}

}  // namespace

Outcome live(const HttpPlan& plan, World::Telling telling) { return HttpLife(plan, telling).run(); }

HttpPlan reduce(HttpPlan plan) {
  if (!fails(plan)) return plan;
  while (drop_each(plan, &HttpPlan::peers) || drop_each(plan, &HttpPlan::exchanges)) continue;
  for (const auto simplify : {+[](HttpPlan& smaller) { smaller.net.short_send = 0; },
                              +[](HttpPlan& smaller) { smaller.net.short_receive = 0; },
                              +[](HttpPlan& smaller) { smaller.net.latency = milliseconds(0); },
                              +[](HttpPlan& smaller) { smaller.net.lost_after = 0; },
                              +[](HttpPlan& smaller) { smaller.high_water_mark = {}; },
                              +[](HttpPlan& smaller) { smaller.max_sockets = {}; },
                              +[](HttpPlan& smaller) { smaller.keep_alive = false; }}) {
    HttpPlan smaller = plan;
    simplify(smaller);
    if (fails(smaller)) plan = std::move(smaller);
  }
  return plan;
}

}  // namespace weir::sim
