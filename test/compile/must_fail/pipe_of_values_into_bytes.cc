#include <weir/stream/object_readable.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

void connect(weir::Ref<weir::Readable> bytes, weir::Ref<weir::ObjectReadable<int>> rows,
             weir::Ref<weir::Writable> file) {
  bytes->pipe(file);
#ifdef WEIR_MUST_FAIL
  rows->pipe(file);
#endif
  (void)rows;
}
