// weir/stdio/input_stream.h - InputStream: the Readable on standard input.
//
//   auto in = weir::standard_input(loop);
//   in->set_encoding("utf8");
//   in->on<Data>([&](const Data& data) { handle(data.chunk.text()); });
//
// - The stream reads on demand. It keeps the loop running only while it reads: not before the first
//   demand, and not while it is paused.
// - The thread pool reads a file in chunks of 64 KiB. Other kinds give the bytes that are
//   available.
// - Other processes share the descriptor: the stream never makes it non-blocking and never closes
//   it, also not in destroy.
// - Events: a Readable's. As in Node, a file emits no Close at its end.
#pragma once

#include <weir/loop/loop.h>
#include <weir/stdio/descriptor_kind.h>
#include <weir/stream/readable.h>

#include <memory>

namespace weir {

class InputStream;

namespace internal {
class StandardInputSource;
Ref<InputStream> make_input(Loop& loop, int fd);
}  // namespace internal

class InputStream : public DerivedStream<InputStream, Readable> {
 public:
  int fd() const noexcept;
  DescriptorKind kind() const noexcept;
  bool is_tty() const noexcept { return kind() == DescriptorKind::terminal; }

  // True: each key is read at once and without echo, including Ctrl-C. False: the terminal passes
  // whole lines. The mode of the terminal is restored when the Loop is destroyed, or by
  // flush_standard_streams; a process that exits otherwise leaves it raw.
  // ERRORS: an Error event, at once; a descriptor that is not a terminal fails.
  // Node: setRawMode, isRaw.
  InputStream& set_raw_mode(bool raw);
  bool is_raw() const noexcept;

  std::string describe() const override;

 protected:
  InputStream(internal::StandardInputSource& source, const ReadableOptions& options);

 private:
  friend class internal::StandardInputSource;

  void on_pause();
  void leave_loop() noexcept { core().drop_listeners(); }  // for streams that are still open
  void fail(Error error) { core().fail(std::move(error)); }

  internal::StandardInputSource& source_;
};

}  // namespace weir
