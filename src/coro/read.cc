#include <weir/coro/read.h>

#include <weir/fs/errors.h>

#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace weir {
namespace internal {

std::optional<std::string> LineSplitter::take() {
  while (true) {
    if (chunk_)
      if (std::optional<std::string> line = take_from_chunk()) return line;
    if (stream_.destroyed() && !stream_.readable_ended()) return std::nullopt;
    chunk_ = stream_.readable_ended() ? std::nullopt : stream_.read();
    begin_ = 0;
    if (chunk_) continue;
    if (!stream_.readable_ended() || begun_.empty()) return std::nullopt;
    return std::exchange(begun_, {});
  }
}

std::optional<std::string> LineSplitter::take_from_chunk() {
  std::string_view text = chunk_->text().substr(begin_);
  if (text.empty()) {
    chunk_.reset();
    return std::nullopt;
  }
  if (std::exchange(after_return_, false) && text.starts_with('\n')) {
    text.remove_prefix(1);
    ++begin_;
  }
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view part = text.substr(0, end);
  if (part.size() > max_length_ - begun_.size())
    throw Error(fs::Errc::line_too_long,
                fmt::format("A line is longer than {} bytes", max_length_));
  if (end == std::string_view::npos) {
    begun_ += part;
    chunk_.reset();
    return std::nullopt;
  }
  begin_ += end + 1;
  after_return_ = text[end] == '\r';
  if (begun_.empty()) return std::string(part);
  begun_ += part;
  return std::exchange(begun_, {});
}

std::string LineSplitter::take_rest() {
  std::string rest = std::exchange(begun_, {});
  if (chunk_) {
    std::string_view text = chunk_->text().substr(begin_);
    if (after_return_ && text.starts_with('\n')) text.remove_prefix(1);
    rest += text;
  }
  chunk_.reset();
  return rest;
}

}  // namespace internal

Lines::Lines(Readable& stream, const LinesOptions& options)
    : splitter_(std::make_unique<internal::LineSplitter>(
          stream, options.max_length.value_or(std::numeric_limits<std::size_t>::max()))),
      chunks_(stream, {.destroy_stream = options.destroy_stream}) {}

Lines::~Lines() {
  if (!splitter_) return;
  const std::string rest = splitter_->take_rest();
  // In vain where the stream is destroyed now, or is over.
  if (!rest.empty() && !splitter_->stream().readable_ended()) splitter_->stream().unshift(rest);
}

namespace co {

Task<std::string> text(Readable& stream, std::size_t most) {
  auto sequence = chunks(stream, SequenceOptions{.destroy_stream = false});
  std::string all;
  while (const auto chunk = co_await sequence.next()) {
    if (chunk->size() > most - all.size())
      throw out_of_range("length", fmt::format("<= {}", most),
                         fmt::to_string(all.size() + chunk->size()));
    all += chunk->text();
  }
  co_return all;
}

}  // namespace co
}  // namespace weir
