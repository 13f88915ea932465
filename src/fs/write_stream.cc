#include <weir/fs/write_stream.h>

#include "fs/file_sink.h"
#include "fs/stream_path.h"
#include <weir/fs/file_handle.h>
#include <weir/stream/make_stream.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

void check(const std::string& path, const WriteStreamOptions& options) {
  check_path(path, number_of(options.fd));
  check_offset("start", options.start);
  check_offset("retry_on_full", options.retry_on_full.count());
  check_offset("sync_every", options.sync_every.count());
  check_offset("stall_timeout", options.stall_timeout.count());
}

// Explicit offsets are exact even if another process moves the file's position. Appending writes
// need none, and only the system knows the position of a given descriptor.
std::optional<std::int64_t> first_position(const WriteStreamOptions& options) {
  if (options.start) return options.start;
  if (options.fd || options.flags.appends()) return std::nullopt;
  return 0;
}

}  // namespace

Ref<WriteStream> create_write_stream(Loop& loop, std::string path, WriteStreamOptions options) {
  check(path, options);
  if (const Ref<FileHandle> handle = handle_of(options))
    return handle->create_write_stream(std::move(options));
  const SyncSchedule::Every every{options.sync_every_bytes, options.sync_every};
  auto sink = std::make_unique<FileSink>(FileSink::Settings{
      .loop = loop,
      .file = {.ops = options.file_ops ? options.file_ops : system_file_ops(loop),
               .path = std::move(path),
               .flags = options.flags,
               .mode = options.mode,
               .fd = number_of(options.fd),
               .auto_close = options.auto_close},
      .position = first_position(options),
      // An inline write would leave nothing to overlap.
      .write_mode = options.low_water_mark > 0 ? WriteMode::pool : options.write_mode,
      .full_buffer = full_buffer(loop, options.high_water_mark),
      .flush = options.flush || every,
      .retry_on_full = options.retry_on_full,
      .sync_every = every,
      .stall_timeout = options.stall_timeout,
  });
  const WritableOptions writable{.high_water_mark = options.high_water_mark,
                                 .default_encoding = options.encoding,
                                 .signal = std::move(options.signal),
                                 .emit_close = options.emit_close,
                                 .auto_destroy = options.auto_close,
                                 .low_water_mark = options.low_water_mark,
                                 .max_buffered = options.max_buffered};
  const SinkTraits traits{.construct = true,
                          .writev = true,
                          .delivery = Delivery::until_tick,
                          .merges = true,
                          .sync = true};
  return internal::make_stream<WriteStream>(loop, std::move(sink),
                                            internal::life_of(writable, true), traits, writable);
}

WriteStream::WriteStream(FileSink& sink, SinkTraits traits, const WritableOptions& options)
    : DerivedStream(sink, traits, options), sink_(sink) {
  sink_.file().on_open([this](int fd) {
    emit(Open{fd});
    emit(Ready{});
  });
  sink_.full_disk().on_change([this](Error error) { report_full(std::move(error)); });
  sink_.on_stalled([this] { destroy(sink_.file().failure(-ETIMEDOUT, "write")); });
  if (sink_.syncs_on_schedule()) sink_.on_sync_due([this] { sync([](const Error&) {}); });
  sink_.join_crash_flush(*this, queue());
}

// On a tick, since the sink is in the middle of a write. The sink has a Done, so this is alive.
void WriteStream::report_full(Error error) {
  ticks().next_tick([self = Ref(this), error = std::move(error)] {
    if (self->destroyed()) return;
    if (error)
      self->emit(Full{error});
    else
      self->emit(SpaceFreed{});
  });
}

std::uint64_t WriteStream::bytes_written() const noexcept { return sink_.bytes_written(); }
const std::string& WriteStream::path() const noexcept { return sink_.file().path(); }
std::optional<OpenFlags> WriteStream::flags() const noexcept { return sink_.file().flags(); }
std::optional<int> WriteStream::mode() const noexcept { return sink_.file().mode(); }
std::optional<int> WriteStream::fd() const noexcept { return sink_.file().fd(); }

std::string WriteStream::describe() const { return describe_file("WriteStream", path(), fd()); }

void WriteStream::close(Callback closed) {
  if (is_gone_for("close")) return;
  if (closed) {
    if (this->closed())
      return ticks().next_tick([closed = std::move(closed)]() mutable { closed(); });
    on<Close>([closed = std::move(closed)]() mutable { closed(); });
  }
  // With auto_destroy, the close follows Finish.
  if (!core().auto_destroys()) {
    // In Node, both hang.
    if (writable_finished() || errored()) return static_cast<void>(destroy());
    on<Finish>([this] { destroy(); });
    on<ErrorMonitor>([this] { destroy(); });
  }
  end();
}

void WriteStream::on_last_ref() noexcept {
  if (!writable_ended() && !destroyed() && core().auto_destroys())
    ticks().warn({"UnendedStreamWarning",
                  fmt::format("The stream to '{}' was dropped without end()", path())});
  Writable::on_last_ref();
}

}  // namespace weir::fs
