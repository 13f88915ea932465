#include <weir/stream/abort.h>

#include <weir/stream/finished.h>
#include <weir/stream/internal/stop_listener.h>
#include <weir/stream/stream.h>

#include <memory>

namespace weir::internal {

void destroy_on_stop(const std::stop_token& signal, Stream& stream) {
  if (signal.stop_requested()) return static_cast<void>(stream.destroy(Errc::aborted));
  if (!signal.stop_possible()) return;
  // Owned by finished()'s callback, which is released with the stream's listeners at the latest.
  auto listener = std::make_shared<StopListener>(stream.ticks(), signal,
                                                 [&stream] { stream.destroy(Errc::aborted); });
  finished(stream, [listener]() mutable { listener.reset(); });
}

}  // namespace weir::internal
