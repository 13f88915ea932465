#include "http/file_body.h"

#include "http/message_writer.h"
#include "loop/file_range.h"
#include <weir/base/buffer.h>
#include <weir/base/ref.h>
#include <weir/fs/read_stream.h>
#include <weir/stream/pipeline.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <sys/uio.h>

namespace weir::http {
namespace {

using internal::FileRange;
using internal::RangedFile;

// Reading costs a copy, sendfile a call.
constexpr std::uint64_t kSmall = std::uint64_t{4} << 10;
// TLS copies in any case; a stream costs more than this read.
constexpr std::uint64_t kSmallForTls = std::uint64_t{64} << 10;
// Of the bytes that the connection counts as waiting.
constexpr std::uint64_t kLargestPiece = std::uint64_t{8} << 20;

// Nullopt if the read would wait for the disk or the file has shrunk.
std::optional<Buffer> read_at_once(const fs::UniqueFd& file, const ByteRange& range) {
  std::string bytes;
  bytes.resize_and_overwrite(range.size(), [&](char* room, std::size_t length) {
    const iovec into{room, length};
    const ssize_t size =
        ::preadv2(file.get(), &into, 1, static_cast<off_t>(range.first), RWF_NOWAIT);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  });
  if (bytes.size() != range.size()) return std::nullopt;
  return Buffer::adopt(std::move(bytes));
}

// Writes the ranges of a file, one piece after the other. The response's listeners own it.
class RangeWriter final : public RefCounted {
 public:
  RangeWriter(fs::UniqueFd file, const ByteRange& range, ServerResponse& response)
      : response_(response),
        file_(make_ref<RangedFile>(file.release(), nullptr, RangedFile::Missing::fails)),
        at_(range.first),
        left_(range.size()) {}

  void start() {
    if (left_ > kLargestPiece)
      response_.on<Drain>([self = Ref<RangeWriter>(this)] { self->go_on(); });
    go_on();
  }

 private:
  void go_on() {
    bool has_room = true;
    while (has_room && left_ > 0) {
      const std::uint64_t size = std::min(left_, kLargestPiece);
      Buffer piece = Buffer::external(make_ref<FileRange>(file_, static_cast<std::int64_t>(at_)),
                                      static_cast<std::size_t>(size));
      at_ += size;
      left_ -= size;
      if (left_ == 0)
        response_.end(std::move(piece));
      else
        has_room = response_.write(std::move(piece));
    }
  }

  ServerResponse& response_;
  Ref<RangedFile> file_;
  std::uint64_t at_;
  std::uint64_t left_;
};

Ref<fs::ReadStream> stream_of(fs::UniqueFd file, const std::string& path, const ByteRange& range,
                              Loop& loop) {
  auto stream = fs::create_read_stream(loop, path,
                                       {.fd = file.get(),
                                        .start = static_cast<std::int64_t>(range.first),
                                        .end = static_cast<std::int64_t>(range.last)});
  static_cast<void>(file.release());  // owned by the stream
  return stream;
}

}  // namespace

void send_body(fs::UniqueFd file, const std::string& path, const ByteRange& range,
               ServerResponse& response) {
  const bool takes_ranges = MessageWriter::of(response).takes_ranges();
  if (range.size() <= (takes_ranges ? kSmall : kSmallForTls))
    if (auto bytes = read_at_once(file, range)) {
      file = fs::UniqueFd();  // one descriptor less while the client takes the bytes
      return static_cast<void>(response.end(*std::move(bytes)));
    }
  if (takes_ranges) return make_ref<RangeWriter>(std::move(file), range, response)->start();
  response.set_strict_content_length(true);
  pipeline(stream_of(std::move(file), path, range, response.loop()), Ref(&response),
           [](const Error&) {});
}

void send_encoded(fs::UniqueFd file, const std::string& path, std::uint64_t size,
                  const Ref<Duplex>& encoder, ServerResponse& response) {
  pipeline(stream_of(std::move(file), path, {0, size - 1}, response.loop()), encoder,
           Ref(&response), [](const Error&) {});
}

}  // namespace weir::http
