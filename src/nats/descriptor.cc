#include "nats/descriptor.h"

#include <unistd.h>

namespace weir::nats::internal {

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace weir::nats::internal
