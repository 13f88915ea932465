// Hands a connection over to another protocol: a listener owns it afterwards.
#pragma once

#include <weir/base/buffer.h>
#include <weir/http/incoming_message.h>
#include <weir/net/connection.h>

#include <string_view>
#include <utility>

namespace weir::http {

// Emits ForConnect if `method` is CONNECT, else ForUpgrade. `head` holds the bytes after the
// message. The connection stays paused until its new owner resumes it. Returns false without a
// listener.
template <class ForConnect, class ForUpgrade, class Emitter>
bool emit_hand_over(Emitter& emitter, std::string_view method, IncomingMessage& message,
                    net::Connection& connection, Buffer head) {
  connection.stop_flowing();
  if (method == "CONNECT") return emitter.emit(ForConnect{message, connection, std::move(head)});
  return emitter.emit(ForUpgrade{message, connection, std::move(head)});
}

}  // namespace weir::http
