// Passes lines from standard input to a log, and drops lines if the log stays full for too long.
//
//   passing     writes all input                    the log is full             -> waiting
//   waiting     reads nothing                       Drain                       -> passing
//                                                   `wait` has passed           -> finishing or
//                                                   dropping
//   finishing   writes the rest of a begun line     its end                     -> dropping
//                                                   Drain                       -> passing
//   dropping    counts lines                        Drain, at the end of a line -> passing
//
// Only whole lines are dropped, and the log has their number.
#pragma once

#include "weir/line_stamp.h"
#include <weir/weir.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tool {

class LogInput {
 public:
  struct Settings {
    std::optional<std::chrono::milliseconds> wait;  // empty: never drop
    bool stamp = false;
  };

  // Ends the log with the input.
  // CALLS BACK: `failed` with the error of the input.
  LogInput(weir::Loop& loop, weir::Ref<weir::Readable> input, weir::Ref<weir::Writable> log,
           Settings settings, weir::Function<void(const weir::Error&)> failed);
  LogInput(const LogInput&) = delete;
  LogInput& operator=(const LogInput&) = delete;

  // Reads what comes within `silence`, for at most `most`, and ends the log.
  void finish(std::chrono::milliseconds silence, std::chrono::milliseconds most);
  // Reads no more, without ending the log.
  void stop();

 private:
  enum class State : std::uint8_t { passing, waiting, finishing, dropping };

  void take(const weir::Chunk& chunk);
  void pass(const weir::Chunk& chunk);
  void write(std::string_view text);
  void finish_line(std::string_view text);
  void drop(std::string_view text);
  void wait_for_drain();
  void on_drain();
  void on_waited();
  void report_dropped();
  void finish_after_silence();
  void end();

  weir::Loop& loop_;
  weir::Ref<weir::Readable> input_;
  weir::Ref<weir::Writable> log_;
  Settings settings_;
  LineStamp stamp_;
  State state_ = State::passing;
  bool has_drained_ = false;     // while dropping
  bool is_within_line_ = false;  // of the input
  bool is_over_ = false;
  std::uint64_t dropped_ = 0;  // lines
  weir::ScopedTimer waited_;
  std::optional<std::chrono::milliseconds> silence_;  // while finishing
  weir::ScopedTimer silent_;
  weir::ScopedTimer most_;
  weir::ScopedListeners listeners_;
};

}  // namespace tool
