// weir/stream/internal/demand.h - Demand: a stream's demand for data that a source pushes.
//
//   state    the source          on
//   full     waits               want()                    -> wanted
//   wanted   pushes              a push without room left  -> full
//   done     is not read again   done() from either
#pragma once

#include <cstdint>

namespace weir::internal {

class Demand {
 public:
  bool is_wanted() const noexcept { return state_ == State::wanted; }
  bool is_done() const noexcept { return state_ == State::done; }

  void want() noexcept { change_to(State::wanted); }
  // Call before and after a push, during which want() may be called.
  void pushing() noexcept { change_to(State::full); }
  void pushed(bool has_room) noexcept {
    if (has_room) want();
  }
  // Returns false if it was done before.
  bool done() noexcept {
    if (is_done()) return false;
    state_ = State::done;
    return true;
  }

 private:
  enum class State : std::uint8_t { full, wanted, done };

  void change_to(State state) noexcept {
    if (!is_done()) state_ = state;
  }

  State state_ = State::full;
};

}  // namespace weir::internal
