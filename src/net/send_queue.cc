#include "net/send_queue.h"

#include "loop/file_range.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

namespace weir::net {
namespace {

constexpr std::size_t kViewsASend = 256;
constexpr std::size_t kLargestPiece = std::size_t{1} << 20;

}  // namespace

void SendQueue::push(std::vector<Chunk> chunks, std::size_t bytes) {
  size_ += bytes;
  if (chunks_.empty())
    chunks_ = std::move(chunks);
  else
    std::ranges::move(chunks, std::back_inserter(chunks_));
}

bool SendQueue::has_ranges() const noexcept {
  return std::ranges::any_of(chunks_, [](const Chunk& chunk) { return chunk.is_elsewhere(); });
}

bool SendQueue::send_ahead(const Descriptor& descriptor, SendAheadLimit::Time now) {
  if (ahead_ == 0) limit_.begin(descriptor.send_room(), now);
  if (!limit_.allows(size_, now)) return false;
  ahead_ = size_;
  return true;
}

std::expected<SendQueue::Flushed, int> SendQueue::flush(Descriptor& descriptor) {
  std::size_t taken = 0;
  while (first_ < chunks_.size()) {
    const Descriptor::Result sent = send(descriptor);
    if (!sent && sent.error() == EAGAIN) {
      if (ahead_ > 0) limit_.on_refused();
      return Flushed::part;
    }
    if (!sent) {
      limit_.on_taken(taken);
      return std::unexpected(sent.error());
    }
    taken += *sent;
    taken_ += *sent;
  }
  limit_.on_taken(taken);
  return Flushed::all;
}

Descriptor::Result SendQueue::send(Descriptor& descriptor) {
  if (chunks_[first_].is_elsewhere()) return send_range(descriptor);
  std::array<iovec, kViewsASend> views;
  std::size_t count = 0;
  std::size_t offset = offset_;
  std::size_t next = first_;
  for (; next < chunks_.size() && count < views.size(); ++next) {
    if (chunks_[next].is_elsewhere()) break;
    const auto bytes = chunks_[next].bytes().subspan(std::exchange(offset, 0));
    views[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  }
  // A head fills its packets up with the file that follows it.
  const bool follows = next < chunks_.size();
  const auto more = follows ? Descriptor::More::follows : Descriptor::More::none;
  const Descriptor::Result sent = descriptor.send({views.data(), count}, more);
  if (sent) advance(*sent);
  return sent;
}

// The disk may keep the call waiting, as it does in every server that sends files so; a moderate
// piece a call bounds that.
Descriptor::Result SendQueue::send_range(Descriptor& descriptor) {
  Chunk& chunk = chunks_[first_];
  internal::FileRange* const range = internal::FileRange::of(chunk);
  const std::size_t left = chunk.size() - offset_;
  if (range && !range->source->refused()) {
    const std::int64_t at = range->offset + static_cast<std::int64_t>(offset_);
    const std::size_t piece = std::min(left, kLargestPiece);
    const Descriptor::Result sent = descriptor.send_file(range->source->fd(), at, piece);
    if (sent && *sent == 0) {  // the file was cut off meanwhile
      const Ref<internal::RangedFile> source = range->source;
      advance(left);
      source->report(left, {});
      return sent;
    }
    if (sent) advance(*sent);
    if (sent || sent.error() == EAGAIN || sent.error() == EPIPE || sent.error() == ECONNRESET)
      return sent;
    range->source->refuse();
  }
  static_cast<Buffer&>(chunk) = chunk.place().fetch(chunk.size()).slice(offset_);
  offset_ = 0;
  return std::size_t{0};
}

void SendQueue::advance(std::size_t count) noexcept {
  while (first_ < chunks_.size() && count >= chunks_[first_].size() - offset_) {
    count -= chunks_[first_].size() - offset_;
    offset_ = 0;
    chunks_[first_++] = {};  // its memory is not kept until the chunks after it are sent
  }
  offset_ += count;
}

std::optional<Done> SendQueue::finish() noexcept {
  finished_ += size_;
  return clear();
}

std::optional<Done> SendQueue::drop() noexcept {
  finished_ += ahead_;
  return clear();
}

std::optional<Done> SendQueue::clear() noexcept {
  chunks_ = {};
  size_ = ahead_ = first_ = offset_ = 0;
  return std::exchange(done_, std::nullopt);
}

}  // namespace weir::net
