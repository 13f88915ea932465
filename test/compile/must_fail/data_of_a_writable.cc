#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

void listen(weir::Readable& readable, weir::Writable& writable) {
  readable.on<weir::Data>([](const weir::Data&) {});
  writable.on<weir::Drain>([] {});
#ifdef WEIR_MUST_FAIL
  writable.on<weir::Data>([](const weir::Data&) {});
#endif
}
