#include <weir/http/agent.h>

#include "http/connection_pool.h"
#include "http/global_options.h"
#include "loop/loop_local.h"
#include <weir/base/error.h>

#include <string>
#include <utility>

namespace weir::http {
namespace {

struct GlobalAgent final : internal::LoopLocal {
  explicit GlobalAgent(Loop& loop) : agent(Agent::make(loop, global_options())) {}
  Ref<Agent> agent;
};

}  // namespace

Ref<Agent> Agent::make(Loop& loop, AgentOptions options) {
  if (options.max_total_sockets == 0u) throw out_of_range("maxTotalSockets", ">= 1", "0");
  return Ref<Agent>::adopt(new Agent(loop, std::move(options)));
}

Agent::Agent(Loop& loop, AgentOptions options)
    : pool_(make_owned<ConnectionPool>(loop, std::move(options))) {}

Agent::~Agent() = default;

void Agent::destroy() { pool_->destroy_all(); }

bool Agent::keep_alive() const noexcept { return pool_->options().keep_alive; }
const std::string& Agent::protocol() const noexcept { return pool_->options().protocol; }
std::int64_t Agent::default_port() const noexcept { return pool_->options().default_port; }

std::size_t Agent::sockets() const noexcept { return pool_->in_use(); }
std::size_t Agent::free_sockets() const noexcept { return pool_->free(); }
std::size_t Agent::requests() const noexcept { return pool_->waiting(); }

Ref<Agent> global_agent(Loop& loop) { return internal::loop_local<GlobalAgent>(loop).agent; }

}  // namespace weir::http
