// One switch of a stream to another file: the system's calls, which block, on any thread.
//
//   rotate   open a new file without a name, link the old one to its rotated name, rename the new
//            one to the path; remove the oldest rotated files
//   reopen   open the path, or create a file there
//   sync     sync the file systems of the files that were left without a sync
//   limit    remove the oldest rotated files, without a switch
//
// The path opens a file at every moment, and each call that fails leaves the old file in place. No
// signal comes between the link and the rename. If the machine stops there, the file has both
// names, and the next rotation continues there.
#pragma once

#include "fs/place.h"
#include "fs/rotated_names.h"
#include "fs/unique_fd.h"
#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::fs {

struct RotatedFile {
  std::string path;
  int mode;
};

class Rotation {
 public:
  enum class Kind : std::uint8_t { rotate, reopen, sync, limit };

  struct Rules {
    std::string path;
    int mode;
    std::optional<std::size_t> keep;  // rotated files
    std::string suffix;               // of compressed files; empty: none are compressed
  };
  struct Result {
    UniqueFd file = {};         // none: the stream stays in its file
    std::uint64_t size = 0;     // of that file
    std::uint64_t number = 0;   // of the rotated file; 0: none
    std::string rotated = {};   // the path of the rotated file; empty: none, or not kept
    Error failure = {};         // nothing has changed, apart from removed files
    bool is_sync_lost = false;  // `failure` is of a failed sync
    Error leftover = {};        // the switch succeeded, but a rotated file could not be removed
    std::vector<RotatedFile> to_compress = {};  // the oldest first
  };

  // `fd` is the stream's present file. `syncs`: sync it before it is left. `last`: the number of
  // the stream's last rotated file, which may have left the folder; 0: none.
  Rotation(const Rules& rules, int fd, bool syncs, std::uint64_t last) noexcept
      : rules_(rules), fd_(fd), syncs_(syncs), last_(last) {}

  Result run(Kind kind);

 private:
  // The names of the old file.
  enum class OldNames : std::uint8_t {
    path,
    both,         // linked by this rotation
    both_before,  // by an earlier one, which was cut off
    rotated,      // renamed, on a file system without links
  };

  Error failure(const char* syscall) const { return Error::system(errno, syscall, rules_.path); }
  void rotate();
  void reopen();
  void sync();
  void limit();
  bool sync_old();
  Error open_new();
  Error find_number();
  Error change_names();
  int link_old();
  int move_new();
  int give_name();
  void remove_temporary() noexcept;
  void handle_rotated();
  void remove(const RotatedName& rotated);
  void sync_folder();
  void report(int error, const char* syscall, const std::string& path);

  bool is_same_as_ours(const std::string& name) const;
  std::string path_of(const std::string& name) const;

  const Rules& rules_;
  int fd_;
  bool syncs_;
  std::uint64_t last_;
  Place place_;
  std::string temporary_;  // name of the new file; empty: it has none, or the path
  std::uint64_t number_ = 0;
  OldNames names_ = OldNames::path;
  Result result_;
};

}  // namespace weir::fs
