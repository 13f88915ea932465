#include "sim/world.h"

#include "loop/loop_core.h"

namespace weir::sim {

World::World(std::uint64_t seed, Telling telling)
    : random(seed),
      loop_(std::make_unique<Loop>()),
      running_(loop_.get()),
      clock_(*loop_),
      telling_(telling) {
  start_ = clock_.now();
  loop().on_uncaught([this](const std::exception_ptr& thrown) { on_uncaught(thrown); });
  loop().on_warning([](const Warning&) {});
}

bool World::turn() {
  ++turns_;
  const auto wait = loop().timeout();
  const auto due = loop().core().next_due();
  const bool is_ready = wait && wait->count() == 0;
  if (is_ready || !due || !loop().alive())
    loop().poll();
  else
    clock_.pass(*due - now());
  return loop().alive();
}

std::string World::holders() const {
  std::string holders;
  for (const auto& weak : tokens_)
    if (const Token token = weak.lock()) holders += fmt::format(" [{}]", *token);
  return holders;
}

void World::on_uncaught(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    break_rule(fmt::format("uncaught: {}", error.what()));
  }
}

}  // namespace weir::sim
