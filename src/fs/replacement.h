// A new file that takes the place of an old one, or of nothing: by descriptors, so that nobody who
// can change a name meanwhile can have another file changed or read.
//
// Where the file system has files without a name (O_TMPFILE), it gets one only in the end, and
// nothing is left of a process that dies before. Elsewhere it has a name beside the old one.
#pragma once

#include "fs/place.h"
#include "fs/unique_fd.h"
#include <weir/base/error.h>

#include <atomic>
#include <string>

#include <sys/stat.h>

namespace weir::fs {

class Replacement {
 public:
  // `mode`: of a file that is new, less the umask. `sync`: neither file nor folder is left to a
  // later moment.
  Replacement(std::string path, mode_t mode, bool sync)
      : path_(std::move(path)), mode_(mode), sync_(sync) {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  // What is not in place goes.
  ~Replacement();

  // The steps, in this order, each on any thread. They wait for the system.

  // Makes the new file, of mode 0600. What is no regular file, as a device, is not replaced: it
  // succeeds and has no new file.
  Error open();
  bool has_file() const noexcept { return static_cast<bool>(file_); }
  // The descriptor, which the caller closes. REQUIRES: has_file().
  int release_file() noexcept { return file_.release(); }
  // Gives it what the old one had, and syncs it. `fd` is what release_file returned.
  Error complete(int fd);
  // Puts it in place, unless it is cancelled first.
  Error put_in_place(int fd);

  // From any thread.
  void cancel() noexcept { cancelled_ = true; }

 private:
  Error failure(const char* syscall) const;
  bool open_nameless(mode_t mode);
  bool open_named(mode_t mode);
  int link_to(int fd, const char* name) const;
  int give_name(int fd);
  int move_into_place(int fd);
  bool is_still_there(int fd) const;

  std::string path_;  // as the caller gave it
  mode_t mode_;
  bool sync_;
  Place place_;
  UniqueFd readable_folder_;  // to sync
  UniqueFd file_;
  std::string temporary_;  // its name in the folder; empty: it has none (any more)
  std::atomic<bool> cancelled_ = false;
};

}  // namespace weir::fs
