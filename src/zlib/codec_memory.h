// The memory of an encoder whose library does not bear that an allocation fails: brotli's calls
// exit(), zstd's up to version 1.5.4 reads through null where it has a dictionary.
//
// Here such an allocation leaves the library's call by longjmp instead. The encoder is then in no
// state to be destroyed, so its memory is freed block by block, as it is in the end.
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

  // Calls `use`, which calls the library and has nothing to destroy. False: an allocation failed,
  // and all that was allocated here is freed.
  template <class Use>
  bool run(Use use) noexcept {
    return run([](void* how) { (*static_cast<Use*>(how))(); }, &use);
  }

  void free_all() noexcept;

  // In the shape that brotli and zstd want; `memory` is a CodecMemory.
  static void* allocate(void* memory, std::size_t size);
  static void free(void* memory, void* address) noexcept;

 private:
  struct alignas(std::max_align_t) Block {
    Block* before;
    Block* after;
  };

  bool run(void (*use)(void*), void* how) noexcept;

  Block* blocks_ = nullptr;
  std::jmp_buf* failed_ = nullptr;  // where an allocation that fails leaves to, during run
};

}  // namespace weir::zlib
