#include "net/socket_settings.h"

#include "net/errors.h"

namespace weir::net {

SocketSettings::SocketSettings(const SocketOptions& options)
    : no_delay(options.no_delay),
      keep_alive{.on = options.keep_alive, .delay = options.keep_alive_initial_delay},
      type_of_service(options.type_of_service),
      reset_unless_ended(options.reset_unless_ended) {}

void SocketSettings::apply_to(Descriptor& descriptor) const {
  if (reset_unless_ended)
    if (const int error = descriptor.reset_on_close(true); error != 0)
      throw failed("setsockopt", error);
  if (no_delay) descriptor.set_no_delay(true);
  if (keep_alive.on) descriptor.set_keep_alive(keep_alive);
  // Ignored: a refusal affects only the packets' priority.
  if (type_of_service) static_cast<void>(descriptor.set_type_of_service(*type_of_service));
  if (!referenced) descriptor.unref();
}

}  // namespace weir::net
