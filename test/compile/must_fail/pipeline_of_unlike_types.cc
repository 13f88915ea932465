#include <weir/stream/pipeline.h>
#include <weir/stream/transform.h>

void connect(weir::Ref<weir::Readable> bytes,
             weir::Ref<weir::ObjectTransform<weir::Chunk, int>> parse,
             weir::Ref<weir::ObjectTransform<int, weir::Chunk>> print,
             weir::Ref<weir::Writable> file) {
  weir::pipeline(bytes, parse, print, file, [](const weir::Error&) {});
#ifdef WEIR_MUST_FAIL
  weir::pipeline(bytes, parse, file, [](const weir::Error&) {});
#endif
}
