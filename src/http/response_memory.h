// ResponseMemory - the memory of a server's responses that are over, for the next ones. A response
// is larger than the blocks that malloc keeps at hand for each thread.
//
//   void* operator new(std::size_t size, ResponseMemory& memory) { return memory.take(size); }
//   void operator delete(void* memory) { ResponseMemory::give_back(memory); }
#pragma once

#include <weir/base/ref.h>

#include <cstddef>

// AddressSanitizer finds uses of responses that are over only if their memory is freed.
#if defined(__SANITIZE_ADDRESS__)
#define WEIR_KEEPS_RESPONSE_MEMORY 0
#elif defined(__has_feature)
#define WEIR_KEEPS_RESPONSE_MEMORY !__has_feature(address_sanitizer)
#else
#define WEIR_KEEPS_RESPONSE_MEMORY 1
#endif

namespace weir::http {

// Blocks that are in use own it.
class ResponseMemory final : public RefCounted {
 public:
  ResponseMemory() noexcept = default;
  ~ResponseMemory() override;

  // Aligned for every object. REQUIRES: `size` is the same in every call.
  void* take(std::size_t size);
  // `memory` is of take(), on the same thread.
  static void give_back(void* memory) noexcept;

  // The number of blocks that are kept for the next calls of take.
  std::size_t kept() const noexcept { return kept_; }
  static constexpr std::size_t kMostKept = WEIR_KEEPS_RESPONSE_MEMORY ? 16 : 0;

 private:
  struct alignas(std::max_align_t) Block {
    Ref<ResponseMemory> owner;  // null: free
    Block* next_free = nullptr;
  };

  static void destroy(Block* block) noexcept;

  Block* free_ = nullptr;
  std::size_t kept_ = 0;
};

}  // namespace weir::http
