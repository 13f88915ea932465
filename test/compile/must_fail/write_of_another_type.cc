#include <weir/stream/object_writable.h>

#include <memory>

void write(weir::ObjectWritable<std::unique_ptr<int>>& owners, std::unique_ptr<int> one) {
  owners.write(std::move(one));
#ifdef WEIR_MUST_FAIL
  owners.write(one);
#endif
}
