#include "nats/framing_sink.h"

#include "nats/errors.h"

#include <utility>

#include <fmt/format.h>

namespace weir::nats::internal {

void FramingSink::writev(Batch batch, Done done) {
  std::vector<Buffer> messages;
  messages.reserve(batch.chunks.size());
  for (Chunk& chunk : batch.chunks) {
    if (framing_ == Framing::line)
      split(chunk, messages);
    else
      messages.push_back(std::move(chunk));
  }
  engine_->publish(std::move(messages), std::move(done));
}

void FramingSink::split(const Buffer& chunk, std::vector<Buffer>& messages) {
  const std::string_view text = chunk.text();
  std::size_t from = 0;
  for (std::size_t end; (end = text.find('\n', from)) != text.npos; from = end + 1) {
    if (tail_.empty()) {
      messages.push_back(chunk.slice(from, end));
    } else {
      tail_.append(text.substr(from, end - from));
      messages.push_back(Buffer::adopt(std::exchange(tail_, {})));
    }
  }
  tail_.append(text.substr(from));
  // A line that can only be refused: NATS says so, before more of it is kept.
  if (tail_.size() > connection_.max_payload())
    messages.push_back(Buffer::adopt(std::exchange(tail_, {})));
}

void FramingSink::final(Done done) {
  if (tail_.empty()) return engine_->publish({}, std::move(done));
  engine_->publish_open_line(Buffer::adopt(std::exchange(tail_, {})), std::move(done));
}

void FramingSink::destroy(Error error, Done done) {
  engine_->stop();
  done(std::move(error));
}

}  // namespace weir::nats::internal
