#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>

#include <memory>
#include <vector>

// A sink with correct overrides compiles, whether they are overloaded or not.
struct Right : weir::Sink {
  void construct(weir::Done done) override { done(); }
  void write(weir::Chunk, weir::Done done) noexcept override { done(); }
  void write(int) {}
  void writev(weir::Batch, weir::Done done) override { done(); }
  void final(weir::Done done) override { done(); }
  void destroy(weir::Error error, weir::Done done) override { done(error); }
  bool takes_ranges() override { return false; }
};
struct Heir : Right {};

template <class S>
void make(weir::TickQueue& ticks) {
  weir::Writable::make(ticks, std::make_unique<S>());
}
template void make<Right>(weir::TickQueue&);
template void make<Heir>(weir::TickQueue&);

#ifndef WEIR_MUST_FAIL
#define WEIR_MUST_FAIL 0
#endif

#if WEIR_MUST_FAIL == 1  // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  void write(weir::Chunk, weir::Done& done) { done(); }
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 2   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  void write(const weir::Chunk&, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 3   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  void write(weir::Chunk, weir::Done) const {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 4   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  void write(auto chunk, auto done);
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 5   // should be: void write(weir::Chunk chunk, weir::Done done) override
class Wrong : public weir::Sink {
  void write(weir::Chunk, weir::Done&) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 6   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  void write(weir::Chunk) {}
  void write(weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 7   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : Right {
  void write(weir::Buffer, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 8   // should be: void write(weir::Chunk chunk, weir::Done done) override
struct Wrong : weir::Sink {
  static void write(weir::Chunk) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 9   // should be: void writev(weir::Batch batch, weir::Done done) override
struct Wrong : weir::Sink {
  void writev(std::vector<weir::Chunk>, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 10  // should be: void final(weir::Done done) override
struct Wrong : Right {
  void final() {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 11  // should be: void construct(weir::Done done) override
struct Wrong : Right {
  void construct(weir::Done&) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 12  // should be: void destroy(weir::Error error, weir::Done done) override
struct Wrong : Right {
  void destroy(const weir::Error&, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 13  // should be: bool takes_ranges() override
struct Wrong : Right {
  bool takes_ranges() const { return true; }
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 14  // of an ObjectSink<T> with T
struct Wrong : weir::ObjectSink<int> {
  void write(const int&, weir::Done) {}
};
void wrong(weir::TickQueue& ticks) {
  weir::ObjectWritable<int>::make(ticks, std::make_unique<Wrong>());
}
#elif WEIR_MUST_FAIL == 15  // pass the sink as its own class
void wrong(weir::TickQueue& ticks, std::unique_ptr<weir::Sink> sink) {
  weir::Writable::make(ticks, std::move(sink));
}
#endif
