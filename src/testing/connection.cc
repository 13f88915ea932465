#include <weir/testing/connection.h>

#include "net/socket_transport.h"
#include "testing/simulated_descriptor.h"

#include <utility>

namespace weir::test {

Connected connect(Loop& loop, const ConnectOptions& options) {
  auto [client, server] =
      SimulatedDescriptor::connect(loop, options.network, options.seed, options.log);
  const auto socket_on = net::SocketTransport::socket_on;
  return {socket_on(loop, options.client, std::move(client)),
          socket_on(loop, options.server, std::move(server))};
}

}  // namespace weir::test
