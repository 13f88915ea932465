#include "net/uncompleted.h"

#include "net/errors.h"

#include <cerrno>
#include <utility>

namespace weir::net {
namespace {

void fail(Uncompleted& left, const Error& write, const Error& final) {
  if (left.write) (*left.write)(write);
  if (left.final) (*left.final)(final);
}

}  // namespace

// One of the two parts runs on a tick: a callback or listener that throws does not prevent the
// other.
void close_with(TickQueue& ticks, Uncompleted left, Reached reached, Function<void()> emit_close) {
  if (!left.write && !left.final) return emit_close();
  if (reached == Reached::nobody) {
    ticks.next_tick([left = std::move(left)]() mutable {
      const Error error = Errc::socket_closed_before_connection;
      fail(left, error, error);
    });
    return emit_close();
  }
  ticks.next_tick(std::move(emit_close));
  // The peer may have got a part of the write.
  fail(left, failed("write", ECANCELED), stream_destroyed("end"));
}

}  // namespace weir::net
