#include <weir/fs/read_stream.h>

#include "fs/file_source.h"
#include "fs/stream_path.h"
#include <weir/fs/file_handle.h>
#include <weir/stream/finished.h>
#include <weir/stream/make_stream.h>

#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

constexpr std::int64_t kDefaultMark = 64 * 1024;

void check(const std::string& path, const ReadStreamOptions& options) {
  check_path(path, number_of(options.fd));
  check_offset("start", options.start);
  check_offset("end", options.end);
  if (options.start && options.end && *options.start > *options.end)
    throw out_of_range("start", fmt::format("<= \"end\" (here: {})", *options.end),
                       fmt::to_string(*options.start));
}

}  // namespace

Ref<ReadStream> create_read_stream(Loop& loop, std::string path, ReadStreamOptions options) {
  check(path, options);
  if (const Ref<FileHandle> handle = handle_of(options))
    return handle->create_read_stream(std::move(options));
  const bool opens = !options.fd;
  auto source = std::make_unique<FileSource>(FileSource::Settings{
      .loop = loop,
      .file = {.ops = options.file_ops ? options.file_ops : system_file_ops(loop),
               .path = std::move(path),
               .flags = options.flags,
               .mode = options.mode,
               .fd = number_of(options.fd),
               .auto_close = options.auto_close},
      .opens = opens,
      .start = options.start,
      .end = options.end,
      .read_mode = options.read_mode,
      .fast_pipe = options.fast_pipe});
  const ReadableOptions readable{.high_water_mark = options.high_water_mark.value_or(kDefaultMark),
                                 .encoding = options.encoding,
                                 .signal = std::move(options.signal),
                                 .emit_close = options.emit_close,
                                 .auto_destroy = options.auto_close};
  return internal::make_stream<ReadStream>(loop, std::move(source),
                                           internal::life_of(readable, true), readable);
}

ReadStream::ReadStream(FileSource& source, const ReadableOptions& options)
    : DerivedStream(source, options), source_(source) {
  source_.serve(*this);
  source_.file().on_open([this](int fd) {
    emit(Open{fd});
    emit(Ready{});
  });
}

std::uint64_t ReadStream::bytes_read() const noexcept { return source_.bytes_read(); }
const std::string& ReadStream::path() const noexcept { return source_.file().path(); }
std::optional<OpenFlags> ReadStream::flags() const noexcept { return source_.file().flags(); }
std::optional<int> ReadStream::mode() const noexcept { return source_.file().mode(); }
std::optional<int> ReadStream::fd() const noexcept { return source_.file().fd(); }

std::string ReadStream::describe() const { return describe_file("ReadStream", path(), fd()); }

void ReadStream::close(Callback closed) {
  if (is_gone_for("close")) return;
  if (closed) finished(*this, std::move(closed));
  destroy();
}

std::optional<ReadStream::Destination> ReadStream::range_destination() {
  if (readable_encoding()) return std::nullopt;
  Stream* const stream = side().only_destination();
  if (!stream || !takes_ranges(*stream)) return std::nullopt;
  return Destination{side().counts_chunks(*stream)};
}

}  // namespace weir::fs
