#include "nats/connecting.h"

#include "nats/errors.h"
#include "nats/link.h"

#include <system_error>
#include <thread>
#include <utility>

#include <nats/nats.h>

namespace weir::nats::internal {
namespace {

void connect(const std::shared_ptr<Bridge>& bridge, natsOptions* options) {
  natsConnection* made = nullptr;
  natsStatus status = natsConnection_Connect(&made, options);
  OwnedConnection connection(made);
  const char* words = status == NATS_OK ? nullptr : nats_GetLastError(nullptr);
  std::string detail = words ? words : "";
  if (!made) bridge->forget();
  bridge->post(
      [connection = std::move(connection), status, detail = std::move(detail)](Link& link) mutable {
        link.on_connected(std::move(connection), status, detail);
      });
}

}  // namespace

void start_connecting(const std::shared_ptr<Bridge>& bridge, OwnedOptions options) {
  const natsStatus status = bridge->attach_to(options.get());
  if (status != NATS_OK) {
    bridge->forget();
    throw from_nats(status, "connect");
  }
  try {
    std::thread([bridge, options = std::move(options)] {
      connect(bridge, options.get());
      nats_ReleaseThreadMemory();
    }).detach();
  } catch (const std::system_error& error) {
    bridge->forget();
    throw Error::system(error.code().value(), "pthread_create");
  } catch (...) {  // std::bad_alloc
    bridge->forget();
    throw;
  }
}

std::string random_name() {
  natsInbox* inbox = nullptr;
  if (const natsStatus status = natsInbox_Create(&inbox); status != NATS_OK)
    throw from_nats(status, "inbox");
  std::string name(inbox);
  natsInbox_Destroy(inbox);
  return name.substr(name.rfind('.') + 1);
}

}  // namespace weir::nats::internal
