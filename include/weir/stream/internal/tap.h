// weir/stream/internal/tap.h - how operators and consumers read a stream: Node's async iterator.
//
// A tap is owned by the listeners that it has on the stream, and goes with them; it does not keep
// the stream alive. So one that is dropped while it is read from is destroyed, as without a tap,
// and whoever reads hears of it.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/listener_table.h>
#include <weir/stream/internal/lifeline.h>

namespace weir {
class Stream;
}

namespace weir::internal {

class Tap : public RefCounted {
 public:
  // Has on_over called when the stream has ended, failed, or closed too early. Once.
  void watch();
  // Has on_readable called when there is something to read, from now on.
  void listen();
  // As listen, and for the first time on the next tick, which keeps the stream alive.
  void listen_and_start();
  // Wants nothing more: the stream is destroyed (with ABORT_ERR, as in Node, where it is not over),
  // and nothing is called any more.
  void leave();

  // Null where it is gone.
  Stream* stream() const noexcept { return stream_->stream; }
  // Ended, failed or left.
  bool is_over() const noexcept { return is_over_; }
  bool may_read() const noexcept;

 protected:
  explicit Tap(Stream& stream);

  virtual void on_readable() = 0;
  virtual void on_over(const Error& error) = 0;

 private:
  void readable() {
    if (!is_over_) on_readable();
  }
  void over(const Error& error);
  static void destroy(Stream& stream);

  Ref<Lifeline> stream_;
  ListenerId listener_ = ListenerId::none;
  bool is_over_ = false;
};

}  // namespace weir::internal
