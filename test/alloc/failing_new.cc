#include "support/failing_new.h"

#include <cstdlib>
#include <new>

namespace weir::test {
namespace {

constinit FailingNew only;
thread_local constinit bool is_armed = false;

void* allocate(std::size_t size, std::size_t alignment) {
  if (only.may_allocate()) {
    const std::size_t whole = (size + alignment - 1) / alignment * alignment;
    void* const memory = alignment > alignof(std::max_align_t)
                             ? std::aligned_alloc(alignment, whole)
                             : std::malloc(size > 0 ? size : 1);
    if (memory) return memory;
    only.freed();
  }
  throw std::bad_alloc();
}

void release(void* memory) noexcept {
  if (!memory) return;
  only.freed();
  std::free(memory);
}

}  // namespace

FailingNew& failing_new() noexcept { return only; }

void FailingNew::arm(std::size_t at, Shortage shortage) noexcept {
  left_ = at - 1;
  shortage_ = shortage;
  failed_ = false;
  is_armed = true;
}

void FailingNew::disarm() noexcept { is_armed = false; }

bool FailingNew::may_allocate() noexcept {
  if (is_armed) {
    if (left_ == 0) {
      failed_ = true;
      if (shortage_ == Shortage::once) is_armed = false;
      if (trace_) trace_();
      return false;
    }
    --left_;
  }
  ++live_;
  return true;
}

}  // namespace weir::test

// The other forms of `new` and `delete` call these.
void* operator new(std::size_t size) { return weir::test::allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return weir::test::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { weir::test::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { weir::test::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { weir::test::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  weir::test::release(memory);
}
