#include <weir/net/connection.h>

namespace weir::net {

void Connection::destroy_soon() {
  const Pin alive(*this);
  if (writable()) end();
  if (writable_finished())
    destroy();
  else
    once<Finish>([this] { destroy(); });
}

}  // namespace weir::net
