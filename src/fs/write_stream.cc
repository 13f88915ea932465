#include <weir/fs/write_stream.h>

#include "fs/file_sink.h"
#include "fs/stream_path.h"
#include <weir/fs/file_handle.h>

#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

void check(const std::string& path, const WriteStreamOptions& options) {
  check_path(path, number_of(options.fd));
  check_offset("start", options.start);
}

// Explicit offsets are exact even if another process moves the file's position. An appending write
// goes to the end, and only the system knows the position of a given descriptor.
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
  const bool opens = !options.fd;
  auto sink = std::make_unique<FileSink>(FileSink::Settings{
      .loop = loop,
      .file = {.ops = options.file_ops ? options.file_ops : system_file_ops(loop),
               .path = std::move(path),
               .flags = options.flags,
               .mode = options.mode,
               .fd = number_of(options.fd),
               .auto_close = options.auto_close},
      .position = first_position(options),
      .write_mode = options.write_mode,
      .full_buffer = full_buffer(loop, options.high_water_mark),
      .flush = options.flush,
  });
  const WritableOptions writable{.high_water_mark = options.high_water_mark,
                                 .default_encoding = options.encoding,
                                 .signal = std::move(options.signal),
                                 .emit_close = options.emit_close,
                                 .auto_destroy = options.auto_close};
  return WriteStream::make(
      loop, std::move(sink), writable,
      {.construct = opens, .writev = true, .delivery = Delivery::until_tick, .merges = true});
}

Ref<WriteStream> WriteStream::make(Loop& loop, std::unique_ptr<FileSink> sink,
                                   const WritableOptions& options, SinkTraits traits) {
  FileSink& kept = *sink;
  auto stream =
      Ref<WriteStream>::adopt(new WriteStream(loop, std::move(sink), kept, options, traits));
  stream->begin(traits.construct, options.signal);
  return stream;
}

WriteStream::WriteStream(Loop& loop, std::unique_ptr<Resource> owner, FileSink& sink,
                         const WritableOptions& options, SinkTraits traits)
    : Stream(loop, std::move(owner), {options.emit_close, options.auto_destroy}),
      DerivedStream(sink, settings_of(loop, options, traits, false), options),
      sink_(sink) {
  sink_.file().on_open([this](int fd) {
    emit(Open{fd});
    emit(Ready{});
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
    if (writable_finished()) return static_cast<void>(destroy());  // in Node this hangs
    on<Finish>([this] { destroy(); });
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
