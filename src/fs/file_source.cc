#include "fs/file_source.h"

#include <weir/base/block.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>

namespace weir::fs {
namespace {

// The limit of an inline read, so that one read occupies the loop for at most a millisecond.
constexpr std::size_t kMostBytesReadInline = std::size_t{2} << 20;
// The size of one copy by the kernel: long compared with the trip to the pool, short enough to
// report progress and to stop.
constexpr std::size_t kLargestRange = std::size_t{8} << 20;

}  // namespace

struct FileSource::Request {
  Request(FileSource& from, Ref<ReadStream> for_stream, std::size_t size)
      : source(from), stream(std::move(for_stream)), wanted(size) {
    source.reading_ = true;
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() {
    source.reading_ = false;
    // A completed read has taken it; if a destroyed Loop dropped the read, this does.
    if (const auto waiting = std::exchange(source.waiting_destroy_, std::nullopt))
      source.file_.close_now();
  }

  std::span<std::byte> room() {
    if (!block) block.emplace(wanted);
    return block->bytes().subspan(count);
  }

  FileSource& source;
  Ref<ReadStream> stream;  // keeps the source alive
  std::size_t wanted;
  std::size_t count = 0;  // bytes read so far
  std::optional<Block> block;
};

FileSource::FileSource(Settings settings)
    : settings_(std::move(settings)),
      file_(settings_.loop.ticks(), std::move(settings_.file)),
      position_(settings_.start) {}

FileSource::~FileSource() {
  if (ranges_) ranges_->detach();
}

void FileSource::look_at_file() {
  if (is_regular_) return;
  is_regular_ = file_.ops().regular_size(*file_.fd()) >= 0;
  // Explicit offsets are exact even if another process moves the file's position.
  if (*is_regular_ && settings_.opens && !position_) position_ = 0;
}

std::size_t FileSource::wanted(std::size_t size) const noexcept {
  if (!settings_.end) return size;
  const std::int64_t at = position_.value_or(static_cast<std::int64_t>(bytes_read_));
  const std::int64_t left = std::max<std::int64_t>(*settings_.end - at + 1, 0);
  return std::min(size, static_cast<std::size_t>(left));
}

void FileSource::read(Readable& stream, std::size_t size) {
  look_at_file();
  const std::size_t count = wanted(size);
  if (count == 0) return void(stream.push(nullptr));
  auto request = std::make_unique<Request>(*this, Ref<ReadStream>(stream_), count);
  if (const std::size_t range = range_size(size)) {
    settings_.loop.set_immediate([request = std::move(request), range]() mutable {
      FileSource& source = request->source;
      source.push_range(std::move(request), range);
    });
    return;
  }
  submit(std::move(request));
}

// --- Ranges. ---

// The length of the range to push instead of bytes; 0 if bytes must be read. `size` is the number
// of bytes to read then.
std::size_t FileSource::range_size(std::size_t size) {
  if (!settings_.fast_pipe || !*is_regular_ || !position_ || !file_.ops().are_descriptors())
    return 0;
  const auto destination = stream_->range_destination();
  if (!destination) return 0;
  const std::int64_t left = file_.ops().regular_size(*file_.fd()) - *position_;
  // Reading a small file is faster than copying it.
  const std::int64_t worth_it = ranges_ ? 1 : static_cast<std::int64_t>(size);
  if (left < worth_it || !open_ranges()) return 0;
  const std::size_t most = destination->counts_chunks ? size : std::max(size, kLargestRange);
  return wanted(std::min(most, static_cast<std::size_t>(left)));
}

bool FileSource::open_ranges() {
  if (!ranges_) {
    const int fd = ::fcntl(*file_.fd(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
      settings_.fast_pipe = false;
      return false;
    }
    ranges_ = make_ref<internal::RangedFile>(
        fd, [this](std::size_t missing, const Error& error) { on_missing(missing, error); });
  }
  return !ranges_->refused();
}

void FileSource::push_range(std::unique_ptr<Request> request, std::size_t size) {
  if (destroyed_) return on_read(std::move(request), 0);
  const std::int64_t offset = *position_;
  const Ref<ReadStream> stream = std::move(request->stream);
  request.reset();
  advance(size);
  stream->push(Buffer::external(make_ref<internal::FileRange>(ranges_, offset), size));
}

// A range had fewer bytes than the file's size: the file was truncated, or could not be read.
void FileSource::on_missing(std::size_t count, const Error& error) {
  bytes_read_ -= count;
  if (error) stream_->fail(file_.path().empty() ? error : error.about(file_.path()));
}

// --- Bytes. ---

void FileSource::submit(std::unique_ptr<Request> request) {
  FileOps& ops = file_.ops();
  const int fd = *file_.fd();
  const auto at = [&]() -> std::optional<std::int64_t> {
    if (!position_) return std::nullopt;
    return *position_ + static_cast<std::int64_t>(request->count);
  };
  if (settings_.read_mode == ReadMode::in_place && request->wanted <= kMostBytesReadInline) {
    std::int64_t result = 0;
    do {
      ++system_calls_;
      result = ops.read_here(fd, request->room(), at());
      if (result > 0) request->count += static_cast<std::size_t>(result);
    } while (result > 0 && *is_regular_ && request->count < request->wanted);
    // The cached part may end before the file: the pool reads the rest of the chunk.
    const bool is_whole =
        result == 0 || request->count == request->wanted || (request->count > 0 && !*is_regular_);
    if (is_whole) {
      settings_.loop.set_immediate([request = std::move(request)]() mutable {
        FileSource& source = request->source;
        source.on_read(std::move(request), 0);
      });
      return;
    }
  }
  const std::span<std::byte> room = request->room();
  const auto offset = at();
  ++system_calls_;
  ops.read(fd, room, offset, [request = std::move(request)](std::int64_t result) mutable {
    FileSource& source = request->source;
    source.on_read(std::move(request), result);
  });
}

// `result` belongs to the last read, which adds to the earlier bytes.
void FileSource::on_read(std::unique_ptr<Request> request, std::int64_t result) {
  if (result == -ERESTART && !destroyed_) return submit(std::move(request));
  const Ref<ReadStream> stream = request->stream;
  const std::size_t count =
      request->count + static_cast<std::size_t>(std::max<std::int64_t>(result, 0));
  Buffer chunk;
  if (count > 0) chunk = std::move(*request->block).take(count);
  std::optional<Destroy> destroy = std::exchange(waiting_destroy_, std::nullopt);
  request.reset();
  if (destroy) return file_.close(std::move(destroy->error), std::move(destroy->done));
  if (result < 0) return stream->fail(file_.failure(result, "read"));
  advance(count);
  if (count > 0)
    stream->push(std::move(chunk));
  else
    stream->push(nullptr);
}

void FileSource::advance(std::size_t count) noexcept {
  bytes_read_ += count;
  if (position_) *position_ += static_cast<std::int64_t>(count);
}

void FileSource::destroy(Error error, Done done) {
  destroyed_ = true;
  if (ranges_) ranges_->detach();
  ranges_ = nullptr;
  if (!reading_) return file_.close(std::move(error), std::move(done));
  waiting_destroy_ = Destroy{std::move(error), std::move(done)};
  file_.ops().interrupt(*file_.fd());
}

}  // namespace weir::fs
