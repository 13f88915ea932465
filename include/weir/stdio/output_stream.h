// weir/stdio/output_stream.h - what standard_output and standard_error give: a Writable to a file,
// a pipe, a socket or a terminal that the process was given.
//
//   auto out = weir::standard_output(loop);
//   out->print("{} of {}\n", done, all);
//   if (out->is_tty()) out->cursor_to(0);
//
// What is synchronous is Node's rule: a file and a terminal have taken what write() is given when
// it returns. A pipe and a socket take what fits at once; the rest waits in the stream, and keeps
// the loop running until it is read. The descriptor is shared with other processes: it is never
// made non-blocking, and never closed. After Finish and Close, after destroy and after an error,
// the stream is open again and can be written to. Only a pipe or a socket that end() has ended
// takes nothing more: writes fail with EPIPE.
//
// A pipe's reader sees its end when the Loop and all others who write to it are gone.
//
// A pipe into this stream (readable->pipe) does not end it; a pipeline does.
// Events: a Writable's, and Resize.
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
class OutputSink;
Ref<OutputStream> make_output(Loop& loop, int fd, const OutputOptions& options);
}  // namespace internal

// The terminal has another size; columns() and rows() say it already. Node: 'resize'.
struct Resize {
  static constexpr std::string_view kEventName = "resize";
};

struct WindowSize {
  int columns;
  int rows;
  friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

// What becomes of the stream when nobody reads the pipe any more, as in `program | head -1`.
enum class BrokenPipe : std::uint8_t {
  // The write is called back with EPIPE, then Error; without a listener that comes out of run().
  error,
  // The writes are called back with EPIPE, but there is no Error: the stream closes for good.
  // write() answers false from then on and no Drain follows, so who produces for it stops, and a
  // program that has nothing else to do ends.
  end_quietly,
};

struct OutputOptions {
  std::optional<std::int64_t> high_water_mark = {};
  BrokenPipe broken_pipe = BrokenPipe::error;
  // Merge what one callback of the program writes into as few system calls as that takes; it is
  // out on the next tick at the latest, or at the mark. Without, as in Node, each write is a call,
  // and what is written to standard output and to standard error keeps its order.
  bool merge_writes = false;
};

class OutputStream final : public DerivedStream<OutputStream, Writable, Resize> {
 public:
  int fd() const noexcept;
  DescriptorKind kind() const noexcept;
  bool is_tty() const noexcept { return kind() == DescriptorKind::terminal; }

  // Nothing where it is no terminal. Node: columns, rows, getWindowSize.
  std::optional<int> columns() const noexcept;
  std::optional<int> rows() const noexcept;
  std::optional<WindowSize> window_size() const noexcept { return window_size_; }

  // Where the terminal's cursor is and what is cleared; columns and rows count from 0. They answer
  // and call back as write does. Where it is no terminal nothing is written, and the callback
  // comes on a tick. Node: cursorTo, moveCursor, clearLine, clearScreenDown.
  bool cursor_to(int column, Callback callback = {});
  bool cursor_to(int column, int row, Callback callback = {});
  // To the right and down, or with negative numbers to the left and up.
  bool move_cursor(int columns, int rows, Callback callback = {});
  enum class Part : std::int8_t { before_cursor = -1, all = 0, behind_cursor = 1 };
  bool clear_line(Part part = Part::all, Callback callback = {});
  bool clear_screen_down(Callback callback = {});

  // How many bits of color may be written: what the environment says of a terminal, see
  // color_depth.h. Where it is none: 1, unless FORCE_COLOR is set. Node: getColorDepth.
  int color_depth() const { return color_depth(process_environment()); }
  int color_depth(const Environment& environment) const;
  // Whether there are as many colors. ERRORS: throws ERR_OUT_OF_RANGE below 2. Node: hasColors.
  bool has_colors(int count = 16) const { return has_colors(count, process_environment()); }
  bool has_colors(int count, const Environment& environment) const;

  // Writes all that is accepted, waiting `at_most` for whoever reads it; returns how many bytes
  // are left. For who is about to exit. Nobody is called back: where the loop does run on, it is
  // then, as if the bytes had gone out just before, and what is left goes out in its turn.
  std::size_t flush(std::chrono::milliseconds at_most) noexcept;

  std::string describe() const override;

 private:
  friend class internal::OutputSink;
  friend Ref<OutputStream> internal::make_output(Loop&, int, const OutputOptions&);

  OutputStream(Loop& loop, std::unique_ptr<Resource> owner, internal::OutputSink& sink,
               const OutputOptions& options);
  void on_last_ref() noexcept override;
  void on_window_changed();
  void leave_loop() noexcept;
  bool control(std::string_view sequence, Callback callback);

  internal::OutputSink& sink_;
  std::optional<WindowSize> window_size_;
  Owned<Signal> window_changed_;
};

}  // namespace weir
