// support/http_client_test.h - the fixture of tests with an HTTP client and a server with scripted
// responses.
//
//   answer_with(kOk);
//   auto request = ask({.path = "/x"});
//   request->end();
//   EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
//   EXPECT_EQ(heard(), "GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
//
// The kernel decides how the two sides interleave, so only the client logs.
#pragma once

#include "support/event_log.h"
#include "support/loop_test.h"
#include <weir/http/request.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::test {

class HttpClientTest : public LoopTest {
 protected:
  static inline const std::string kOk =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
  static inline const std::string kKept = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

  // Called with each piece that comes to the server.
  using Answer = std::function<void(net::Socket& socket, std::string_view piece)>;

  void TearDown() override {
    stop_server();
    loop.run();
  }

  void serve(Answer answer) {
    server = net::create_server(loop, [this, answer = std::move(answer)](net::Socket& socket) {
      sockets.push_back(Ref<net::Socket>(&socket));
      socket.on<Error>([] {});
      socket.on<Data>([this, answer, &socket](const Data& data) {
        heard_ += data.chunk.text();
        if (answer) answer(socket, data.chunk.text());
      });
    });
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  // Says that to the first that comes, and ends.
  void answer_with(std::string text) {
    serve([text = std::move(text)](net::Socket& socket, std::string_view) { socket.end(text); });
  }
  // Sends `text` for each request, and keeps the connection open.
  void keep_answering_with(std::string text) {
    serve([text = std::move(text)](net::Socket& socket, std::string_view) { socket.write(text); });
  }
  void stop_server() {
    if (server && server->listening()) server->close();
    for (const Ref<net::Socket>& socket : std::exchange(sockets, {})) socket->destroy();
  }

  http::RequestOptions to_server(http::RequestOptions options = {}) {
    options.host = "127.0.0.1";
    options.port = port;
    if (!options.agent) options.own_agent = true;
    return options;
  }
  // A request to the server that logs its events, and its response's with the prefix "res.".
  Ref<http::ClientRequest> ask(http::RequestOptions options = {},
                               http::ResponseHandler responded = {},
                               const std::string& prefix = "") {
    Ref<http::ClientRequest> request =
        http::request(loop, to_server(std::move(options)), std::move(responded));
    watch(*request, prefix);
    return request;
  }

  void watch(http::ClientRequest& request, const std::string& prefix = "") {
    request.on<http::SocketEvent>(says(prefix + "socket"));
    request.on<http::ResponseEvent>([this, prefix](const http::ResponseEvent& event) {
      log.add(prefix + "response");
      watch(event.response, prefix + "res.");
      if (reads) event.response.resume();
    });
    request.on<http::Continue>(says(prefix + "continue"));
    request.on<http::Information>([this, prefix](const http::Information& event) {
      log.add(fmt::format("{}information({})", prefix, event.status_code));
    });
    request.on<http::TimeoutEvent>(says(prefix + "timeout"));
    request.on<http::Abort>(says(prefix + "abort"));
    log.listen(static_cast<WritableBase&>(request), prefix);
    // The server stops with the last that was asked of it.
    ++open_requests_;
    request.on<Close>([this] {
      if (--open_requests_ == 0 && stops_server) stop_server();
    });
  }
  void watch(http::IncomingMessage& response, const std::string& prefix) {
    response.on<http::Aborted>(says(prefix + "aborted"));
    response.on<End>(says(prefix + "end"));
    response.on<Error>([this, prefix](const Error& error) { log.add(prefix + "error", error); });
    response.on<Close>(says(prefix + "close"));
  }

  std::string after_close() { return after_run(); }

  // The data that the server has received, with a fixed port.
  std::string heard() {
    std::string text = std::exchange(heard_, {});
    const std::string host = fmt::format("127.0.0.1:{}", port);
    for (std::size_t at = 0; (at = text.find(host)) != std::string::npos;)
      text.replace(at, host.size(), "HOST");
    return text;
  }

  Ref<net::Server> server;
  std::vector<Ref<net::Socket>> sockets;
  std::uint16_t port = 0;
  bool reads = true;         // responses flow
  bool stops_server = true;  // once no request is open

 private:
  std::string heard_;
  int open_requests_ = 0;
};

}  // namespace weir::test
