// sim/http_exchange.h - HttpExchange: a request of a life and its answer, and the rules of both.
//
// - The bytes that arrive are those of this exchange, from the first on, in order.
// - End comes only after the last byte: a message that is cut off is never taken for a whole one.
// - At most one response, one Finish and one Error, which has a cause. One Close, and nothing after
//   it.
// - A response's buffer holds at most one write more than its mark.
#pragma once

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
#include <string_view>
#include <utility>

namespace weir::sim {

// A message that is read: the request at the server, or the response at the client.
class ReadMessage {
 public:
  ReadMessage(World& world, std::string name, unsigned pattern, std::size_t size)
      : world_(world), name_(std::move(name)), pattern_(pattern), size_(size) {}

  void on_bytes(std::string_view bytes);
  void on_end();
  void on_close();
  void on_error(const Error& error);

  // As much has arrived as was sent.
  bool is_whole() const noexcept { return ends_ > 0; }
  bool is_closed() const noexcept { return closes_ > 0; }
  // on_bytes gets nothing: the bytes are discarded.
  void ignore_bytes() noexcept { is_ignored_ = true; }

 private:
  World& world_;
  std::string name_;
  bool is_ignored_ = false;
  unsigned pattern_;
  std::size_t size_;
  std::size_t received_ = 0;
  int ends_ = 0;
  int closes_ = 0;
  int errors_ = 0;
};

// A message that is written: the request at the client, or the response at the server.
class WrittenMessage {
 public:
  WrittenMessage(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  void on_finish();
  void on_close();
  void on_error(const Error& error);

  bool is_closed() const noexcept { return closes_ > 0; }

 private:
  World& world_;
  std::string name_;
  int finishes_ = 0;
  int closes_ = 0;
  int errors_ = 0;
};

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
