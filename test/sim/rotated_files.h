// sim/rotated_files.h - RotatedFiles: the files of a RotatingStream on the simulated disk, and the
// switches between them.
//
// Each file has a path of its own, which stands for the file itself: a rotation changes the names,
// and a stream that has left a file never writes to it again.
#pragma once

#include "fs/rotator.h"
#include "sim/world.h"
#include <weir/base/ref.h>
#include <weir/testing/random.h>
#include <weir/testing/simulated_disk.h>
#include <weir/testing/simulated_files.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

// How often a call of a switch takes a while or fails, in per cent.
struct SwitchFaults {
  unsigned late = 0;
  unsigned stuck = 0;
  unsigned sync_fails = 0;  // the sync of the files that were left
};

class RotatedFiles : public std::enable_shared_from_this<RotatedFiles> {
 public:
  // `base`: what the first file has before the stream opens it.
  RotatedFiles(World& world, test::SimulatedDisk& disk, Ref<test::SimulatedFiles> files,
               std::string path, std::size_t base, const SwitchFaults& faults, std::uint64_t seed);

  // REQUIRES: called once.
  std::unique_ptr<fs::Rotator> rotator();
  void heal() noexcept { faults_ = {.late = faults_.late}; }
  // Another program renames the file.
  void move_away() noexcept { is_moved_ = true; }

  // The bytes of the stream, in all files.
  std::string_view delivered() const;
  // The places in them at which the stream has changed its file.
  const std::vector<std::size_t>& switches() const noexcept { return switches_; }
  // The size of each file, the oldest first; that of the first one includes base().
  std::vector<std::size_t> sizes() const;
  std::size_t base() const noexcept { return base_; }
  // The bytes of the stream that a machine finds after a loss of power now.
  std::string after_power_loss(Random& random) const;

 private:
  class SimRotator;
  struct Job;

  void run(std::shared_ptr<Job> job);
  void sync_left(Job& job);
  void open_new(const std::shared_ptr<Job>& job);
  void sync_old(const std::shared_ptr<Job>& job);
  void enter_new(const std::shared_ptr<Job>& job);
  const std::string& current() const noexcept { return paths_.back(); }

  World& world_;
  test::SimulatedDisk& disk_;
  Ref<test::SimulatedFiles> files_;
  std::vector<std::string> paths_;  // the oldest first
  const std::size_t base_;
  SwitchFaults faults_;
  Random random_;
  bool is_moved_ = false;
  std::vector<std::size_t> switches_;
  mutable std::string joined_;
};

}  // namespace weir::sim
