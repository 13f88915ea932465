// The options of `weir cp`.
#pragma once

#include "weir/endpoint.h"
#include "weir/inspection_options.h"
#include "weir/trust.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tool {

enum class Compression : std::uint8_t { none, gzip, brotli, zstd };

enum class CopyProgress : std::uint8_t { line, bars, none };

struct CopyOptions {
  std::vector<Endpoint> sources;
  std::vector<Endpoint> destinations;  // DEST and every --tee
  std::optional<std::int64_t> high_water_mark;
  Compression decompress = Compression::none;  // first
  Compression compress = Compression::none;
  std::optional<int> level;  // of the compression
  // The total length of the sources, if an upload announces it.
  std::optional<std::uint64_t> length = {};
  bool in_place = false;  // write into the existing file instead of replacing it
  bool sync = false;
  bool pool = false;
  bool plain = false;   // read and write every byte in the program
  bool post = false;    // upload with POST instead of PUT
  bool follow = false;  // go on with messages that come
  bool whole = false;   // a NATS endpoint is an object
  bool json = false;
  CopyProgress progress = CopyProgress::line;
  InspectionOptions inspection;
  Trust trust;
  TrustFiles trust_files;   // the same, for NATS
  std::string credentials;  // the file of a NATS user; empty: none

  bool to_stdout() const noexcept;
  // True if all destinations are files that are replaced at the end.
  bool replaces() const noexcept;
};

}  // namespace tool
