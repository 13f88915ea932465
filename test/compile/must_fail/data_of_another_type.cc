#include <weir/stream/object_readable.h>

void listen(weir::ObjectReadable<int>& numbers) {
  numbers.on<weir::DataOf<int>>([](const weir::DataOf<int>&) {});
#ifdef WEIR_MUST_FAIL
  numbers.on<weir::DataOf<long>>([](const weir::DataOf<long>&) {});
#endif
}
