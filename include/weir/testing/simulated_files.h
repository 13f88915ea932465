// weir/testing/simulated_files.h - SimulatedFiles: the system calls of file streams, on a
// SimulatedDisk.
//
//   weir::test::SteppedLoop loop;
//   weir::test::SimulatedDisk disk;
//   auto files = weir::make_ref<weir::test::SimulatedFiles>(
//       loop, disk, weir::test::DiskFaults{.short_write = 20, .late = 30}, seed);
//   auto stream = weir::fs::create_write_stream(loop, "a", {.file_ops = files});
//
// A call completes before it returns, on a tick, on an immediate or much later, as the seed
// decides, and takes effect then. It may do less than asked, or fail. Nothing depends on the
// machine: a seed always makes the same run.
// For a test that needs one certain fault, faulty_files.h is simpler.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/fs/file_ops.h>
#include <weir/loop/loop.h>
#include <weir/testing/random.h>
#include <weir/testing/simulated_disk.h>
#include <weir/testing/simulation_log.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test {

// A fault that no program can bear: it shows that a test would find such damage.
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

class SimulatedFiles final : public fs::FileOps {
 public:
  // REQUIRES: the loop, the disk and the log, if any, outlive this.
  SimulatedFiles(Loop& loop, SimulatedDisk& disk, const DiskFaults& faults = {},
                 std::uint64_t seed = 0, SimulationLog* log = nullptr);

  // From now on every call succeeds, some of them late.
  void heal() noexcept { faults_ = {.late = faults_.late, .planted = faults_.planted}; }
  // Descriptors that are not closed yet, and the names of their files, with a space before each.
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
  Clock::time_point now() const noexcept override;
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

  Loop& loop_;
  SimulatedDisk& disk_;
  SimulationLog none_;
  SimulationLog& log_;
  DiskFaults faults_;
  Random random_;
  Clock::duration spent_{};  // by inline calls
  int next_fd_ = 100;
  std::map<int, OpenFile> open_;
  std::vector<std::weak_ptr<Pending>> pending_;
};

}  // namespace weir::test
