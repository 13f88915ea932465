// A folder that no name leads out of.
#pragma once

#include "fs/unique_fd.h"

#include <cstdint>
#include <string>

namespace weir::http {

class ServedFolder {
 public:
  enum class Lookup : std::uint8_t {
    beneath,   // the kernel does not leave the folder: openat2
    by_place,  // what was opened is asked where it is, before it is read or looked at
  };

  // Stays at this folder, whatever happens to its name. ERRORS: throws the system's.
  explicit ServedFolder(const std::string& path);
  // For tests: looks files up in this way.
  ServedFolder(const std::string& path, Lookup lookup);

  // Opens what is at the relative path ("" is the folder itself). Links are followed, absolute ones
  // too, as long as they lead to what is in the folder.
  // ERRORS: no descriptor, and errno; EXDEV where it is outside.
  fs::UniqueFd open(const std::string& path, int flags) const;

  Lookup lookup() const noexcept { return lookup_; }

 private:
  fs::UniqueFd open_beneath(const char* path, int flags) const noexcept;
  fs::UniqueFd open_by_place(const char* path, int flags) const;

  fs::UniqueFd folder_;
  Lookup lookup_ = Lookup::beneath;
};

}  // namespace weir::http
