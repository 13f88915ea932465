// sim/world.h - the World of one life: a loop whose time is stepped, chance, and what was seen.
//
//   World world(seed);
//   world.tell("w{}: Drain", 3);              // a line of the story
//   world.require(length <= most, "w3 holds {} bytes", length);
//   while (world.turn()) check_all();
//
// Nothing in a World depends on the machine or its time: a seed always makes the same story.
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/testing/random.h>
#include <weir/testing/simulation_log.h>
#include <weir/testing/stepped_loop.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir::sim {

using test::Random;

// Held by every listener, callback, sink and source of a life; the ones that are left over show
// what still has them.
using Token = std::shared_ptr<const std::string>;

class World final : public test::SimulationLog {
 public:
  enum class Telling : bool { silent, aloud };

  explicit World(std::uint64_t seed, Telling telling = Telling::silent);

  Random random;
  test::SteppedLoop& loop() noexcept { return *running_; }
  std::chrono::milliseconds age() const noexcept { return age_ ? *age_ : running_->age(); }

  // Runs what is due, and if nothing is, the next timer. Returns false if no work is left.
  bool turn() {
    ++turns_;
    return loop().turn();
  }
  std::size_t turns() const noexcept { return turns_; }

  // Ends the Loop, with whatever is in progress.
  void end_loop() {
    age_ = loop_->age();
    loop_.reset();
    running_ = nullptr;
  }
  bool loop_ended() const noexcept { return !running_; }

  // What a simulated thread does during the loop's next call of the system.
  void in_call(Function<void()> call) { in_calls_.push_back(std::move(call)); }
  void run_other_threads() {
    for (Function<void()>& call : std::exchange(in_calls_, {})) call();
  }

  // --- The story ---

  template <class... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    if (telling_ == Telling::aloud)
      fmt::print("{:>9.3f}s  {}\n", static_cast<double>(age().count()) / 1000,
                 fmt::format(format, std::forward<Args>(args)...));
  }
  bool tells() const noexcept override { return telling_ == Telling::aloud; }
  void tell(const std::string& line) override { tell("  {}", line); }
  // Counts an event of a kind, to show that lives have it.
  void count(std::string_view kind) { ++counts_[std::string(kind)]; }
  void on_event(std::string_view kind) override {
    count(kind);
    run_other_threads();
  }
  const std::map<std::string, std::size_t>& counts() const noexcept { return counts_; }

  // --- The rules ---

  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> format, Args&&... args) {
    if (!holds) break_rule(fmt::format(format, std::forward<Args>(args)...));
  }
  void break_rule(std::string rule) {
    tell("*** {}", rule);
    if (broken_.size() < kMostBroken) broken_.push_back(std::move(rule));
  }
  void on_misuse(const std::string& rule) override { break_rule(rule); }
  const std::vector<std::string>& broken() const noexcept { return broken_; }

  // An error may be emitted only after something has caused it.
  void cause(const Error& error) { causes_.emplace(error.name()); }
  void cause(std::string name) { causes_.insert(std::move(name)); }
  void on_fault(const Error& error) override { cause(error); }
  bool is_caused(const Error& error) const { return causes_.contains(std::string(error.name())); }

  Token token(std::string holder) {
    auto token = std::make_shared<const std::string>(std::move(holder));
    tokens_.push_back(token);
    return token;
  }
  // The holders that are left.
  std::string holders() const;

 private:
  static constexpr std::size_t kMostBroken = 20;

  void on_uncaught(const std::exception_ptr& thrown);

  std::unique_ptr<test::SteppedLoop> loop_;
  test::SteppedLoop* running_;                    // also during its destruction, which calls sinks
  std::optional<std::chrono::milliseconds> age_;  // once the Loop has ended
  Telling telling_;
  std::size_t turns_ = 0;
  std::map<std::string, std::size_t> counts_;
  std::vector<std::string> broken_;
  std::set<std::string> causes_;
  std::vector<Function<void()>> in_calls_;
  std::vector<std::weak_ptr<const std::string>> tokens_;
};

}  // namespace weir::sim
