// The options of the agents of requests that name none. Node: the options of http.globalAgent.
#pragma once

#include <weir/http/agent.h>

#include <chrono>

namespace weir::http {

inline AgentOptions global_options() {
  return {.timeout = std::chrono::milliseconds(5000), .keep_alive = true};
}

}  // namespace weir::http
