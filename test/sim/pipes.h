// sim/pipes.h - Pipes: the pipes and pipelines of a life, and the rules of those.
//
// - Everything that comes out of the reader arrives in the writer.
// - A pipeline calls back once, and succeeds only with everything delivered.
// - Nothing of a failed pipeline stays open.
#pragma once

#include "sim/makers.h"
#include "sim/plan.h"
#include "sim/reader.h"
#include "sim/world.h"
#include "sim/writer.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/duplex.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace weir::sim {

class Pipes {
 public:
  Pipes(World& world, Makers& makers, const Plan& plan)
      : world_(world), makers_(makers), is_calm_(plan.weather == Weather::calm) {}

  // Does nothing with streams that are piped, or read or written by the program.
  void pipe(const std::shared_ptr<Reader>& reader, const std::shared_ptr<Writer>& writer,
            std::uint64_t choice);
  void destroy_middles();
  void clear() noexcept { pipes_.clear(); }

  // When nothing more happens by itself.
  void check_idle();
  // In calm weather.
  void check_arrival();
  void check_over();

 private:
  // A stream between two others.
  struct Middle {
    Ref<Duplex> stream;
    int closes = 0;
  };

  // A reader that is piped into a writer.
  struct Pipe {
    std::shared_ptr<Reader> reader;
    std::shared_ptr<Writer> writer;
    std::vector<std::shared_ptr<Middle>> middles = {};
    bool is_pipeline = false;
    bool is_refused = false;  // some of the streams are piped all the same, as in Node
    int calls = 0;            // of the pipeline's callback
  };

  std::shared_ptr<Middle> middle(Random& random);
  void allow_errors(const Writer& writer);
  static bool is_broken(const Pipe& pipe);
  void pipe_one_by_one(const Pipe& pipe);
  void pipeline_all(const std::shared_ptr<Pipe>& pipe);
  void on_pipeline_over(Pipe& pipe, const Error& error);
  void check_failed(const Pipe& pipe, const Error& error);

  World& world_;
  Makers& makers_;
  const bool is_calm_;
  std::vector<std::shared_ptr<Pipe>> pipes_;
};

}  // namespace weir::sim
