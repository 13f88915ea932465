// What `weir cp` takes.
#pragma once

#include "weir/endpoint.h"
#include "weir/trust.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tool {

enum class Compression : std::uint8_t { none, gzip, brotli, zstd };

struct CopyOptions {
  std::vector<Endpoint> sources;
  std::vector<Endpoint> destinations;  // DEST and every --tee
  std::optional<std::int64_t> high_water_mark;
  Compression decompress = Compression::none;  // before
  Compression compress = Compression::none;
  std::optional<int> level;  // of compress
  // All that is read, where it is announced to a URL.
  std::optional<std::uint64_t> length = {};
  bool in_place = false;  // write to the file itself instead of a new one that replaces it
  bool sync = false;
  bool pool = false;
  bool plain = false;  // move every byte through the program
  bool post = false;   // to a URL, not put
  bool json = false;
  Trust trust;

  bool to_stdout() const noexcept;
  // Its files come to be all at once, at the end, and there is nothing else.
  bool replaces() const noexcept;
};

}  // namespace tool
