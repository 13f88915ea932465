// A small write allocates no memory. Counts allocations with its own operator new.

#include "fs/write_routes.h"
#include "support/sanitizer.h"
#include <weir/fs/write_stream.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace {

thread_local std::size_t allocations = 0;

#if WEIR_TEST_ADDRESS_SANITIZER || WEIR_TEST_THREAD_SANITIZER
constexpr bool kCounts = false;  // a sanitizer has operators of its own

}  // namespace
#else
constexpr bool kCounts = true;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  // aligned_alloc requires a multiple of the alignment, and not 0.
  const std::size_t rounded = std::max((size + alignment - 1) / alignment, std::size_t{1});
  if (void* memory = std::aligned_alloc(alignment, rounded * alignment)) return memory;
  throw std::bad_alloc();
}

// Not inlined: GCC would warn of a mismatch of new and free.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
#endif

namespace weir::fs {
namespace {

constexpr std::int64_t kMark = 16384;
constexpr std::string_view kLine = "Line 123456\n";

// Each way to write a line, by its name.
using WriteLine = bool (*)(WriteStream&);
struct Way {
  const char* name;
  WriteLine write;
};

constexpr Way kWays[] = {
    {"text", [](WriteStream& stream) { return stream.write(kLine); }},
    {"bytes", [](WriteStream& stream) { return stream.write(std::as_bytes(std::span(kLine))); }},
    {"Buffer", [](WriteStream& stream) { return stream.write(Buffer::literal(kLine)); }},
    {"print", [](WriteStream& stream) { return stream.print("Line {}\n", 123456); }},
};

class AllocationTest : public test::RouteTest {
 protected:
  AllocationTest() { files->forget_content(); }
  void SetUp() override {
    if (!kCounts) GTEST_SKIP() << "a sanitizer allocates";
  }

  Ref<WriteStream> open_stream() {
    options.file_ops = files;
    auto stream = create_write_stream(loop, "x", routed(options));
    loop.run();
    return stream;
  }

  // Fills some buffers, so that the memory kept for reuse exists.
  void warm_up(WriteStream& stream, WriteLine write) {
    for (int buffer = 0; buffer < 20; ++buffer) {
      while (write(stream)) {
      }
      loop.run();
    }
  }

  WriteStreamOptions options{.high_water_mark = kMark};
};

TEST_P(AllocationTest, ALineThatDoesNotFillTheBufferAllocatesNothing) {
  for (const auto& [name, write] : kWays) {
    auto stream = open_stream();
    warm_up(*stream, write);
    write(*stream);  // asks for the tick
    const std::size_t before = allocations;
    for (std::size_t i = 2; i < kMark / kLine.size(); ++i) ASSERT_TRUE(write(*stream));
    EXPECT_EQ(allocations - before, 0u) << name;
    stream->end();
    loop.run();
  }
}

TEST_P(AllocationTest, NeitherDoesTheFirstLineOfATurn) {
  for (const auto& [name, write] : kWays) {
    auto stream = open_stream();
    warm_up(*stream, write);
    const std::size_t before = allocations;
    write(*stream);
    EXPECT_EQ(allocations - before, 0u) << name;
    stream->end();
    loop.run();
  }
}

TEST_P(AllocationTest, NeitherDoLinesAfterAWriteInProgress) {
  for (const auto& [name, write] : kWays) {
    auto stream = open_stream();
    warm_up(*stream, write);
    write(*stream);
    files->hold_writes();
    loop.run();
    ASSERT_TRUE(files->holds_any());
    write(*stream);
    const std::size_t before = allocations;
    for (std::size_t i = 0; i < 100; ++i) write(*stream);
    EXPECT_EQ(allocations - before, 0u) << name;
    files->release();
    loop.run();
    stream->destroy();
    loop.run();
  }
}

TEST_P(AllocationTest, AFilledBufferAllocatesAFewTimesHoweverManyLinesItHas) {
  constexpr std::size_t kMostABuffer = 8;
  constexpr std::size_t kLines = 50'000;
  for (const auto& [name, write] : kWays) {
    auto stream = open_stream();
    warm_up(*stream, write);
    std::size_t left = kLines;
    Function<void()> go_on = [&] {
      while (left > 0) {
        --left;
        if (!write(*stream)) return;
      }
      stream->end();
    };
    stream->on<Drain>([&] { go_on(); });
    const std::size_t before = allocations;
    const std::size_t calls = files->count("write");
    go_on();
    loop.run();
    const std::size_t buffers = files->count("write") - calls;
    EXPECT_EQ(buffers, kLines / ((kMark + kLine.size() - 1) / kLine.size()) + 1);
    EXPECT_LE(allocations - before, kMostABuffer * buffers) << name;
  }
}

TEST_P(AllocationTest, TheSystemsFilesAllocateNoMore) {
  constexpr std::size_t kMostABuffer = 8;
  for (const auto& [name, write] : kWays) {
    auto stream = make_real({.high_water_mark = kMark});
    std::size_t left = 20'000;
    std::size_t refused = 0;
    Function<void()> go_on = [&] {
      for (; left > 0; --left)
        if (!write(*stream)) return void(++refused);
      stream->end();
    };
    stream->on<Drain>([&] { go_on(); });
    go_on();
    const std::size_t before = allocations;
    loop.run();
    EXPECT_LE(allocations - before, kMostABuffer * refused + 100) << name;
  }
}

WEIR_ON_EVERY_ROUTE(AllocationTest);

}  // namespace
}  // namespace weir::fs
