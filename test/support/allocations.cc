#include "support/allocations.h"

#include "support/sanitizer.h"

#if WEIR_TEST_ADDRESS_SANITIZER || WEIR_TEST_THREAD_SANITIZER

namespace weir::test {

bool counts_allocations() noexcept { return false; }
std::size_t allocations() noexcept { return 0; }

}  // namespace weir::test

#else

#include <atomic>
#include <cstdlib>
#include <new>

namespace weir::test {
namespace {

std::atomic<std::size_t> count;

void* allocate(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

bool counts_allocations() noexcept { return true; }
std::size_t allocations() noexcept { return count.load(std::memory_order_relaxed); }

}  // namespace weir::test

// The other forms of `new` call this one.
void* operator new(std::size_t size) { return weir::test::allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif
