#include "nats/connecting.h"

#include "nats/errors.h"
#include "nats/link.h"

#include <system_error>
#include <thread>
#include <utility>

#include <nats/nats.h>

namespace weir::nats::internal {
namespace {

// cnats 3.4 leaves out a signature whose first byte is 0, as one in 256 is, and the server refuses
// the user. Each connection signs another nonce: three in a row are one in 17 million.
constexpr int kMostSignatures = 3;

natsStatus connect_once(natsConnection** made, const ConnectAttempt& attempt) {
  natsStatus status = NATS_CONNECTION_AUTH_FAILED;
  const int most = attempt.signs ? kMostSignatures : 1;
  for (int i = 0; i < most && status == NATS_CONNECTION_AUTH_FAILED; ++i)
    status = natsConnection_Connect(made, attempt.options.get());
  return status;
}

void connect(const std::shared_ptr<Bridge>& bridge, const std::vector<ConnectAttempt>& attempts) {
  natsConnection* made = nullptr;
  natsStatus status = NATS_NO_SERVER;
  std::string detail;
  for (const ConnectAttempt& attempt : attempts) {
    const natsStatus outcome = connect_once(&made, attempt);
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

void start_connecting(const std::shared_ptr<Bridge>& bridge, std::vector<ConnectAttempt> attempts) {
  for (const ConnectAttempt& attempt : attempts) {
    const natsStatus status = bridge->attach_to(attempt.options.get());
    if (status == NATS_OK) continue;
    bridge->forget();
    throw from_nats(status, "connect");
  }
  try {
    std::thread([bridge, attempts = std::move(attempts)] {
      connect(bridge, attempts);
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
