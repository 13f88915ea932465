#include <weir/stdio/standard_streams.h>

#include "loop/loop_local.h"
#include "stdio/make_stream.h"

#include <algorithm>

#include <unistd.h>

namespace weir {
namespace {

struct StandardStreams final : internal::LoopLocal {
  explicit StandardStreams(Loop&) {}

  Ref<InputStream> input;
  Ref<OutputStream> output;
  Ref<OutputStream> error;
};

Ref<OutputStream> made_once(Ref<OutputStream>& stream, Loop& loop, int fd,
                            const OutputOptions& options) {
  if (!stream) stream = internal::make_output(loop, fd, options);
  return stream;
}

}  // namespace

Ref<OutputStream> standard_output(Loop& loop, const OutputOptions& options) {
  auto& streams = internal::loop_local<StandardStreams>(loop);
  return made_once(streams.output, loop, STDOUT_FILENO, options);
}

Ref<OutputStream> standard_error(Loop& loop, const OutputOptions& options) {
  auto& streams = internal::loop_local<StandardStreams>(loop);
  return made_once(streams.error, loop, STDERR_FILENO, options);
}

Ref<InputStream> standard_input(Loop& loop) {
  auto& streams = internal::loop_local<StandardStreams>(loop);
  if (!streams.input) streams.input = internal::make_input(loop, STDIN_FILENO);
  return streams.input;
}

std::size_t flush_standard_streams(Loop& loop, std::chrono::milliseconds at_most) {
  using Clock = std::chrono::steady_clock;
  const auto& streams = internal::loop_local<StandardStreams>(loop);
  if (streams.input && streams.input->is_raw()) streams.input->set_raw_mode(false);
  const auto until = Clock::now() + at_most;
  std::size_t left = 0;
  for (const Ref<OutputStream>& stream : {streams.output, streams.error}) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (stream) left += stream->flush(std::max(rest, std::chrono::milliseconds(0)));
  }
  return left;
}

}  // namespace weir
