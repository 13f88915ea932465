// sim/world.h - the World of one life: a loop whose time is stepped, chance, and what was seen.
//
//   World world(seed);
//   world.tell("w{}: Drain", 3);              // a line of the story
//   world.require(length <= most, "w3 holds {} bytes", length);
//   while (world.turn()) check_all();
//
// Nothing in a World depends on the machine or its time: a seed always makes the same story.
#pragma once

#include "sim/random.h"
#include <weir/base/error.h>
#include <weir/loop/loop.h>
#include <weir/loop/stepped_clock.h>

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

// Held by every listener, callback, sink and source of a life; the ones that are left over show
// what still has them.
using Token = std::shared_ptr<const std::string>;

class World {
 public:
  enum class Telling : bool { silent, aloud };

  explicit World(std::uint64_t seed, Telling telling = Telling::silent);

  Random random;
  Loop& loop() noexcept { return *running_; }
  std::chrono::steady_clock::time_point now() const noexcept { return now_.value_or(clock_.now()); }
  std::chrono::milliseconds age() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now() - start_);
  }

  // Runs what is due, and if nothing is, the next timer. Returns false if no work is left.
  bool turn();
  std::size_t turns() const noexcept { return turns_; }
  void skip(std::chrono::milliseconds time) { clock_.skip(time); }

  // Ends the Loop, with whatever is in progress.
  void end_loop() {
    now_ = clock_.now();
    loop_.reset();
    running_ = nullptr;
  }
  bool loop_ended() const noexcept { return !running_; }

  // --- The story ---

  template <class... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    if (telling_ == Telling::aloud)
      fmt::print("{:>9.3f}s  {}\n", static_cast<double>(age().count()) / 1000,
                 fmt::format(format, std::forward<Args>(args)...));
  }
  // Counts an event of a kind, to show that lives have it.
  void count(std::string_view kind) { ++counts_[std::string(kind)]; }
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
  const std::vector<std::string>& broken() const noexcept { return broken_; }

  // An error may be emitted only after something has caused it.
  void cause(const Error& error) { causes_.emplace(error.name()); }
  void cause(std::string name) { causes_.insert(std::move(name)); }
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

  std::unique_ptr<Loop> loop_;
  Loop* running_;  // also during its destruction, which calls sinks
  SteppedClock clock_;
  std::optional<std::chrono::steady_clock::time_point> now_;  // once the Loop has ended
  std::chrono::steady_clock::time_point start_;
  Telling telling_;
  std::size_t turns_ = 0;
  std::map<std::string, std::size_t> counts_;
  std::vector<std::string> broken_;
  std::set<std::string> causes_;
  std::vector<std::weak_ptr<const std::string>> tokens_;
};

}  // namespace weir::sim
