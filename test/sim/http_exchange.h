// sim/http_exchange.h - HttpExchange: a request of a life and its answer.
//
// - Its four messages, two at each end, keep the rules of http_message.h.
// - There is at most one response, and it is that of this exchange.
// - A response's buffer holds at most one write more than its mark.
#pragma once

#include "sim/http_message.h"
#include "sim/http_plan.h"
#include "sim/world.h"
#include <weir/base/ref.h>
#include <weir/fs/file_ops.h>
#include <weir/http/agent.h>
#include <weir/http/client_request.h>
#include <weir/http/server_response.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

namespace weir::sim {

// It outlives the Loop.
class HttpExchange {
 public:
  HttpExchange(World& world, unsigned number, const Exchange& plan, bool is_calm);

  // --- The client ---

  void start(const Ref<http::Agent>& agent);
  // --- The server ---

  void answer(http::IncomingMessage& request, http::ServerResponse& response,
              const Ref<fs::FileOps>& files);

  // --- The rules ---

  void check();
  // Of a calm life at rest.
  void check_whole();
  // After everything has ended.
  void check_over();
  void drop();

 private:
  std::size_t response_size() const noexcept {
    return plan_.answer == Answer::echo ? plan_.request_size : plan_.response_size;
  }
  unsigned response_pattern() const noexcept {
    return plan_.answer == Answer::echo ? number_ : number_ + 1'000;
  }
  void on_response(http::IncomingMessage& response);
  void listen(http::IncomingMessage& message, ReadMessage& into);
  void read(http::IncomingMessage& message, ReadMessage& into, Reading reading);
  void send_body();
  void on_response_finished();
  void send_chunks();
  void send_file(const Ref<fs::FileOps>& files);
  void destroy_request();

  // A call that shows what still has it.
  template <class F>
  struct Held {
    F f;
    Token token;

    template <class... Args>
      requires std::invocable<F&, Args...>
    void operator()(Args&&... args) {
      f(std::forward<Args>(args)...);
    }
  };
  template <class F>
  Held<F> held(F f) {
    return {std::move(f), world_.token(name_)};
  }

  World& world_;
  unsigned number_;
  Exchange plan_;
  bool is_calm_;
  std::string name_;
  Ref<http::ClientRequest> request_;
  WrittenMessage sent_request_;
  ReadMessage received_request_;
  Ref<http::ServerResponse> response_;
  WrittenMessage sent_response_;
  ReadMessage received_response_;
  int requests_ = 0;   // at the server
  int responses_ = 0;  // at the client
};

}  // namespace weir::sim
