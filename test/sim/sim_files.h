// sim/sim_files.h - SimFiles: the system calls of file streams, on a simulated disk.
//
//   auto files = make_ref<SimFiles>(world, disk, faults);
//   auto stream = fs::create_write_stream(world.loop(), "disk/a", {.file_ops = files});
//
// A call completes before it returns, on a tick, on an immediate or much later, as chance decides,
// and takes effect then. It may do less than asked, or fail. What fails is told to the World as a
// cause of errors.
#pragma once

#include "sim/disk.h"
#include "sim/world.h"
#include <weir/base/function.h>
#include <weir/fs/file_ops.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

// A fault of the simulated disk that no program could bear, to see that the rules find it.
enum class Planted : std::uint8_t {
  none,
  sync_does_nothing,
  write_skips_a_byte,
  write_claims_too_much,
  write_goes_elsewhere,
  read_repeats,
};

// How often, in per cent of the calls.
struct DiskFaults {
  unsigned short_write = 0;
  unsigned no_progress = 0;  // EAGAIN
  unsigned late = 0;         // 1 to 30 ms
  unsigned stuck = 0;        // 1 to 100 s
  unsigned slow_here = 0;    // an inline write takes 5 ms or more
  unsigned uncached = 0;     // an inline read would wait for the disk
  unsigned short_read = 0;
  // These end a stream.
  unsigned open_fails = 0;
  unsigned write_fails = 0;
  unsigned read_fails = 0;
  unsigned sync_fails = 0;
  unsigned close_fails = 0;
  Planted planted = Planted::none;
};

class SimFiles final : public fs::FileOps {
 public:
  SimFiles(World& world, Disk& disk, const DiskFaults& faults)
      : world_(world), disk_(disk), faults_(faults), random_(world.random.next()) {}

  // From now on every call succeeds.
  void heal() noexcept { faults_ = {.late = faults_.late, .planted = faults_.planted}; }
  std::size_t open_files() const noexcept { return open_.size(); }
  std::string open_paths() const;

  void open(const std::string& path, int flags, int mode, Completed completed) override;
  void write(int fd, Views views, std::optional<std::int64_t> offset, Completed completed) override;
  void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override;
  void interrupt(int fd) override;
  std::int64_t read_here(int fd, std::span<std::byte> into,
                         std::optional<std::int64_t> offset) noexcept override;
  std::int64_t regular_size(int fd) noexcept override;
  bool can_write_here(int fd) noexcept override;
  std::int64_t write_here(int fd, Views views,
                          std::optional<std::int64_t> offset) noexcept override;
  Clock::time_point now() const noexcept override { return world_.now() + spent_; }
  void sync(int fd, Completed completed) override { sync_file(fd, "fsync", std::move(completed)); }
  void datasync(int fd, Completed completed) override {
    sync_file(fd, "fdatasync", std::move(completed));
  }
  void close(int fd, Completed completed) override;
  void close_now(int fd) noexcept override;

 private:
  struct OpenFile {
    std::string path;
    bool is_folder = false;
    bool appends = false;
    std::size_t position = 0;
    int idle_writes = 0;  // in a row
  };
  // A call in progress; interrupt() completes it before its time.
  struct Pending {
    int fd;
    bool can_wait;  // for a reader or writer at the other end
    Function<std::int64_t()> effect;
    Completed completed;
  };

  OpenFile& file(int fd, std::string_view call);
  bool is_pipe(const OpenFile& file) const;
  std::int64_t open_now(const std::string& path, int flags);
  std::int64_t write_now(int fd, Views views, std::optional<std::int64_t> offset);
  std::int64_t read_now(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset);
  void sync_file(int fd, std::string_view call, Completed completed);
  // An error number that the call returns instead, or 0.
  int fault(unsigned per_cent, std::string_view call, const std::string& path,
            std::span<const int> errors);
  void submit(int fd, bool can_wait, Function<std::int64_t()> effect, Completed completed);

  World& world_;
  Disk& disk_;
  DiskFaults faults_;
  Random random_;
  Clock::duration spent_{};  // by inline calls
  int next_fd_ = 100;
  std::map<int, OpenFile> open_;
  std::vector<std::weak_ptr<Pending>> pending_;
};

}  // namespace weir::sim
