#include <weir/stdio/output_stream.h>

#include "stdio/make_stream.h"
#include "stdio/standard_output_sink.h"
#include "stdio/terminal.h"
#include <weir/stream/make_stream.h>

#include <csignal>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir {

using internal::StandardOutputSink;

Ref<OutputStream> internal::make_output(Loop& loop, int fd, const OutputOptions& options) {
  auto sink = std::make_unique<StandardOutputSink>(loop, fd, options.broken_pipe);
  return internal::make_stream<OutputStream>(loop, std::move(sink),
                                             {.core = {.ended_by_pipes = false}}, loop, options);
}

OutputStream::OutputStream(StandardOutputSink& sink, Loop& loop, const OutputOptions& options)
    : DerivedStream(sink, sink.traits(options.merge_writes),
                    {.high_water_mark = options.high_water_mark}),
      sink_(sink) {
  sink_.serve(*this);
  if (!is_tty()) return;
  if (const auto size = internal::window_size(fd())) window_size_ = *size;
  window_changed_ = make_owned<Signal>(loop, SIGWINCH, [this] { on_window_changed(); });
}

std::string OutputStream::describe() const {
  return fmt::format("OutputStream of descriptor {}", fd());
}

int OutputStream::fd() const noexcept { return sink_.descriptor().fd(); }
DescriptorKind OutputStream::kind() const noexcept { return sink_.descriptor().kind(); }

void OutputStream::on_last_ref() noexcept {
  sink_.forget_stream();
  Writable::on_last_ref();
}

// It is never closed for good; but its listeners may own it.
void OutputStream::leave_loop() noexcept {
  sink_.forget_stream();
  window_changed_ = nullptr;
  listeners().release(&internal::kEventKey<Resize>);
  core().drop_listeners();
}

std::size_t OutputStream::flush(std::chrono::milliseconds at_most) noexcept {
  queue().finish_chunk();
  return sink_.flush(queue(), internal::Descriptor::Clock::now() + at_most);
}

// --- The terminal. ---

std::optional<int> OutputStream::columns() const noexcept {
  return window_size_.transform([](const WindowSize& size) { return size.columns; });
}
std::optional<int> OutputStream::rows() const noexcept {
  return window_size_.transform([](const WindowSize& size) { return size.rows; });
}

void OutputStream::on_window_changed() {
  const Pin alive(*this);
  const auto size = internal::window_size(fd());
  if (!size) {
    emit(size.error());
  } else if (window_size_ != *size) {
    window_size_ = *size;
    emit(Resize{});
  }
}

bool OutputStream::control(std::string_view sequence, Callback callback) {
  if (is_tty() && !sequence.empty()) return write(sequence, std::move(callback));
  if (callback) ticks().next_tick([callback = std::move(callback)]() mutable { callback(); });
  return true;
}

bool OutputStream::cursor_to(int column, Callback callback) {
  return control(fmt::format("\x1b[{}G", column + 1), std::move(callback));
}

bool OutputStream::cursor_to(int column, int row, Callback callback) {
  return control(fmt::format("\x1b[{};{}H", row + 1, column + 1), std::move(callback));
}

bool OutputStream::move_cursor(int columns, int rows, Callback callback) {
  std::string sequence;
  if (columns != 0)
    sequence += fmt::format("\x1b[{}{}", std::abs(columns), columns < 0 ? 'D' : 'C');
  if (rows != 0) sequence += fmt::format("\x1b[{}{}", std::abs(rows), rows < 0 ? 'A' : 'B');
  return control(sequence, std::move(callback));
}

bool OutputStream::clear_line(Part part, Callback callback) {
  const char* const sequence = part == Part::before_cursor   ? "\x1b[1K"
                               : part == Part::behind_cursor ? "\x1b[0K"
                                                             : "\x1b[2K";
  return control(sequence, std::move(callback));
}

bool OutputStream::clear_screen_down(Callback callback) {
  return control("\x1b[0J", std::move(callback));
}

int OutputStream::color_depth(const Environment& environment) const {
  if (!is_tty() && !environment.contains("FORCE_COLOR")) return 1;
  return weir::color_depth(environment);
}

bool OutputStream::has_colors(int count, const Environment& environment) const {
  if (count < 2) throw out_of_range("count", ">= 2", fmt::to_string(count));
  return count <= 1 << color_depth(environment);
}

}  // namespace weir
