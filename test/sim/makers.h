// sim/makers.h - makes the streams of a life, with options by chance.
#pragma once

#include "sim/plan.h"
#include "sim/producing.h"
#include "sim/reader.h"
#include "sim/rotated_files.h"
#include "sim/sim_ends.h"
#include "sim/world.h"
#include "sim/writer.h"
#include "testing/simulated_descriptor.h"
#include <weir/stream/duplex.h>
#include <weir/testing/simulated_disk.h>
#include <weir/testing/simulated_files.h>

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weir::sim {

struct MadeWriter {
  std::shared_ptr<Writer> writer = {};
  std::stop_source stop = {};
  std::string path = {};  // of a file on the disk; empty: none that survives anything
  std::size_t base = 0;   // the place of its first byte in the file
  std::shared_ptr<RotatedFiles> rotated = {};
};

// One end of a connection.
struct MadeSocket {
  MadeWriter writer = {};
  std::shared_ptr<Reader> reader = {};
};

class Makers {
 public:
  Makers(World& world, test::SimulatedDisk& disk, const Plan& plan)
      : world_(world),
        disk_(disk),
        plan_(plan),
        files_(make_ref<test::SimulatedFiles>(world.loop(), disk, plan.disk, world.random.next(),
                                              &world)) {}

  test::SimulatedFiles& files() noexcept { return *files_; }
  // From now on nothing fails.
  void heal();

  MadeWriter file_writer(std::uint64_t choice);
  MadeWriter sink_writer(std::uint64_t choice);
  MadeWriter rotating_writer(std::uint64_t choice);
  std::shared_ptr<Reader> file_reader(std::uint64_t choice);
  std::shared_ptr<Reader> source_reader(std::uint64_t choice);
  std::pair<MadeSocket, MadeSocket> connection(std::uint64_t choice);
  std::shared_ptr<Producing> producing(std::shared_ptr<Writer> writer, std::uint64_t choice);
  // Passes bytes on unchanged.
  Ref<Duplex> middle(Random& random);

 private:
  MadeSocket socket(Random& random, std::unique_ptr<test::SimulatedDescriptor> descriptor);
  std::shared_ptr<Answers> answers(std::uint64_t seed);
  bool is_calm() const noexcept { return plan_.weather == Weather::calm; }

  World& world_;
  test::SimulatedDisk& disk_;
  const Plan& plan_;
  Ref<test::SimulatedFiles> files_;
  std::vector<std::weak_ptr<Answers>> answers_;
  std::vector<std::weak_ptr<RotatedFiles>> rotated_;
  unsigned made_ = 0;
};

}  // namespace weir::sim
