// Codec: compresses or decompresses spans of bytes. It is independent of streams.
//
// One thread at a time uses a codec, but the thread may change. So a codec uses no objects whose
// count is not atomic: no Buffer, no Error.
#pragma once

#include <weir/base/error.h>
#include <weir/zlib/options.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace weir::zlib {

// The data of an Error. Needs no allocation, because memory may have run out.
struct Failure {
  std::error_code code;
  std::string_view name;  // empty: "ERR_" and the code's message, as Node names brotli's
  std::string_view message;

  Error error() const;
};

// Settings of a codec that can change between chunks.
struct Params {
  int level;
  Strategy strategy;
};

class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;

  // Consumes `input` and fills `output`; both are reduced to the rest. If `output` has room left,
  // the flush is complete; if `input` is also left, the codec takes no more.
  virtual std::optional<Failure> code(std::span<const std::byte>& input,
                                      std::span<std::byte>& output, Flush flush) noexcept = 0;
  virtual std::optional<Failure> reset() noexcept = 0;
  // True if input of this size is processed faster than a thread of the pool wakes up, for any
  // content.
  virtual bool is_quick(std::size_t size) const noexcept = 0;
  // Call directly after a flush.
  virtual std::optional<Failure> change(const Params&) noexcept { return std::nullopt; }
};

// The input ended within the data.
Failure unexpected_end() noexcept;
// The input continues after the end of the data.
Failure trailing_junk() noexcept;
// An allocation of weir's failed.
Failure out_of_memory() noexcept;

}  // namespace weir::zlib
