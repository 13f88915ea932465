#include <weir/stream/transform.h>

#include <memory>

struct Right : weir::Transformer {
  void transform(weir::Transform& stream, weir::Chunk chunk, weir::Done done) override {
    stream.push(chunk);
    done();
  }
};

template <class T>
void make(weir::TickQueue& ticks) {
  weir::Transform::make(ticks, std::make_unique<T>());
}
template void make<Right>(weir::TickQueue&);

#ifndef WEIR_MUST_FAIL
#define WEIR_MUST_FAIL 0
#endif

#if WEIR_MUST_FAIL == 1  // should be: void transform(weir::Transform& stream, weir::Chunk chunk,
                         // weir::Done done) override
struct Wrong : weir::Transformer {
  void transform(weir::Chunk, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == \
    2  // should be: void flush(weir::Transform& stream, weir::Done done) override
struct Wrong : Right {
  void flush(weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == \
    3  // should be: void final(weir::Transform& stream, weir::Done done) override
struct Wrong : Right {
  void final(weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 4  // should be: void read(weir::Transform& stream) override
struct Wrong : Right {
  void read() {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 5  // should be: void construct(weir::Done done) override
struct Wrong : Right {
  void construct(weir::Transform&, weir::Done) {}
};
template void make<Wrong>(weir::TickQueue&);
#elif WEIR_MUST_FAIL == 6  // should be: void destroy(weir::Error error, weir::Done done) override
struct Wrong : Right {
  void destroy(weir::Error) {}
};
template void make<Wrong>(weir::TickQueue&);
#endif
