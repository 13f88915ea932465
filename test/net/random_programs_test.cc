// Socket programs, with and without TLS, with random operations: each socket closes once.
#include "support/certificates.h"
#include "support/random_program.h"
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

class SocketProgram : public test::RandomProgram {
 public:
  explicit SocketProgram(unsigned seed) : RandomProgram(seed) {
    server_ = create_server(loop, {.allow_half_open = chance(50), .pause_on_connect = chance(20)},
                            [this](Socket& socket) { use(socket, "accepted socket"); });
    server_->listen(0, "127.0.0.1");
    for (std::size_t i = 0; i <= pick(3); ++i) sometime([this] { add_client(); });
  }
  // With TLS.
  SocketProgram(unsigned seed, const test::Authority& authority, const test::Identity& identity)
      : RandomProgram(seed), trusted_(tls::create_secure_context({.ca = {authority.cert()}})) {
    tls::ServerOptions options;
    options.context = {.key = identity.key, .cert = identity.cert};
    options.allow_half_open = chance(50);
    secure_server_ = tls::create_server(loop, std::move(options), [this](tls::Socket& socket) {
      use(socket, "accepted TLS socket");
    });
    secure_server_->on<ConnectionEvent>(
        [this](const ConnectionEvent& event) { lives.watch(*event.socket, "socket below TLS"); });
    secure_server_->listen(0, "127.0.0.1");
    for (std::size_t i = 0; i <= pick(3); ++i) sometime([this] { add_secure_client(); });
  }

  void run() {
    RandomProgram::run([this] {
      if (server_) server_->close();
      if (secure_server_) secure_server_->close();
      for (const auto& socket : sockets_) socket->destroy();
    });
  }

 private:
  void add_client() {
    if (!server_->listening()) return;
    ConnectOptions options;
    options.port = server_->address()->port;
    options.host = "127.0.0.1";
    options.socket.allow_half_open = chance(50);
    if (chance(10)) options.port = 1;  // a port without a listener
    const Ref<Socket> socket = connect(loop, std::move(options));
    use(*socket, "client");
    if (chance(10)) socket->once<Connect>([this, socket] { act_on(*socket); });
  }

  void add_secure_client() {
    if (!secure_server_->listening()) return;
    tls::ConnectOptions options;
    options.port =
        chance(90) ? secure_server_->address()->port : 1;  // or a port without a listener
    options.host = "127.0.0.1";
    options.allow_half_open = chance(50);
    if (chance(90)) options.secure_context = trusted_;
    use(*tls::connect(loop, std::move(options)), "TLS client");
  }

  void use(Connection& socket, const std::string& name) {
    const Ref<Connection> kept(&socket);
    sockets_.push_back(kept);
    lives.watch(socket, name);
    if (chance(60)) socket.resume();
    if (chance(20)) socket.on<Data>([] {});
    for (std::size_t i = 0; i <= pick(6); ++i) sometime([this, kept] { act_on(*kept); });
    if (chance(5)) socket.once<End>([] { throw std::runtime_error("a listener threw"); });
    if (chance(30)) socket.once<End>([this, kept] { act_on(*kept); });
    if (chance(30)) socket.once<Drain>([this, kept] { act_on(*kept); });
    if (chance(10)) socket.once<Finish>([this, kept] { act_on(*kept); });
    if (chance(10)) socket.once<Close>([this, kept] { act_on(*kept); });
  }

  void act_on(Connection& socket) {
    switch (pick(13)) {
      case 0:
        return static_cast<void>(socket.destroy({}, lives.callback("destroy")));
      case 1:
        return static_cast<void>(
            socket.destroy(Error(Errc::aborted), lives.callback("destroy(error)")));
      case 2:
        return static_cast<void>(socket.reset_and_destroy());
      case 3:
        return static_cast<void>(socket.end());
      case 4:
        return static_cast<void>(socket.end(bytes()));
      case 5:
        return socket.destroy_soon();
      case 6:
        return static_cast<void>(socket.pause());
      case 7:
        return static_cast<void>(socket.resume());
      case 8:
        socket.cork();
        return sometime([kept = Ref<Connection>(&socket)] { kept->uncork(); });
      case 9:
        return static_cast<void>(socket.pipe(Ref<Connection>(&socket)));
      case 10:
        if (sockets_.empty()) return;
        return static_cast<void>(socket.pipe(sockets_[pick(sockets_.size())]));
      default:
        return static_cast<void>(socket.write(bytes(), lives.callback("write")));
    }
  }

  Ref<Server> server_;
  Ref<tls::SecureContext> trusted_;
  Ref<tls::Server> secure_server_;
  std::vector<Ref<Connection>> sockets_;
};

TEST(RandomSocketProgramsTest, EndEachSocketWithOneClose) {
  test::run_random_programs<SocketProgram>(300, 4);
}

TEST(RandomSocketProgramsTest, EndEachSocketWithOneCloseOverTls) {
  const test::Authority authority;
  const test::Identity identity = authority.issue();
  test::run_random_programs<SocketProgram>(100, 4, authority, identity);
}

}  // namespace
}  // namespace weir::net
