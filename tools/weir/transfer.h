// A stream into a file and the source that fills it, from the first write to Close.
#pragma once

#include "weir/figures.h"
#include "weir/options.h"
#include <weir/weir.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tool {

// Whatever writes into a Transfer.
class Source {
 public:
  virtual ~Source() = default;

  // There is room: write, then pause(), yield() or end().
  virtual void resume() = 0;
  // Nothing more is wanted.
  virtual void stop() {}
};

struct Outcome {
  weir::Error error;  // the stream's or its source's
  int signal = 0;     // that ended it early; 0: none
  Figures figures;

  bool complete() const noexcept { return !error && signal == 0; }
};

class Transfer {
 public:
  // ERRORS: throws what create_write_stream does.
  Transfer(weir::Loop& loop, const Options& options);

  // Runs the loop until the stream is closed. The first SIGINT or SIGTERM ends the source; what is
  // accepted by then is still written.
  Outcome run(Source& source);

  // --- For the source ---

  // False: the buffer is full.
  template <class... Args>
  bool print(fmt::format_string<Args...> format, Args&&... args) {
    return measure(stream_->print(format, std::forward<Args>(args)...));
  }
  bool write(std::string_view text) { return measure(stream_->write(text)); }

  void pause();  // resumes once the stream has drained
  void yield();  // resumes after what else is due: signals, completed writes
  void end() { stream_->end(); }
  // The source has failed: what it wrote is still written, then this is the outcome.
  void fail(weir::Error error);

 private:
  using Clock = std::chrono::steady_clock;

  bool measure(bool room) noexcept {
    buffer_peak_ = std::max(buffer_peak_, stream_->writable_length());
    return room;
  }
  void resume();
  void interrupt(int signal);
  Figures figures() const;

  weir::Loop& loop_;
  const Options& options_;
  weir::Ref<weir::fs::WriteStream> stream_;
  Source* source_ = nullptr;
  Clock::time_point started_ = Clock::now();
  std::uint64_t pauses_ = 0;
  std::uint64_t drains_ = 0;
  std::size_t buffer_peak_ = 0;
  weir::Error error_;
  int signal_ = 0;
};

}  // namespace tool
