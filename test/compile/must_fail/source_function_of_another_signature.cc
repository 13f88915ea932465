#include <weir/stream/duplex.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/readable.h>

#include <cstddef>
#include <memory>

struct Right : weir::Source {
  void read(weir::Readable& stream, std::size_t) override { stream.push(nullptr); }
};
struct Both : weir::Source, weir::Sink {
  void read(weir::Readable&, std::size_t) override {}
  void write(weir::Chunk, weir::Done done) override { done(); }
};

template <class S>
void make(weir::TickQueue& ticks) {
  if constexpr (std::derived_from<S, weir::Sink>)
    weir::Duplex::make(ticks, std::make_unique<S>());
  else
    weir::Readable::make(ticks, std::make_unique<S>());
}
template void make<Right>(weir::TickQueue&);
template void make<Both>(weir::TickQueue&);

#ifndef WEIR_MUST_FAIL
#define WEIR_MUST_FAIL 0
#endif

#if WEIR_MUST_FAIL == 1  // should be: void read(weir::Readable& stream, std::size_t size) override
struct Wrong : weir::Source {
  void read(weir::Readable&) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == \
    2  // should be: void read(weir::Readable& stream, std::size_t size) override
struct Wrong : weir::Source {
  void read(weir::Readable&, int) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 3  // should be: void construct(weir::Done done) override
struct Wrong : Right {
  void construct() {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 4  // should be: void destroy(weir::Error error, weir::Done done) override
struct Wrong : Right {
  void destroy(weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == \
    5  // should be: void read(weir::Readable& stream, std::size_t size) override
struct Wrong : Both {
  void read(weir::Duplex&, std::size_t) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 6  // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : Both {
  void write(weir::Chunk, weir::Done&) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 7  // of an ObjectSource<T> with weir::ObjectReadable<T>&
struct Wrong : weir::ObjectSource<int> {
  void read(weir::Readable&, std::size_t) {}
};
void wrong(weir::TickQueue& ticks) {
  weir::ObjectReadable<int>::make(ticks, std::make_unique<Wrong>());
}
#elif WEIR_MUST_FAIL == 8  // pass the source as its own class
void wrong(weir::TickQueue& ticks, std::unique_ptr<weir::Source> source) {
  weir::Readable::make(ticks, std::move(source));
}
#endif
