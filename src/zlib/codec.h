// What compresses or decompresses, bytes to bytes; knows nothing of streams.
//
// A codec is used by one thread at a time, and not always the same one, so it must not touch what
// is counted without atomics: no Buffer, no Error.
#pragma once

#include <weir/base/error.h>
#include <weir/zlib/options.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace weir::zlib {

// An Error in the making. Allocates nothing, for memory may be what has failed.
struct Failure {
  std::error_code code;
  std::string_view name;  // empty: "ERR_" and the code's message, as Node names brotli's
  std::string_view message;

  Error error() const;
};

// A codec's setting that changes under way.
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

  // Takes from `input`, and puts to `output`, which are cut down to what is left of them. If room
  // is left, all that the flush asks for was put out; if input is left as well, no more is taken.
  virtual std::optional<Failure> code(std::span<const std::byte>& input,
                                      std::span<std::byte>& output, Flush flush) noexcept = 0;
  virtual std::optional<Failure> reset() noexcept = 0;
  // Whether input of that size is worked off sooner than a thread of the pool is woken, whatever is
  // in it, but for its output.
  virtual bool is_quick(std::size_t size) const noexcept = 0;
  // Right after a flush.
  virtual std::optional<Failure> change(const Params&) noexcept { return std::nullopt; }
};

// Input ended where there must be more of it.
Failure unexpected_end() noexcept;
// Input goes on where it must have ended.
Failure trailing_junk() noexcept;
// An allocation of weir's own failed.
Failure out_of_memory() noexcept;

}  // namespace weir::zlib
