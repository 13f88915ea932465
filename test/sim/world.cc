#include "sim/world.h"

namespace weir::sim {

World::World(std::uint64_t seed, Telling telling)
    : random(seed),
      loop_(std::make_unique<test::SteppedLoop>()),
      running_(loop_.get()),
      telling_(telling) {
  loop().on_uncaught([this](const std::exception_ptr& thrown) { on_uncaught(thrown); });
  loop().on_warning([](const Warning&) {});
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
