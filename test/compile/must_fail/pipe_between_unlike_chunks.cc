#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>

#include <string>

void connect(weir::Ref<weir::ObjectReadable<int>> rows,
             weir::Ref<weir::ObjectWritable<int>> numbers,
             weir::Ref<weir::ObjectWritable<std::string>> texts) {
  rows->pipe(numbers);
#ifdef WEIR_MUST_FAIL
  rows->pipe(texts);
#endif
  (void)texts;
}
