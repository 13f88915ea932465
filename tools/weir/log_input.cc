#include "weir/log_input.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tool {

LogInput::LogInput(weir::Loop& loop, weir::Ref<weir::Readable> input, weir::Ref<weir::Writable> log,
                   Settings settings, weir::Function<void(const weir::Error&)> failed)
    : loop_(loop), input_(std::move(input)), log_(std::move(log)), settings_(settings) {
  listeners_.on<weir::Drain>(*log_, [this] { on_drain(); });
  listeners_.once<weir::Error>(
      *input_, [this, failed = std::move(failed)](const weir::Error& error) mutable {
        end();
        failed(error);
      });
  listeners_.once<weir::End>(*input_, [this] { end(); });
  listeners_.on<weir::Data>(*input_, [this](const weir::Data& data) { take(data.chunk); });
}

void LogInput::take(const weir::Chunk& chunk) {
  if (is_over_) return;
  if (silence_) finish_after_silence();
  switch (state_) {
    case State::waiting:  // a chunk that was on its way
    case State::passing:
      return pass(chunk);
    case State::finishing:
      return finish_line(chunk.text());
    case State::dropping:
      return drop(chunk.text());
  }
}

void LogInput::pass(const weir::Chunk& chunk) {
  is_within_line_ = !chunk.text().ends_with('\n');
  if (settings_.stamp)
    write(chunk.text());
  else
    log_->write(chunk);
  if (log_->writable_need_drain() && state_ == State::passing) wait_for_drain();
}

void LogInput::write(std::string_view text) {
  if (!settings_.stamp) return static_cast<void>(log_->write(text));
  stamp_.apply(text, std::chrono::system_clock::now(),
               [this](std::string_view piece) { log_->write(piece); });
}

void LogInput::wait_for_drain() {
  state_ = State::waiting;
  input_->pause();
  if (settings_.wait) waited_ = loop_.set_timeout(*settings_.wait, [this] { on_waited(); });
}

void LogInput::on_drain() {
  if (state_ == State::dropping) {
    has_drained_ = true;
    if (!is_within_line_) report_dropped();
    return;
  }
  waited_.clear();
  state_ = State::passing;
  if (!is_over_) input_->resume();
}

void LogInput::on_waited() {
  state_ = is_within_line_ ? State::finishing : State::dropping;
  has_drained_ = false;
  input_->resume();
}

void LogInput::finish_line(std::string_view text) {
  const auto end = text.find('\n');
  if (end == text.npos) return write(text);
  write(text.substr(0, end + 1));
  is_within_line_ = false;
  state_ = State::dropping;
  drop(text.substr(end + 1));
}

void LogInput::drop(std::string_view text) {
  while (!text.empty()) {
    if (!is_within_line_) ++dropped_;
    const auto end = text.find('\n');
    is_within_line_ = end == text.npos;
    text.remove_prefix(is_within_line_ ? text.size() : end + 1);
    if (!has_drained_ || is_within_line_) continue;
    report_dropped();
    return pass(weir::Buffer::copy(text));
  }
}

void LogInput::report_dropped() {
  state_ = State::passing;
  if (const std::uint64_t count = std::exchange(dropped_, 0))
    write(fmt::format("weir log: {} line{} dropped\n", count, count == 1 ? "" : "s"));
}

// --- The end. ---

void LogInput::finish(std::chrono::milliseconds silence, std::chrono::milliseconds most) {
  if (is_over_) return;
  silence_ = silence;
  most_ = loop_.set_timeout(most, [this] { end(); });
  finish_after_silence();
}

void LogInput::finish_after_silence() {
  silent_ = loop_.set_timeout(*silence_, [this] {
    if (state_ == State::waiting)
      finish_after_silence();
    else
      end();
  });
}

void LogInput::end() {
  if (std::exchange(is_over_, true)) return;
  stop();
  if (dropped_ > 0) report_dropped();
  log_->end();
}

void LogInput::stop() {
  is_over_ = true;
  waited_.clear();
  silent_.clear();
  most_.clear();
  input_->destroy();
}

}  // namespace tool
