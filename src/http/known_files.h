// What a FileServer remembers of the names that were requested lately. Bounded: names that share a
// place replace each other.
#pragma once

#include "http/validators.h"
#include <weir/http/headers.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace weir::http {

// The head of a 200 with one state of a file, so that a request formats nothing.
struct PreparedHead {
  Validators validators;
  Headers lines;

  // Whether it was made for this state. Never for a state that may still change unnoticed, whose
  // tag is weak.
  bool fits(const struct stat& file) const noexcept {
    return is_settled && file.st_ino == state.st_ino && file.st_dev == state.st_dev &&
           file.st_size == state.st_size && file.st_mtim.tv_sec == state.st_mtim.tv_sec &&
           file.st_mtim.tv_nsec == state.st_mtim.tv_nsec;
  }
  void made_for(const struct stat& file) noexcept {
    state = file;
    is_settled = validators.has_strong_date();
  }

 private:
  struct stat state{};
  bool is_settled = false;
};

class KnownFiles {
 public:
  struct Name {
    std::string path;
    // When the name was examined and found to be a regular file.
    std::time_t examined = 0;
    PreparedHead head;

    // Between examinations, a busy name is opened directly.
    bool may_be_opened(std::time_t now) const noexcept {
      return now >= examined && now - examined <= 1;
    }
  };

  Name& at(std::string_view path);

 private:
  static constexpr std::size_t kMost = 256;

  std::vector<Name> names_;
};

}  // namespace weir::http
