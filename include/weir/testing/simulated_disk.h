// weir/testing/simulated_disk.h - SimulatedDisk: files in memory that lose unsynced bytes in a loss
// of power.
//
//   weir::test::SimulatedDisk disk;
//   auto files = weir::make_ref<weir::test::SimulatedFiles>(loop, disk);
//   auto stream = weir::fs::create_write_stream(loop, "a", {.file_ops = files});
//   ...
//   disk.content("a");                    // what programs read
//   disk.after_power_loss("a", random);   // what the machine finds when it starts again
//
// A file is content, as the programs see it, and a durable image. A page that is not synced may be
// in the image after a loss of power, or not, or be torn: the first sectors are new, the rest old.
// A failed sync marks the pages clean, as Linux does: a later sync succeeds, and they are lost.
#pragma once

#include <weir/testing/random.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test {

class SimulatedDisk {
 public:
  // Bytes. A page is written whole or torn; a sector is never torn.
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kSector = 512;
  enum class Kind : bool { regular, pipe };

  // --- For tests ---

  bool exists(const std::string& path) const { return files_.contains(path); }
  // The bytes that programs see now; none for a file that does not exist.
  const std::string& content(const std::string& path) const;
  // Creates a file, or replaces it by one that is on the disk.
  void put(const std::string& path, std::string content);
  // Creates an empty file, whose name is not on the disk yet.
  void create(const std::string& path, Kind kind = Kind::regular) { files_[path].kind = kind; }

  // The number of bytes by which files may still grow; empty: any.
  void limit_room(std::optional<std::size_t> bytes) noexcept { room_ = bytes; }
  bool is_full() const noexcept { return room_ == 0U; }

  // The file that a machine finds after a loss of power now, by chance one of those that are
  // possible. Empty: none of this name.
  std::optional<std::string> after_power_loss(const std::string& path, Random& random) const;

  // --- For SimulatedFiles ---

  // What a sync has begun with: later writes are not part of it. Several may be under way, and end
  // in any order.
  struct Sync {
    std::string content;
    std::vector<bool> pages;
    std::uint64_t number;  // in the order of their begins
  };

  // REQUIRES, for each of these: the file exists.
  Kind kind(const std::string& path) const { return files_.at(path).kind; }
  void truncate(const std::string& path);
  // Writes as much as there is room for, and returns that.
  std::size_t write(const std::string& path, std::size_t at, std::string_view bytes);
  Sync begin_sync(const std::string& path);
  void end_sync(const std::string& path, const Sync& sync);
  void fail_sync(const std::string& path);
  // Syncs the names of all files.
  void sync_folder();

 private:
  struct File {
    Kind kind = Kind::regular;
    std::string content = {};
    std::string durable = {};
    std::vector<bool> dirty = {};  // by page
    bool name_is_durable = false;
    std::uint64_t first_sync = 0;               // earlier ones were of the file before
    std::uint64_t last_sync = 0;                // the newest that has ended
    std::vector<std::uint64_t> synced_by = {};  // by page: the newest that has ended

    void touch(std::size_t at, std::size_t size);
  };

  std::map<std::string, File> files_;
  std::optional<std::size_t> room_;
  std::uint64_t syncs_ = 0;  // begun
};

}  // namespace weir::test
