#include "nats/bridge.h"

#include "nats/errors.h"
#include "nats/link.h"

#include <fcntl.h>
#include <unistd.h>

namespace weir::nats::internal {

namespace {

// Newer versions of cnats leave closing the socket to the adapter that watches it.
template <class Socket>
void close_socket([[maybe_unused]] Socket& socket) noexcept {
  if constexpr (requires { natsConnection_ProcessCloseEvent(&socket); })
    natsConnection_ProcessCloseEvent(&socket);
}

}  // namespace

thread_local Bridge* Bridge::current_ = nullptr;

// Neither cnats nor the Link uses the connection any more.
Bridge::~Bridge() { close_socket(socket_); }

natsStatus Bridge::attach_to(natsOptions* options) {
  natsStatus status =
      natsOptions_SetEventLoop(options, this, on_attach, on_read, on_write, on_detach);
  if (status == NATS_OK)
    status = natsOptions_SetDiscoveredServersCB(options, on_servers_changed, this);
  if (status == NATS_OK) status = natsOptions_SetClosedCB(options, on_closed, this);
  if (status == NATS_OK) status = natsOptions_SetErrorHandler(options, on_error, this);
  if (status == NATS_OK) self_ = shared_from_this();
  return status;
}

void Bridge::forget() noexcept { const std::shared_ptr<Bridge> last = std::move(self_); }

void Bridge::count_last_call() noexcept {
  if (--last_calls_ == 0) forget();
}

// The Link watches a duplicate: cnats closes its own descriptor while the loop may still watch, and
// the number would soon be another socket's.
natsStatus Bridge::on_attach(void** user, void* loop, natsConnection* connection, natsSock socket) {
  auto& bridge = *static_cast<Bridge*>(loop);
  *user = loop;
  const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return NATS_SYS_ERROR;
  bridge.socket_ = socket;
  ++bridge.last_calls_;
  bridge.post([watched = Descriptor(duplicate), connection](Link& link) mutable {
    link.on_attached(connection, std::move(watched));
  });
  return NATS_OK;
}

natsStatus Bridge::on_read(void* user, bool add) {
  static_cast<Bridge*>(user)->pass([add](Link& link) { link.on_wants_to_read(add); });
  return NATS_OK;
}

natsStatus Bridge::on_write(void* user, bool add) {
  static_cast<Bridge*>(user)->pass([add](Link& link) { link.on_wants_to_write(add); });
  return NATS_OK;
}

natsStatus Bridge::on_detach(void* user) {
  auto& bridge = *static_cast<Bridge*>(user);
  bridge.pass([](Link& link) { link.on_detached(); });
  bridge.count_last_call();
  return NATS_OK;
}

void Bridge::on_servers_changed(natsConnection*, void* closure) {
  static_cast<Bridge*>(closure)->post([](Link& link) { link.on_servers_changed(); });
}

void Bridge::on_closed(natsConnection* connection, void* closure) {
  auto& bridge = *static_cast<Bridge*>(closure);
  const char* words = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &words);
  bridge.post([status, detail = std::string(words ? words : "")](Link& link) {
    link.on_closed(status, detail);
  });
  bridge.count_last_call();
}

void Bridge::on_error(natsConnection* connection, natsSubscription*, natsStatus error,
                      void* closure) {
  const char* words = nullptr;
  natsConnection_GetLastError(connection, &words);
  static_cast<Bridge*>(closure)->post([error, detail = std::string(words ? words : "")](
                                          Link& link) { link.on_error(error, detail); });
}

}  // namespace weir::nats::internal
