// weir/stdio/input_stream.h - what standard_input gives: a Readable from a file, a pipe, a socket
// or a terminal that the process was given.
//
//   auto in = weir::standard_input(loop);
//   in->set_encoding("utf8");
//   in->on<Data>([&](const Data& data) { handle(data.chunk.text()); });
//
// Nothing is read before somebody asks, and until then the stream does not keep the loop running;
// nor does it while it is paused. A file is read by the pool, 64 KiB at a time; from all else comes
// what is there. The descriptor is shared with other processes: it is never made non-blocking, and
// never closed, not by destroy either.
//
// Events: a Readable's. As in Node a file is not closed at its end: there comes no Close.
#pragma once

#include <weir/loop/loop.h>
#include <weir/stdio/descriptor_kind.h>
#include <weir/stream/readable.h>

#include <memory>

namespace weir {

class InputStream;

namespace internal {
class InputSource;
Ref<InputStream> make_input(Loop& loop, int fd);
}  // namespace internal

class InputStream final : public DerivedStream<InputStream, Readable> {
 public:
  int fd() const noexcept;
  DescriptorKind kind() const noexcept;
  bool is_tty() const noexcept { return kind() == DescriptorKind::terminal; }

  // Whether each key comes at once, unechoed, Ctrl-C among them, or a line at a time. A terminal
  // has its mode back when the Loop goes, or with flush_standard_streams; a process that ends in
  // another way leaves it raw.
  // ERRORS: as Error, at once; what is no terminal refuses. Node: setRawMode, isRaw.
  InputStream& set_raw_mode(bool raw);
  bool is_raw() const noexcept;

  std::string describe() const override;

 private:
  friend class internal::InputSource;
  friend Ref<InputStream> internal::make_input(Loop&, int);

  InputStream(Loop& loop, std::unique_ptr<Resource> owner, internal::InputSource& source,
              const ReadableOptions& options);
  void on_pause();
  void leave_loop() noexcept { core().drop_listeners(); }  // where nothing may have closed it
  void fail(Error error) { core().fail(std::move(error)); }

  internal::InputSource& source_;
};

}  // namespace weir
