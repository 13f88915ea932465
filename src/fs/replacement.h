// A new file that takes the place of an old one, or of nothing. It works by descriptors: a name
// that another changes meanwhile leads to no other file.
//
// Where the file system has files without a name (O_TMPFILE), the new file gets one only when it is
// put in place, so a process that is killed leaves no file. Elsewhere it has a name beside the
// old one.
#pragma once

#include "fs/place.h"
#include "fs/unique_fd.h"
#include <weir/base/error.h>

#include <mutex>
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
  // Removes the temporary name, unless the file is in place.
  ~Replacement();

  // The steps, in this order, each on any thread. They wait for the system.

  // Makes the new file, of mode 0600; or opens what is no regular file, as a device, to be written
  // to. One of a FIFO waits for a reader.
  Error open();
  // Whether a new file takes a place. REQUIRES: open() has succeeded.
  bool replaces() const noexcept { return replaces_; }
  // The descriptor, which the caller closes. REQUIRES: open() has succeeded.
  int release_file() noexcept { return file_.release(); }
  // Gives it what the old one had, and syncs it. `fd` is what release_file returned.
  Error complete(int fd);
  // Puts it in place, unless it is cancelled first.
  Error put_in_place(int fd);

  // From any thread, also while a step runs: removes the temporary name.
  void cancel() noexcept;

 private:
  Error failure(const char* syscall) const;
  Error open_other();
  Error open_new();
  bool open_nameless(mode_t mode);
  bool open_named(mode_t mode);
  bool learn_mode();
  bool may_replace() const;
  int link_to(int fd, const char* name) const;
  int give_name(int fd);
  int move_into_place(int fd);
  int look_again(int fd) const;
  bool is_still_there(int fd) const;
  void remove_name() noexcept;

  std::string path_;  // as the caller gave it
  mode_t mode_;
  bool sync_;
  bool replaces_ = false;
  Place place_;
  UniqueFd readable_folder_;  // to sync; none: it may not be read
  UniqueFd file_;
  std::mutex mutex_;       // of what follows
  std::string temporary_;  // its name in the folder; empty: it has none (any more)
  bool cancelled_ = false;
};

}  // namespace weir::fs
