// weir/stdio/ostream.h - weir::ostream: a std::ostream that prints to a stream of weir.
//
//   auto out = weir::ostream(loop, *stream);   // waits for room by running the loop
//   print_report(out);                         // code for a std::ostream&
//   out.flush();
//   stream->end();
//
// How it waits. A std::ostream cannot return false, so one of these is chosen where it is made:
// - weir::ostream(stream) never waits. A stream that is full buffers the rest in memory.
// - weir::ostream(loop, stream) waits, when the stream is full, by running the loop until Drain or
//   the stream's end. Other callbacks of the loop run meanwhile, inside the `<<`. It waits no
//   longer if the loop has no other work or is stopped.
// - In a callback of that loop, and so in a coroutine, the loop runs already and cannot be run
// again:
//   there it does not wait, but buffers. Nor does it on an application's libuv loop (loop/uv.h).
// A coroutine prints a part and then awaits co::ready(*stream).
//
// Errors. If the stream is ended, destroyed or failed, badbit is set and nothing more is written;
// the stream has the reason. An exception of a callback that runs during a wait leaves the next run
// of the loop, or is passed to its on_uncaught.
//
// It collects about 1 KiB, in the stream's own buffer where possible. flush, std::endl and its
// destruction, which does not wait, write that. It does not end the stream.
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/stream/reservation.h>
#include <weir/stream/writable.h>

#include <ios>
#include <optional>
#include <ostream>
#include <streambuf>

namespace weir {

namespace internal {

class OstreamBuffer : public std::streambuf {
 public:
  OstreamBuffer(Loop* loop, Writable& stream) : loop_(loop), stream_(&stream) {}
  OstreamBuffer(const OstreamBuffer&) = delete;
  OstreamBuffer& operator=(const OstreamBuffer&) = delete;
  ~OstreamBuffer() override;

  Writable& stream() const noexcept { return *stream_; }

 protected:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  bool write_collected();
  bool wait_for_room();
  void run_until_room();

  Loop* loop_;  // null: never waits
  Ref<Writable> stream_;
  std::optional<Reservation> collected_;
};

// Holds the buffer where it is constructed before the std::ostream.
struct OstreamBufferHolder {
  OstreamBufferHolder(Loop* loop, Writable& stream) : buffer(loop, stream) {}
  OstreamBuffer buffer;
};

}  // namespace internal

class Ostream final : private internal::OstreamBufferHolder, public std::ostream {
 public:
  explicit Ostream(Writable& stream)
      : OstreamBufferHolder(nullptr, stream), std::ostream(&buffer) {}
  // REQUIRES: the loop is the stream's.
  Ostream(Loop& loop, Writable& stream);

  Writable& stream() const noexcept { return buffer.stream(); }
};

inline Ostream ostream(Writable& stream) { return Ostream(stream); }
inline Ostream ostream(Loop& loop, Writable& stream) { return {loop, stream}; }

}  // namespace weir
