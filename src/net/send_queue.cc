#include "net/send_queue.h"

#include "loop/file_range.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

namespace weir::net {
namespace {

constexpr std::size_t kViewsASend = 256;
constexpr std::size_t kLargestPiece = std::size_t{1} << 20;

}  // namespace

void SendQueue::push(std::vector<Chunk> chunks, std::size_t bytes) {
  size_ += bytes;
  chunks_.add(std::move(chunks));
}

bool SendQueue::send_ahead(const Descriptor& descriptor, SendAheadLimit::Time now) {
  if (ahead_ == 0) limit_.begin(descriptor.send_room(), now);
  if (!limit_.allows(size_, now)) return false;
  ahead_ = size_;
  return true;
}

std::expected<SendQueue::Flushed, int> SendQueue::flush(Descriptor& descriptor) {
  std::size_t taken = 0;
  while (!chunks_.empty()) {
    ++sends_;
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
  if (chunks_.front().is_external()) return send_range(descriptor);
  std::array<iovec, kViewsASend> views;
  std::size_t count = 0;
  const bool is_all = chunks_.visit([&](std::span<const std::byte> bytes) {
    if (count == views.size()) return false;
    views[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    return true;
  });
  // The packets of a head are filled up with the file that follows it.
  const auto more = is_all ? Descriptor::More::none : Descriptor::More::follows;
  const Descriptor::Result sent = descriptor.send({views.data(), count}, more);
  if (sent) chunks_.advance(*sent);
  return sent;
}

// The call may block on the disk, as in every server that sends files this way. The size of a piece
// bounds the time.
Descriptor::Result SendQueue::send_range(Descriptor& descriptor) {
  internal::FileRange* const range = internal::FileRange::of(chunks_.front());
  const std::size_t left = chunks_.front_left();
  if (range && !range->source->refused()) {
    const std::int64_t at = range->offset + static_cast<std::int64_t>(chunks_.front_done());
    const std::size_t piece = std::min(left, kLargestPiece);
    const Descriptor::Result sent = descriptor.send_file(range->source->fd(), at, piece);
    if (sent && *sent == 0) {  // the file was truncated meanwhile
      const Ref<internal::RangedFile> source = range->source;
      chunks_.advance(left);
      source->report(left, {});
      if (source->has_failed()) return std::unexpected(EIO);
      return sent;
    }
    if (sent) chunks_.advance(*sent);
    if (sent || sent.error() == EAGAIN || sent.error() == EPIPE || sent.error() == ECONNRESET)
      return sent;
    range->source->refuse();
  }
  const Ref<internal::RangedFile> source = range ? range->source : nullptr;
  chunks_.fetch_front();
  if (source && source->has_failed()) return std::unexpected(EIO);
  return std::size_t{0};
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
  size_ = ahead_ = 0;
  return std::exchange(done_, std::nullopt);
}

}  // namespace weir::net
