#include <weir/stdio/input_stream.h>

#include "stdio/make_stream.h"
#include "stdio/standard_input_source.h"
#include "stream/ticks.h"
#include <weir/stream/make_stream.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace weir {

using internal::StandardInputSource;

namespace {

// The options of Node's class for each kind.
ReadableOptions options_for(DescriptorKind kind) {
  switch (kind) {
    case DescriptorKind::file:
    case DescriptorKind::null:
      return {.high_water_mark = 64 * 1024, .auto_destroy = false};
    case DescriptorKind::terminal:
      return {.high_water_mark = 0};
    case DescriptorKind::pipe:
    case DescriptorKind::socket:
    case DescriptorKind::unknown:
      break;
  }
  return {};
}

}  // namespace

Ref<InputStream> internal::make_input(Loop& loop, int fd) {
  auto source = std::make_unique<StandardInputSource>(loop, fd);
  const ReadableOptions options = options_for(source->descriptor().kind());
  return internal::make_stream<InputStream>(loop, std::move(source),
                                            internal::life_of(options, false), options);
}

InputStream::InputStream(StandardInputSource& source, const ReadableOptions& options)
    : DerivedStream(source, options), source_(source) {
  source_.serve(*this);
  on<Pause>([this] { on_pause(); });
}

std::string InputStream::describe() const {
  return fmt::format("InputStream of descriptor {}", fd());
}

int InputStream::fd() const noexcept { return source_.descriptor().fd(); }
DescriptorKind InputStream::kind() const noexcept { return source_.descriptor().kind(); }

// On a tick, as in Node, since resume() may follow. Cancels the requested read.
void InputStream::on_pause() {
  core().next_tick([this] {
    if (!source_.is_waiting() || side().flowing() == internal::ReadSide::Choice::yes) return;
    side().end_request();
    source_.stop_waiting();
  });
}

InputStream& InputStream::set_raw_mode(bool raw) {
  internal::RawMode& mode = source_.raw_mode();
  if (const Error error = raw ? mode.enter() : mode.leave()) emit(error);
  return *this;
}

bool InputStream::is_raw() const noexcept { return source_.raw_mode().is_on(); }

}  // namespace weir
