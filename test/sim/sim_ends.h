// sim/sim_ends.h - SimSink, SimSource and SimTransformer: the ends and the middle of streams, which
// answer at once, on a tick, on an immediate or after a while, as chance decides.
#pragma once

#include "sim/world.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/stream/readable.h>
#include <weir/stream/sink.h>
#include <weir/stream/source.h>
#include <weir/stream/transform.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace weir::sim {

// How often, in per cent of the calls; and how a call answers.
struct EndFaults {
  unsigned fails = 0;
  unsigned drops_done = 0;  // destroys its Done uncalled
  unsigned sync = 25;       // answers before the call returns
  unsigned late = 20;       // after 1 to 50 ms
};

// When an end answers.
class Answers {
 public:
  Answers(World& world, const EndFaults& faults, std::uint64_t seed)
      : world_(world),
        faults_(faults),
        random_(seed),
        token_(world.token("a sink, source or transformer")) {}

  World& world() noexcept { return world_; }
  Random& random() noexcept { return random_; }
  void heal() noexcept { faults_ = {.late = faults_.late}; }

  // Success, or a failure that the World knows.
  Error outcome(std::string_view call) {
    if (!random_.chance(faults_.fails)) return {};
    Error error = Error::system(ECONNABORTED, call);
    world_.cause(error);
    world_.count("failed end");
    world_.tell("  an end fails: {}", error.what());
    return error;
  }
  // Calls back with the outcome, or drops the Done.
  template <class F>
  void later(F call) {
    if (random_.chance(faults_.sync)) return call();
    if (random_.chance(faults_.late)) {
      world_.loop().set_timeout(std::chrono::milliseconds(random_.between(1, 50)), std::move(call));
    } else if (random_.chance(40)) {
      world_.loop().next_tick(std::move(call));
    } else {
      world_.loop().set_immediate(std::move(call));
    }
  }
  void answer(std::string_view call, Done done) {
    world_.run_other_threads();
    if (random_.chance(faults_.drops_done)) {
      world_.cause("ERR_CALLBACK_DROPPED");
      world_.count("dropped Done");
      world_.tell("  an end drops the Done of {}", call);
      return later([done = std::move(done)]() mutable { const Done dropped = std::move(done); });
    }
    later([error = outcome(call), done = std::move(done)]() mutable { done(std::move(error)); });
  }

 private:
  World& world_;
  EndFaults faults_;
  Random random_;
  Token token_;
};

// What a SimSink has received, for as long as anyone asks.
struct Received {
  std::string bytes;
  bool has_failed = false;
  bool is_final = false;
  bool is_destroyed = false;
};

class SimSink final : public Sink {
 public:
  SimSink(std::shared_ptr<Answers> answers, std::shared_ptr<Received> received)
      : answers_(std::move(answers)), received_(std::move(received)) {}

  void construct(Done done) override { answers_->answer("construct", std::move(done)); }
  void write(Chunk chunk, Done done) override {
    begin("write");
    finish(std::string(chunk.text()), std::move(done));
  }
  void writev(Batch batch, Done done) override {
    begin("writev");
    std::string bytes;
    for (const Chunk& chunk : batch.chunks) bytes += chunk.text();
    world().require(bytes.size() == batch.length, "a batch of {} bytes says that it has {}",
                    bytes.size(), batch.length);
    finish(std::move(bytes), std::move(done));
  }
  void sync(Done done) override {
    begin("sync");
    end_call(std::move(done), "sync");
  }
  void final(Done done) override {
    begin("final");
    world().require(!received_->is_final, "final is called twice");
    received_->is_final = true;
    end_call(std::move(done), "final");
  }
  void destroy(Error error, Done done) override {
    world().require(!received_->is_destroyed, "destroy is called twice");
    received_->is_destroyed = true;
    answers_->later(
        [error = std::move(error), done = std::move(done)]() mutable { done(std::move(error)); });
  }

 private:
  World& world() { return answers_->world(); }
  void begin(std::string_view call) {
    world().tell("  sink: {}", call);
    world().require(!received_->is_destroyed, "{} is called after destroy", call);
    world().require(!*busy_, "{} is called during another call of the sink", call);
    *busy_ = true;
  }
  void end_call(Done done, std::string_view call) {
    *busy_ = false;
    answers_->answer(call, std::move(done));
  }
  // The bytes count as received when the call succeeds. As in Node, a sink that fails during the
  // call may still get what is queued; a failed device takes nothing more.
  void finish(std::string bytes, Done done) {
    Error error =
        received_->has_failed ? Error::system(ECONNABORTED, "write") : answers_->outcome("write");
    received_->has_failed = static_cast<bool>(error);
    answers_->later([&world = world(), busy = busy_, received = received_, bytes = std::move(bytes),
                     error = std::move(error), done = std::move(done)]() mutable {
      *busy = false;
      world.tell("  sink: {} bytes {}", bytes.size(), error ? "refused" : "taken");
      if (!error) received->bytes += bytes;
      done(std::move(error));
    });
  }

  std::shared_ptr<Answers> answers_;
  std::shared_ptr<Received> received_;
  std::shared_ptr<bool> busy_ = std::make_shared<bool>(false);
};

// Pushes bytes of a pattern, and then the end.
class SimSource final : public Source {
 public:
  SimSource(std::shared_ptr<Answers> answers, unsigned pattern, std::size_t total)
      : answers_(std::move(answers)), pattern_(pattern), total_(total) {}

  void construct(Done done) override { answers_->answer("construct", std::move(done)); }
  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override {
    answers_->later(
        [error = std::move(error), done = std::move(done)]() mutable { done(std::move(error)); });
  }

  static constexpr std::size_t kMostPerPush = 20'000;

 private:
  std::shared_ptr<Answers> answers_;
  unsigned pattern_;
  std::size_t total_;
  std::size_t pushed_ = 0;
};

// Passes its input on in other pieces.
class SimTransformer final : public Transformer {
 public:
  explicit SimTransformer(std::shared_ptr<Answers> answers) : answers_(std::move(answers)) {}

  void transform(Transform& stream, Chunk chunk, Done done) override;
  void flush(Transform& stream, Done done) override;

 private:
  std::shared_ptr<Answers> answers_;
  std::string held_;  // until the next chunk
};

}  // namespace weir::sim
