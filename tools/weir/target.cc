#include "weir/target.h"

#include "weir/file_target.h"
#include "weir/nats.h"
#include "weir/socket_target.h"
#include "weir/web.h"

namespace tool {

std::unique_ptr<Target> make_target(weir::Loop& loop, const Endpoint& endpoint, mode_t mode,
                                    const CopyOptions& options) {
  if (endpoint.is_socket()) return std::make_unique<SocketTarget>(loop, endpoint, options);
  if (endpoint.is_web()) return std::make_unique<WebTarget>(loop, endpoint, options);
  if (endpoint.is_nats()) return make_nats_target(loop, endpoint, options);
  return std::make_unique<FileTarget>(loop, endpoint, mode, options);
}

}  // namespace tool
