#include <weir/stream/object_writable.h>
#include <weir/stream/transform.h>

#include <cstddef>

void right(weir::TickQueue& ticks) {
  weir::Writable::make(ticks, {.write = [](const weir::Chunk&, weir::Done done) { done(); }});
  weir::Readable::make(ticks, {.read = [](auto& stream, auto) { stream.push(nullptr); }});
  weir::Duplex::make(ticks, {.construct = nullptr, .final = [](weir::Done done) { done(); }});
}

#ifndef WEIR_MUST_FAIL
#define WEIR_MUST_FAIL 0
#endif

void wrong(weir::TickQueue& ticks) {
  (void)ticks;

#if WEIR_MUST_FAIL == 1  // should have the signature
  weir::Writable::make(ticks, {.write = [](weir::Chunk, weir::Done& done) { done(); }});
#elif WEIR_MUST_FAIL == 2   // should have the signature
  weir::Writable::make(ticks, {.write = [](weir::Chunk) {}});
#elif WEIR_MUST_FAIL == 3   // should have the signature
  weir::Writable::make(ticks, {.writev = [](weir::Chunk, weir::Done) {}});
#elif WEIR_MUST_FAIL == 4   // should have the signature
  weir::Writable::make(ticks, {.final = [] {}});
#elif WEIR_MUST_FAIL == 5   // should have the signature
  weir::Writable::make(ticks, {.construct = [](weir::Done&) {}});
#elif WEIR_MUST_FAIL == 6   // should have the signature
  weir::Writable::make(ticks, {.destroy = [](weir::Done) {}});
#elif WEIR_MUST_FAIL == 7   // should have the signature
  weir::ObjectWritable<int>::make(ticks, {.write = [](int*, weir::Done) {}});
#elif WEIR_MUST_FAIL == 8   // should have the signature
  weir::Readable::make(ticks, {.read = [](weir::Readable&) {}});
#elif WEIR_MUST_FAIL == 9   // should have the signature
  weir::Duplex::make(ticks, {.read = [](weir::Duplex&, std::size_t) {}});
#elif WEIR_MUST_FAIL == 10  // should have the signature
  weir::Duplex::make(ticks, {.write = [](weir::Chunk, weir::Done&) {}});
#elif WEIR_MUST_FAIL == 11  // should have the signature
  weir::Transform::make(ticks, {.transform = [](weir::Chunk, weir::Done) {}});
#elif WEIR_MUST_FAIL == 12  // should have the signature
  weir::Transform::make(ticks, {.flush = [](weir::Done) {}});
#elif WEIR_MUST_FAIL == 13  // should have the signature
  weir::Transform::make(ticks, {.final = [](weir::Done) {}});
#endif
}
