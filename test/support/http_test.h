// support/http_test.h - the fixture of tests with an HTTP server and raw clients of it.
//
//   serve([](auto&, auto& response) { response.end("x"); });
//   EXPECT_EQ(ask(get("/")), kOk + "Content-Length: 1\r\n\r\nx");
//
// Received text is as it was sent, with "X" for each date. Connections are real ones.
#pragma once

#include "support/event_log.h"
#include "support/loop_test.h"
#include <weir/http/server.h>
#include <weir/loop/stepped_clock.h>
#include <weir/net/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::test {

// A client that sends given text and keeps the text it receives.
struct RawClient {
  Ref<net::Socket> socket;
  std::string heard;
  bool ended = false;
  bool closed = false;
};

class HttpTest : public LoopTest {
 protected:
  using Handler = std::function<void(http::IncomingMessage&, http::ServerResponse&)>;

  static inline const std::string kClosing = "HTTP/1.1 200 OK\r\nDate: X\r\nConnection: close\r\n";
  static inline const std::string kKeeping =
      "HTTP/1.1 200 OK\r\nDate: X\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n";

  void TearDown() override {
    if (server) server->close_all_connections();
    if (server && server->listening()) server->close();
    for (const auto& client : clients) client->socket->destroy();
    loop.run();
  }

  http::Server& serve(Handler handler, const http::ServerOptions& options = {}) {
    server = http::create_server(loop, options,
                                 [handler = std::move(handler)](auto& request, auto& response) {
                                   if (handler) handler(request, response);
                                 });
    server->listen(0, "127.0.0.1");
    return *server;
  }

  // A request that asks for the connection to be closed.
  static std::string get(std::string_view path, std::string_view lines = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n", path, lines);
  }
  // A request that keeps the connection open.
  static std::string keeping(std::string_view path, std::string_view lines = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", path, lines);
  }

  RawClient& connect(std::string_view text = "") {
    auto client = std::make_unique<RawClient>();
    RawClient& kept = *client;
    kept.socket = net::connect(loop, net::ConnectOptions{.port = server->address()->port,
                                                         .host = "127.0.0.1",
                                                         .socket = {.allow_half_open = true}});
    kept.socket->on<Data>([&kept](const Data& data) { kept.heard += data.chunk.text(); });
    kept.socket->on<End>([&kept] {
      kept.ended = true;
      kept.socket->end();
    });
    kept.socket->on<Error>([] {});
    kept.socket->on<Close>([&kept] { kept.closed = true; });
    if (!text.empty()) kept.socket->write(text);
    clients.push_back(std::move(client));
    return kept;
  }

  // Turns the loop until it is so.
  template <class F>
  void run_until(F is_so) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > give_up) throw Error("it did not come about");
      loop.poll();
    }
  }

  // The server's text until it closes the connection.
  std::string ask(std::string_view text) {
    RawClient& client = connect(text);
    run_until([&client] { return client.closed; });
    return masked(client.heard);
  }
  // The server's text up to `last`.
  std::string ask_up_to(std::string_view text, std::string_view last) {
    RawClient& client = connect(text);
    run_until([&] { return client.heard.find(last) != std::string::npos; });
    return masked(client.heard);
  }

  // The server's text until it closes the connection, with time stepped once it has received
  // `text`.
  std::string ask_and_pass(std::string_view text, SteppedClock& clock,
                           std::chrono::milliseconds time) {
    RawClient& client = connect(text);
    for (int turn = 0; turn < 20; ++turn) loop.poll();
    clock.pass(time);
    run_until([&client] { return client.closed; });
    return masked(client.heard);
  }

  static std::string masked(std::string text) {
    constexpr std::size_t kDateSize = 29;
    for (std::size_t at = 0; (at = text.find("Date: ", at)) != std::string::npos; at += 7)
      text.replace(at + 6, kDateSize, "X");
    return text;
  }

  // Logs the events of a request and its response, with the prefixes "q." and "r.".
  void watch(http::IncomingMessage& request, http::ServerResponse& response) {
    request.on<http::Aborted>([this] { log.add("q.aborted"); });
    request.on<End>([this] { log.add("q.end"); });
    request.on<Error>([this](const Error& error) { log.add("q.error", error); });
    request.on<Close>([this] { log.add("q.close"); });
    log.listen(static_cast<WritableBase&>(response), "r.");
  }

  Ref<http::Server> server;
  std::vector<std::unique_ptr<RawClient>> clients;
};

}  // namespace weir::test
