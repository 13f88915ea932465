#pragma once

#include <weir/stream/writable.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weir::test {

// Keeps all bytes. Completes at once or on a later turn of the loop, and may hold writes back.
class CollectingSink final : public Sink {
 public:
  struct State {
    std::string text;
    std::size_t most = 0;  // bytes of one write
    bool holds = false;
    std::optional<Done> held;
    void release() {
      holds = false;
      if (std::optional<Done> done = std::exchange(held, std::nullopt)) (*done)();
    }
  };

  explicit CollectingSink(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void write(Chunk chunk, Done done) override {
    state_->text += chunk.text();
    state_->most = std::max(state_->most, chunk.size());
    if (state_->holds)
      state_->held.emplace(std::move(done));
    else
      done();
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace weir::test
