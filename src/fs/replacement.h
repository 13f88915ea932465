// A new file that replaces an old one, or creates one. It uses descriptors, so a name that another
// process changes meanwhile cannot lead to another file.
//
// On file systems with unnamed files (O_TMPFILE), the new file gets a name only when it is put in
// place, so a killed process leaves no file. On others it has a temporary name beside the old file.
#pragma once

#include "fs/around_rename.h"
#include "fs/place.h"
#include "fs/unique_fd.h"
#include <weir/base/error.h>

#include <mutex>
#include <string>

#include <sys/stat.h>

namespace weir::fs {

class Replacement {
 public:
  // `mode`: of a created file, before the umask. `sync`: sync the file and the directory.
  Replacement(std::string path, mode_t mode, bool sync, AroundRename around_rename = {})
      : path_(std::move(path)),
        mode_(mode),
        sync_(sync),
        around_rename_(std::move(around_rename)) {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  // Removes the temporary file, unless it is in place.
  ~Replacement();

  // The steps, in this order, on any thread. They block.

  // Creates the new file with mode 0600; or opens a file that is not regular, such as a device, for
  // writing. The open of a FIFO waits for a reader.
  Error open();
  // True if a new file replaces the path. REQUIRES: open() has succeeded.
  bool replaces() const noexcept { return replaces_; }
  // The descriptor, which the caller closes. REQUIRES: open() has succeeded.
  int release_file() noexcept { return file_.release(); }
  // Copies the old file's attributes and syncs the new file. `fd` is the result of release_file.
  Error complete(int fd);
  // Renames the new file to the path, unless it is cancelled first.
  Error put_in_place(int fd);

  // Thread-safe, also during a step: removes the temporary file.
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
  Error rename(int fd);
  int move_into_place(int fd);
  int look_again(int fd) const;
  bool is_still_there(int fd) const;
  void remove_name() noexcept;

  std::string path_;  // as given by the caller
  mode_t mode_;
  bool sync_;
  AroundRename around_rename_;
  bool replaces_ = false;
  Place place_;
  UniqueFd readable_folder_;  // to sync; none: no read permission
  UniqueFd file_;
  std::mutex mutex_;       // protects the members below
  std::string temporary_;  // its name in the directory; empty: none
  bool cancelled_ = false;
};

}  // namespace weir::fs
