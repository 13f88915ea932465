// HTTP programs, with and without TLS, with random operations at both ends: each connection,
// request and response closes once.
#include "support/certificates.h"
#include "support/random_program.h"
#include <weir/http/request.h>
#include <weir/http/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class HttpProgram : public test::RandomProgram {
 public:
  explicit HttpProgram(unsigned seed) : RandomProgram(seed) {
    server_ = Server::make(loop, server_options());
    agent_ = Agent::make(loop, {.keep_alive = chance(50)});
    begin();
  }
  // Over TLS.
  HttpProgram(unsigned seed, const test::Authority& authority, const test::Identity& identity)
      : RandomProgram(seed), trusted_(tls::create_secure_context({.ca = {authority.cert()}})) {
    tls::ServerOptions secure;
    secure.context = {.key = identity.key, .cert = identity.cert};
    server_ = Server::make_secure(loop, std::move(secure), server_options());
    agent_ = make_https_agent(loop, {.keep_alive = chance(50)}, {.secure_context = trusted_});
    begin();
  }

  void run() {
    RandomProgram::run([this] {
      server_->close();
      server_->close_all_connections();
      agent_->destroy();
      for (const auto& stream : everything_) stream->destroy();
    });
  }

 private:
  // --- The server ---

  ServerOptions server_options() {
    ServerOptions options{.allow_half_open = chance(50)};
    options.max_unanswered_requests = 1 + pick(4);
    return options;
  }

  void begin() {
    server_->on<RequestEvent>(
        [this](const RequestEvent& event) { answer(event.request, event.response); });
    server_->on<ConnectionEvent>([this](const ConnectionEvent& event) {
      lives.watch(event.connection, "connection at the server");
    });
    server_->on<Upgrade>([this](const Upgrade& event) { take_over(event.connection); });
    server_->listen(0, "127.0.0.1");
    for (std::size_t i = 0; i <= pick(3); ++i) sometime([this] { ask(); });
    for (std::size_t i = 0; i <= pick(3); ++i) sometime([this] { ask_raw(); });
  }

  void answer(IncomingMessage& incoming, ServerResponse& outgoing) {
    const Ref<IncomingMessage> request(&incoming);
    const Ref<ServerResponse> response(&outgoing);
    lives.watch(incoming, "request at the server");
    lives.watch(outgoing, "response at the server");
    if (chance(50)) incoming.resume();
    if (chance(20)) request->pipe(response);
    const auto act = [this, request, response] { act_at_server(*request, *response); };
    for (std::size_t i = 0; i <= pick(4); ++i) sometime(act);
    // A listener that owned its own stream would keep it from its end.
    const auto act_on_request = [this, &incoming] { act_on(incoming); };
    const auto act_on_both = [this, &incoming, &outgoing] { act_at_server(incoming, outgoing); };
    if (chance(20)) request->once<End>(act_on_request);
    if (chance(20)) request->once<Close>(act_on_request);
    if (chance(20)) request->once<Aborted>(act_on_request);
    if (chance(20)) response->once<Finish>(act_on_both);
    if (chance(20)) response->once<Close>(act_on_both);
    if (chance(20)) response->once<SocketEvent>(act_on_both);
    if (chance(5)) request->once<End>([] { throw std::runtime_error("a listener threw"); });
    if (chance(70)) sometime([response] { response->end("the end"); });
    if (chance(5)) throw std::runtime_error("the handler threw");
  }

  void act_on(IncomingMessage& request) {
    switch (pick(6)) {
      case 0:
        return static_cast<void>(request.destroy({}, lives.callback("destroy of a request")));
      case 1:
        return static_cast<void>(
            request.destroy(Error(weir::Errc::aborted), lives.callback("destroy of a request")));
      case 2:
        return static_cast<void>(request.connection().destroy());
      case 3:
        return static_cast<void>(request.connection().reset_and_destroy());
      case 4:
        return static_cast<void>(request.pause());
      default:
        return static_cast<void>(request.resume());
    }
  }

  void act_at_server(IncomingMessage& request, ServerResponse& response) {
    if (chance(40)) return act_on(request);
    switch (pick(8)) {
      case 0:
        return static_cast<void>(response.destroy({}, lives.callback("destroy of a response")));
      case 1:
        return static_cast<void>(
            response.destroy(Error(weir::Errc::aborted), lives.callback("destroy of a response")));
      case 2:
        return response.flush_headers();
      case 3:
        return static_cast<void>(response.end(bytes()));
      case 4:
        if (!response.headers_sent()) response.set_header("Content-Length", pick(2) * 7);
        return response.set_strict_content_length(chance(50));
      default:
        return static_cast<void>(response.write(bytes(), lives.callback("write of a response")));
    }
  }

  void take_over(net::Connection& connection) {
    const Ref<net::Connection> kept(&connection);
    everything_.emplace_back(kept);
    connection.on<Error>([] {});
    connection.resume();
    sometime([kept] { kept->end("bye"); });
  }

  // --- weir's client ---

  void ask() {
    if (!server_->listening()) return;
    constexpr const char* kMethods[] = {"GET", "POST", "PUT", "HEAD", "DELETE"};
    RequestOptions options;
    options.method = kMethods[pick(std::size(kMethods))];
    options.host = "127.0.0.1";
    options.port = server_->address()->port;
    if (trusted_) options.protocol = "https:";
    if (chance(5)) options.port = 1;  // a port without a listener
    if (chance(10))
      options.headers.push_back("Upgrade", "x"), options.headers.push_back("Connection", "Upgrade");
    if (chance(50))
      options.agent = agent_;
    else
      options.own_agent = true;
    const Ref<ClientRequest> request = http::request(loop, std::move(options));
    everything_.emplace_back(request);
    lives.watch(*request, "request at the client");
    request->on<SocketEvent>([this](const SocketEvent& event) {
      if (chance(10)) sometime([kept = Ref(&event.connection)] { kept->destroy(); });
    });
    if (chance(90))
      request->on<ResponseEvent>([this](const ResponseEvent& event) { read(event.response); });
    for (std::size_t i = 0; i <= pick(3); ++i)
      sometime([this, request] { act_at_client(*request); });
    sometime([request] { request->end(); });
  }

  void act_at_client(ClientRequest& request) {
    switch (pick(7)) {
      case 0:
        return static_cast<void>(
            request.destroy({}, lives.callback("destroy of a client's request")));
      case 1:
        return static_cast<void>(request.destroy(Error(weir::Errc::aborted),
                                                 lives.callback("destroy of a client's request")));
      case 2:
        return request.abort();
      case 3:
        return static_cast<void>(request.end(bytes()));
      default:
        return static_cast<void>(request.write(bytes(), lives.callback("write of a request")));
    }
  }

  void read(IncomingMessage& response) {
    const Ref<IncomingMessage> kept(&response);
    lives.watch(response, "response at the client");
    switch (pick(6)) {
      case 0:
        return;  // it stays with the server
      case 1:
        return static_cast<void>(
            response.destroy({}, lives.callback("destroy of a client's response")));
      case 2:
        return sometime(
            [this, kept] { kept->destroy({}, lives.callback("destroy of a client's response")); });
      case 3:
        return static_cast<void>(response.once<Data>(
            [this, kept] { kept->destroy({}, lives.callback("destroy of a client's response")); }));
      default:
        return static_cast<void>(response.resume());
    }
  }

  // --- A client with arbitrary messages ---

  Ref<net::Connection> connect() {
    if (trusted_) {
      tls::ConnectOptions options;
      options.allow_half_open = true;
      options.port = server_->address()->port;
      options.host = "127.0.0.1";
      options.secure_context = trusted_;
      return tls::connect(loop, std::move(options));
    }
    net::ConnectOptions options;
    options.port = server_->address()->port;
    options.host = "127.0.0.1";
    options.socket.allow_half_open = true;
    return net::connect(loop, std::move(options));
  }

  void ask_raw() {
    if (!server_->listening()) return;
    const Ref<net::Connection> socket = connect();
    everything_.emplace_back(socket);
    lives.watch(*socket, "raw client");
    if (chance(80)) socket->resume();
    std::string text;
    for (std::size_t i = 0; i <= pick(12); ++i) text += message();
    if (chance(20)) text.resize(pick(text.size()));
    const std::size_t cut = pick(text.size() + 1);
    socket->write(text.substr(0, cut));
    socket->once<End>([socket] { socket->end(); });
    sometime([this, socket, rest = text.substr(cut)] {
      if (!socket->writable()) return;
      socket->write(rest);
      if (chance(50)) socket->end();
    });
    if (chance(20)) sometime([socket] { socket->destroy(); });
    if (chance(20)) sometime([socket] { socket->reset_and_destroy(); });
  }

  std::string message() {
    constexpr std::string_view kMessages[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GARBAGE\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    };
    // Mostly messages with a response, seldom one that ends the connection.
    const std::size_t kinds = chance(80) ? 6 : std::size(kMessages);
    const std::string_view message = kMessages[pick(kinds)];
    if (message.find("100000") == std::string_view::npos) return std::string(message);
    return std::string(message) + std::string(100'000, 'b');
  }

  Ref<tls::SecureContext> trusted_;  // null without TLS
  Ref<Server> server_;
  Ref<Agent> agent_;
  std::vector<Ref<Stream>> everything_;
};

TEST(RandomHttpProgramsTest, EndEachStreamWithOneClose) {
  test::run_random_programs<HttpProgram>(300, 15);
}

TEST(RandomHttpProgramsTest, EndEachStreamWithOneCloseOverTls) {
  const test::Authority authority;
  const test::Identity identity = authority.issue();
  test::run_random_programs<HttpProgram>(100, 10, authority, identity);
}

}  // namespace
}  // namespace weir::http
