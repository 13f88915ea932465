#include "nats/connecting.h"

#include "nats/errors.h"
#include "nats/link.h"

#include <system_error>
#include <thread>
#include <utility>

#include <nats/nats.h>

namespace weir::nats::internal {
namespace {

void connect(const std::shared_ptr<Bridge>& bridge, const std::vector<OwnedOptions>& attempts) {
  natsConnection* made = nullptr;
  natsStatus status = NATS_NO_SERVER;
  std::string detail;
  for (const OwnedOptions& options : attempts) {
    const natsStatus outcome = natsConnection_Connect(&made, options.get());
    // The refusal of one server says more than that no other one could be reached.
    if (outcome == NATS_NO_SERVER && status != NATS_NO_SERVER) continue;
    status = outcome;
    const char* const words = status == NATS_OK ? nullptr : nats_GetLastError(nullptr);
    detail = words ? words : "";
    if (status == NATS_OK) break;
  }
  OwnedConnection connection(made);
  if (!made) bridge->forget();
  bridge->post(
      [connection = std::move(connection), status, detail = std::move(detail)](Link& link) mutable {
        link.on_connected(std::move(connection), status, detail);
      });
}

}  // namespace

void start_connecting(const std::shared_ptr<Bridge>& bridge, std::vector<OwnedOptions> options) {
  for (const OwnedOptions& attempt : options) {
    const natsStatus status = bridge->attach_to(attempt.get());
    if (status == NATS_OK) continue;
    bridge->forget();
    throw from_nats(status, "connect");
  }
  try {
    std::thread([bridge, options = std::move(options)] {
      connect(bridge, options);
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
