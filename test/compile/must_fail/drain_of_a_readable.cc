#include <weir/stream/duplex.h>

void listen(weir::Readable& readable, weir::Duplex& duplex) {
  duplex.on<weir::Drain>([] {});
  readable.on<weir::End>([] {});
#ifdef WEIR_MUST_FAIL
  readable.on<weir::Drain>([] {});
#endif
}
