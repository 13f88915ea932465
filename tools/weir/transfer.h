// Writes the data of a source into a file stream, from the first write to Close.
#pragma once

#include "weir/figures.h"
#include "weir/line_options.h"
#include <weir/weir.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tool {

// Writes into a Transfer.
class Source {
 public:
  virtual ~Source() = default;

  // The buffer has room: write, then call pause(), yield() or end().
  virtual void resume() = 0;
  // Stop writing.
  virtual void stop() {}
  // The share written, from 0 to 1; empty if it is unknown.
  virtual std::optional<double> done() const { return std::nullopt; }
};

struct Outcome {
  // The accepted bytes that are not written because a signal ended the transfer.
  enum class Rest : std::uint8_t {
    none,
    unwritten,
    with_the_system,  // a write in progress may have written a part of them
  };

  weir::Error error;  // of the stream or its source
  int signal = 0;     // the signal that ended it; 0: none
  Figures figures;
  std::uint64_t bytes_accepted = 0;
  Rest rest = Rest::none;

  bool complete() const noexcept { return !error && signal == 0; }
};

class Transfer {
 public:
  // ERRORS: throws the errors of create_write_stream.
  Transfer(weir::Loop& loop, const LineOptions& options);

  // Runs the loop until the stream is closed. A signal (interrupt.h) ends the source. Accepted data
  // is still written, unless the system takes no byte for half a second.
  Outcome run(Source& source);

  // --- For the source ---

  // Returns false if the buffer is full.
  template <class... Args>
  bool print(fmt::format_string<Args...> format, Args&&... args) {
    const std::size_t before = stream_->writable_length();
    return measure(before, stream_->print(format, std::forward<Args>(args)...));
  }
  bool write(std::string_view text) {
    const std::size_t before = stream_->writable_length();
    return measure(before, stream_->write(text));
  }

  void pause();  // resume() follows after Drain
  void yield();  // resume() follows after pending signals and completed writes
  void end() { stream_->end(); }
  // Reports a failure of the source: its earlier data is still written, then this is the outcome.
  void fail(weir::Error error);

 private:
  using Clock = std::chrono::steady_clock;

  bool measure(std::size_t before, bool room) noexcept {
    const std::size_t now = stream_->writable_length();
    bytes_accepted_ += now - before;
    buffer_peak_ = std::max(buffer_peak_, now);
    return room;
  }
  void resume();
  void interrupt(int signal);
  void watch_writes();
  Outcome::Rest rest() const;
  Figures figures() const;

  weir::Loop& loop_;
  const LineOptions& options_;
  weir::Ref<weir::fs::WriteStream> stream_;
  Source* source_ = nullptr;
  Clock::time_point started_ = Clock::now();
  std::uint64_t pauses_ = 0;
  std::uint64_t drains_ = 0;
  std::size_t buffer_peak_ = 0;
  std::uint64_t bytes_accepted_ = 0;
  weir::Error error_;
  int signal_ = 0;
};

}  // namespace tool
