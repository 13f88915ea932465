// A folder that confines lookups: no name leads out of it.
#pragma once

#include "fs/unique_fd.h"

#include <cstdint>
#include <mutex>
#include <string>

namespace weir::http {

class ServedFolder {
 public:
  enum class Lookup : std::uint8_t {
    beneath,   // openat2 confines the lookup to the folder
    by_place,  // checks the opened file's path before the file is read
  };

  // Keeps this folder even if it is renamed. ERRORS: throws a system error.
  explicit ServedFolder(const std::string& path);
  // For tests: uses this kind of lookup.
  ServedFolder(const std::string& path, Lookup lookup);

  // Opens the relative path ("" is the folder itself). Follows links, absolute ones too, that stay
  // within the folder. Thread-safe. ERRORS: returns no descriptor and sets errno; EXDEV for a file
  // outside.
  fs::UniqueFd open(const std::string& path, int flags) const;
  // The same, without waiting for a disk: EAGAIN if that might be necessary. Waits all the same on
  // systems without RESOLVE_CACHED (Linux 5.12).
  fs::UniqueFd open_cached(const std::string& path, int flags) const;

  Lookup lookup() const noexcept { return lookup_; }

  // Held while a file in the folder is examined and then replaced.
  std::mutex& replacing() const noexcept { return replacing_; }

 private:
  fs::UniqueFd open_beneath(const char* path, int flags) const noexcept;
  int call_openat2(const char* path, int flags, std::uint64_t resolve) const noexcept;
  bool takes_cached() const noexcept;
  fs::UniqueFd open_by_place(const char* path, int flags) const;

  fs::UniqueFd folder_;
  Lookup lookup_ = Lookup::beneath;
  bool knows_cached_ = false;
  mutable std::mutex replacing_;
};

}  // namespace weir::http
