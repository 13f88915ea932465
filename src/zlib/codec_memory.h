// The memory of encoders whose libraries do not survive a failed allocation: brotli's calls exit(),
// zstd's up to version 1.5.4 dereferences null if it has a dictionary.
//
// A failed allocation leaves the library's call with longjmp instead. The encoder cannot be
// destroyed after that, so its memory is freed block by block.
#pragma once

#include <csetjmp>
#include <cstddef>

namespace weir::zlib {

class CodecMemory {
 public:
  CodecMemory() = default;
  CodecMemory(const CodecMemory&) = delete;
  CodecMemory& operator=(const CodecMemory&) = delete;
  ~CodecMemory() { free_all(); }

  // Calls `use`, which calls the library and has no objects to destroy. Returns false if an
  // allocation failed; all memory is freed then.
  template <class Use>
  bool run(Use use) noexcept {
    return run([](void* how) { (*static_cast<Use*>(how))(); }, &use);
  }

  void free_all() noexcept;

  // The signature that brotli and zstd require; `memory` is a CodecMemory.
  static void* allocate(void* memory, std::size_t size);
  static void free(void* memory, void* address) noexcept;

 private:
  struct alignas(std::max_align_t) Block {
    Block* before;
    Block* after;
  };

  bool run(void (*use)(void*), void* how) noexcept;

  Block* blocks_ = nullptr;
  std::jmp_buf* failed_ = nullptr;  // the target of a failed allocation during run
};

}  // namespace weir::zlib
