// sim/disk.h - a disk in memory that forgets, in a loss of power, what was not synced.
//
//   Disk disk;
//   disk.write("a", 0, "abc");
//   const Disk::Sync sync = disk.begin_sync("a");   // later writes are not part of it
//   disk.end_sync("a", sync);
//   disk.after_power_loss("a", random);             // what a machine finds when it starts again
//
// A file is content, as the programs see it, and a durable image. A page that is not synced may be
// in the image after a loss of power, or not, or be torn: the first sectors are new, the rest old.
// A failed sync marks the pages clean, as Linux does: a later sync succeeds, and they are lost.
#pragma once

#include "sim/random.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weir::sim {

class Disk {
 public:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kSector = 512;
  enum class Kind : bool { regular, pipe };

  struct File {
    Kind kind = Kind::regular;
    std::string content = {};
    std::string durable = {};
    std::set<std::size_t> dirty = {};  // pages
    bool name_is_durable = false;
  };
  struct Sync {
    std::string content;
    std::set<std::size_t> pages;
  };

  bool exists(const std::string& path) const { return files_.contains(path); }
  File& file(const std::string& path) { return files_.at(path); }
  const std::string& content(const std::string& path) const;
  // Creates a file, or replaces it by one that is on the disk.
  void put(const std::string& path, std::string content);
  void create(const std::string& path, Kind kind = Kind::regular) { files_[path].kind = kind; }

  void truncate(const std::string& path);
  // Writes as much as there is room for, and returns that.
  std::size_t write(const std::string& path, std::size_t at, std::string_view bytes);

  Sync begin_sync(const std::string& path);
  void end_sync(const std::string& path, const Sync& sync);
  void fail_sync(const std::string& path);
  // The names of all files.
  void sync_folder();

  // The number of bytes by which files may still grow; empty: any.
  void limit_room(std::optional<std::size_t> bytes) noexcept { room_ = bytes; }
  bool is_full() const noexcept { return room_ == 0U; }

  // The file that a machine finds after a loss of power now. Empty: none of this name.
  std::optional<std::string> after_power_loss(const std::string& path, Random& random) const;

 private:
  std::map<std::string, File> files_;
  std::optional<std::size_t> room_;
};

}  // namespace weir::sim
