#include "net/handshake_limit.h"

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/net/tls_errors.h>

namespace weir::tls {
namespace {

void begin(Loop& loop, Socket& socket, std::chrono::milliseconds limit) {
  const Ref<Timer> timer = loop.set_timeout(limit, [socket = Ref<Socket>(&socket)] {
    if (socket->secure_connecting()) socket->destroy(Errc::handshake_timeout);
  });
  timer->unref();  // the connection alone decides whether the loop keeps running
  socket.once<SecureConnect>([timer] { timer->clear(); });
  socket.once<Close>([timer] { timer->clear(); });
}

}  // namespace

void limit_handshake(Loop& loop, Socket& socket, std::chrono::milliseconds limit) {
  if (limit.count() == 0) return;
  if (socket.connecting())
    socket.once<net::Connect>([&loop, &socket, limit] { begin(loop, socket, limit); });
  else
    begin(loop, socket, limit);
}

}  // namespace weir::tls
