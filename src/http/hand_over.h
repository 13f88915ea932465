// The end of HTTP on a connection: another protocol follows, and a listener owns the connection.
#pragma once

#include <weir/base/buffer.h>
#include <weir/http/incoming_message.h>
#include <weir/net/connection.h>

#include <string_view>
#include <utility>

namespace weir::http {

// Emits ForConnect where `method` is CONNECT, else ForUpgrade; `head` is what came after the
// message. The connection does not flow until its new owner has it do so. False: no listener.
template <class ForConnect, class ForUpgrade, class Emitter>
bool emit_hand_over(Emitter& emitter, std::string_view method, IncomingMessage& message,
                    net::Connection& connection, Buffer head) {
  connection.stop_flowing();
  if (method == "CONNECT") return emitter.emit(ForConnect{message, connection, std::move(head)});
  return emitter.emit(ForUpgrade{message, connection, std::move(head)});
}

}  // namespace weir::http
