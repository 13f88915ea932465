#include "weir/nats.h"

#include "weir/nats_place.h"
#include "weir/nats_target.h"

namespace tool {

const bool kHasNats = true;

std::unique_ptr<Target> make_nats_target(weir::Loop& loop, const Endpoint& endpoint,
                                         const CopyOptions& options) {
  return std::make_unique<NatsTarget>(loop, endpoint, options);
}

bool is_durable(const Endpoint& source) {
  return source.is_nats() && !parse_nats(source.name).durable.empty();
}

}  // namespace tool
