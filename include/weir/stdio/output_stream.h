// weir/stdio/output_stream.h - OutputStream: the Writable on standard output or standard error.
//
//   auto out = weir::standard_output(loop);
//   out->print("{} of {}\n", done, all);
//   if (out->is_tty()) out->cursor_to(0);
//
// - As in Node, a write to a file or a terminal is complete when write() returns. A system pipe or
//   a socket takes as much as fits; the stream buffers the rest and keeps the loop running until it
//   is written.
// - Other processes share the descriptor: the stream never makes it non-blocking and never closes
//   it.
// - After Finish and Close, after destroy and after an error, the stream is open and writable
//   again. Only a system pipe or socket that end() has ended accepts no more data: writes fail with
//   EPIPE.
// - The reader of a system pipe sees its end after the Loop and all other writers have closed it.
// - `readable->pipe(output)` does not end the stream; a pipeline does.
// - Events: a Writable's, and Resize.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/owned.h>
#include <weir/loop/loop.h>
#include <weir/loop/signal.h>
#include <weir/stdio/color_depth.h>
#include <weir/stdio/descriptor_kind.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace weir {

class OutputStream;
struct OutputOptions;

namespace internal {
class StandardOutputSink;
Ref<OutputStream> make_output(Loop& loop, int fd, const OutputOptions& options);
}  // namespace internal

// The terminal's size has changed. columns() and rows() return the new size. Node: 'resize'.
struct Resize {
  static constexpr std::string_view kEventName = "resize";
};

struct WindowSize {
  int columns;
  int rows;
  friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

// The reaction to a system pipe without a reader, as in `program | head -1`.
enum class BrokenPipe : std::uint8_t {
  // The write's callback gets EPIPE, then Error follows. Without a listener, run() throws it.
  error,
  // The write callbacks get EPIPE, without an Error, and the stream closes for good. write()
  // returns false from then on and no Drain follows, so producers stop, and a program without other
  // work ends.
  end_quietly,
};

struct OutputOptions {
  std::optional<std::int64_t> high_water_mark = {};
  BrokenPipe broken_pipe = BrokenPipe::error;
  // Merge writes into few system calls, on the next tick or at the mark. Without it, as in Node,
  // each write is one call, and standard output and standard error keep their common order.
  bool merge_writes = false;
};

class OutputStream : public DerivedStream<OutputStream, Writable, Resize> {
 public:
  int fd() const noexcept;
  DescriptorKind kind() const noexcept;
  bool is_tty() const noexcept { return kind() == DescriptorKind::terminal; }

  // Empty if the descriptor is not a terminal. Node: columns, rows, getWindowSize.
  std::optional<int> columns() const noexcept;
  std::optional<int> rows() const noexcept;
  std::optional<WindowSize> window_size() const noexcept { return window_size_; }

  // Move the cursor, and clear. Columns and rows count from 0. The results and callbacks are those
  // of write. Without a terminal, nothing is written and the callback runs on a tick.
  // Node: cursorTo, moveCursor, clearLine, clearScreenDown.
  bool cursor_to(int column, Callback callback = {});
  bool cursor_to(int column, int row, Callback callback = {});
  // Moves right and down; negative numbers move left and up.
  bool move_cursor(int columns, int rows, Callback callback = {});
  enum class Part : std::int8_t { before_cursor = -1, all = 0, behind_cursor = 1 };
  bool clear_line(Part part = Part::all, Callback callback = {});
  bool clear_screen_down(Callback callback = {});

  // The color depth in bits, by the environment if this is a terminal (see color_depth.h);
  // otherwise 1, unless FORCE_COLOR is set.
  // Node: getColorDepth.
  int color_depth() const { return color_depth(process_environment()); }
  int color_depth(const Environment& environment) const;
  // True if the terminal has at least `count` colors.
  // ERRORS: throws ERR_OUT_OF_RANGE below 2.
  // Node: hasColors.
  bool has_colors(int count = 16) const { return has_colors(count, process_environment()); }
  bool has_colors(int count, const Environment& environment) const;

  // Writes the buffered data, waiting up to `at_most` for the reader. Returns the number of bytes
  // left. For a program that exits afterwards. No callback runs during the call; if the loop
  // continues, the callbacks of the written data run then, and the rest is written as usual.
  std::size_t flush(std::chrono::milliseconds at_most) noexcept;
  using WritableBase::flush;

  std::string describe() const override;

 protected:
  OutputStream(internal::StandardOutputSink& sink, Loop& loop, const OutputOptions& options);
  void on_last_ref() noexcept override;

 private:
  friend class internal::StandardOutputSink;

  void on_window_changed();
  void leave_loop() noexcept;
  bool control(std::string_view sequence, Callback callback);

  internal::StandardOutputSink& sink_;
  std::optional<WindowSize> window_size_;
  Owned<Signal> window_changed_;
};

}  // namespace weir
