// WriteSide from end() to Finish.
#include "stream/in_turn.h"
#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/stream.h>

#include <utility>

namespace weir::internal {

void WriteSide::end(Callback callback, Error refused) {
  if (core_.is_gone_for("end")) return;
  if (!refused) announce_end();
  if (corked_) {  // end() undoes every cork
    corked_ = 1;
    uncork();
  } else if (gathers()) {
    hand_on();
  }

  Error error = std::move(refused);
  if (error) {
    // the refused write has reported it
  } else if (!ending() && !core_.errored()) {
    phase_ = Phase::ending;
    expect_more();
    end_pressure();
    core_.blockers().ended = true;
    queue_.close_room();
    resume_waiters_on_tick();
    maybe_finish(Finishing::later);
    end_returned_ = true;
  } else if (finished()) {
    error = stream_already_finished("end");
  } else if (core_.destroyed()) {
    error = stream_destroyed("end");
  }

  if (!callback) return;
  if (!error) error = core_.errored();
  if (error || finished())
    core_.next_tick([error, callback = std::move(callback)]() mutable { callback(error); });
  else
    end_callbacks_.push_back(std::move(callback));
}

bool WriteSide::ready_to_finish() const noexcept {
  const bool is_through =
      !call_.awaits_answer() && flights_.empty() && !handing_on_ && queue_.empty();
  const bool is_alive = core_.constructed() && !core_.destroyed() && !core_.errored() &&
                        !core_.error_emitted() && !core_.close_emitted();
  return ending() && !finished() && is_through && is_alive;
}

void WriteSide::maybe_finish(Finishing finishing) {
  if (!ready_to_finish()) return;
  try {
    prefinish();
  } catch (...) {  // thrown by a listener
    core_.next_tick([this] { maybe_finish(Finishing::later); });
    throw;
  }
  if (owed_ != 0) return;
  if (finishing == Finishing::later) {
    ++owed_;
    core_.next_tick([this] {
      if (ready_to_finish())
        finish();
      else
        --owed_;
    });
  } else if (ready_to_finish()) {
    ++owed_;
    finish();
  }
}

void WriteSide::prefinish() {
  if (phase_ != Phase::ending) return;
  if (!settings_.sink.final || core_.destroyed()) {
    phase_ = Phase::prefinished;
    return emit<Prefinish>();
  }
  phase_ = Phase::finalizing;
  const Pin alive(stream_);
  call_.enter();
  ++owed_;
  try {
    sink_.call_final();
  } catch (...) {
    on_finalized(Error::from_current_exception());
  }
  call_.leave();
}

void WriteSide::on_finalized(Error error) {
  if (phase_ >= Phase::prefinished)
    return core_.fail(error ? std::move(error) : Error(Errc::multiple_callback));
  --owed_;
  if (error) {
    const auto when = call_.is_on_stack() ? StreamCore::Emit::later : StreamCore::Emit::now;
    in_turn(
        core_, [&] { call_end_callbacks(error); },
        [this, error, when] { core_.fail(error, when); });
  } else if (ready_to_finish()) {
    phase_ = Phase::prefinished;
    const auto finish_on_tick = [this] {
      ++owed_;
      core_.next_tick([this] { finish(); });
    };
    // Inside the sink's final, the exception is final's.
    if (call_.is_on_stack()) {
      emit<Prefinish>();
      finish_on_tick();
    } else {
      in_turn(core_, [this] { emit<Prefinish>(); }, finish_on_tick);
    }
  }
}

void WriteSide::finish() {
  --owed_;
  phase_ = Phase::finished;
  const auto destroy = [this] {
    // A readable half that has not ended stays open.
    const ReadSide* const readable = stream_.read_side();
    if (core_.auto_destroys() && (!readable || readable->finished() || !readable->enabled()))
      stream_.destroy();
  };
  in_turn(
      core_, [this] { call_end_callbacks({}); },
      [this, destroy] { in_turn(core_, [this] { emit<Finish>(); }, destroy); });
}

void WriteSide::call_end_callbacks(const Error& error) {
  Completion all;
  for (Callback& callback : std::exchange(end_callbacks_, {})) all.add(std::move(callback));
  call_back(all, error);
}

}  // namespace weir::internal
