#include "sim/http_peer.h"

#include "sim/pattern.h"
#include <weir/stream/events.h>

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace weir::sim {

using std::chrono::milliseconds;

HttpPeer::HttpPeer(World& world, unsigned number, const Peer& plan)
    : world_(world),
      plan_(plan),
      random_(plan.choice),
      name_(fmt::format("peer {}, {}", number, name_of(plan.behavior))) {}

void HttpPeer::start(const Ref<net::Socket>& socket) {
  socket_ = socket;
  world_.tell("{}: starts", name_);
  world_.count(fmt::format("peer {}", name_of(plan_.behavior)));
  const Token token = world_.token(name_);
  socket->on<Error>([this, token](const Error& error) {
    world_.require(world_.is_caused(error), "{}: an Error without a cause: {}", name_,
                   error.what());
  });
  socket->on<Close>([this, token] { world_.tell("{}: Close", name_); });
  if (plan_.behavior != Behavior::unread)
    socket->on<Data>([this, token](const Data& data) {
      received_ += data.chunk.text();
      constexpr std::string_view kBegin = "HTTP/1.1 ";
      const std::string_view begin = std::string_view(received_).substr(0, kBegin.size());
      world_.require(kBegin.starts_with(begin), "{}: the answer is no answer", name_);
    });

  switch (plan_.behavior) {
    case Behavior::pipelined:
      for (std::size_t count = random_.between(2, 40); count > 0; --count) {
        const std::size_t size = random_.pick({0, 10, 3'000, 20'000});
        to_send_ += fmt::format("GET /peer/{} HTTP/1.1\r\nHost: sim\r\n\r\n", size);
        expected_ += pattern_bytes(kPeerPattern, 0, size);
      }
      return send_pieces();
    case Behavior::garbage: {
      std::string garbage;
      for (std::size_t count = random_.between(20, 3'000); count > 0; --count)
        garbage += static_cast<char>(random_.below(256));
      return send(std::move(garbage));
    }
    case Behavior::cut_head:
      send(std::string("GET /peer/10 HTTP/1.1\r\nHost: sim\r\nX: y")
               .substr(0, random_.between(1, 38)));
      if (random_.chance(50)) static_cast<void>(socket_->end());
      return;
    case Behavior::slow_head:
      to_send_ = "GET /peer/10 HTTP/1.1\r\nHost: " + std::string(300, 's') + "\r\n\r\n";
      return send_slowly();
    case Behavior::huge_head:
      return send("GET /peer/10 HTTP/1.1\r\nHost: sim\r\nX: " + std::string(40'000, 'x') +
                  "\r\n\r\n");
    case Behavior::unread:
      for (int i = 0; i < 20; ++i) to_send_ += "GET /peer/20000 HTTP/1.1\r\nHost: sim\r\n\r\n";
      return send(std::exchange(to_send_, {}));
  }
}

void HttpPeer::send(std::string bytes) { socket_->write(std::move(bytes)); }

void HttpPeer::send_pieces() {
  if (to_send_.empty() || socket_->destroyed()) return;
  const std::size_t count = random_.between(1, to_send_.size());
  send(to_send_.substr(0, count));
  to_send_.erase(0, count);
  world_.loop().set_timeout(milliseconds(random_.between(1, 30)),
                            [this, token = world_.token(name_)] { send_pieces(); });
}

void HttpPeer::send_slowly() {
  if (!socket_ || to_send_.empty() || socket_->destroyed() || socket_->writable_ended()) return;
  send(to_send_.substr(0, 1));
  to_send_.erase(0, 1);
  world_.loop().set_timeout(milliseconds(2'000),
                            [this, token = world_.token(name_)] { send_slowly(); });
}

void HttpPeer::check_whole() {
  if (plan_.behavior == Behavior::unread) return;
  world_.require(socket_->destroyed(), "{}: its connection stays open: {}", name_,
                 socket_->status());
  if (plan_.behavior != Behavior::pipelined) return;
  std::string bodies;
  for (std::size_t at = 0; at < received_.size();) {
    const std::size_t body = received_.find("\r\n\r\n", at);
    const std::size_t length = received_.find("Content-Length: ", at);
    if (body == std::string::npos || length > body) break;
    const std::size_t size = std::stoul(received_.substr(length + 16));
    bodies += received_.substr(body + 4, size);
    at = body + 4 + size;
  }
  world_.require(bodies == expected_, "{}: {} bytes of answers, {} expected", name_, bodies.size(),
                 expected_.size());
}

void HttpPeer::end() {
  if (!socket_ || socket_->destroyed()) return;
  world_.cause("ECONNRESET");
  socket_->destroy();
}

}  // namespace weir::sim
