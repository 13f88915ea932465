// In place of the nats_ sources, where weir is built without NATS: parse_endpoint refuses nats://.
#include "weir/nats.h"

namespace tool {

const bool kHasNats = false;

std::unique_ptr<Target> make_nats_target(weir::Loop&, const Endpoint&, const CopyOptions&) {
  return nullptr;
}
weir::Ref<weir::Readable> open_nats(weir::Loop&, const Endpoint&, const CopyOptions&) {
  return nullptr;
}
std::string file_name_of_object(const Endpoint&) { return {}; }
void continue_on_nats(CopyOptions&) {}
bool is_durable(const Endpoint&) { return false; }
int copy_durable(const CopyOptions&) { return 0; }

}  // namespace tool
