#include "weir/copying.h"

#include "weir/origin.h"

#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr mode_t kUsualMode = 0666;

// The permissions of a new file: those of what is copied, where that is one file.
mode_t new_mode(const CopyOptions& options) {
  if (options.sources.size() != 1) return kUsualMode;
  return look_at(options.sources.front()).mode.value_or(kUsualMode);
}

std::optional<std::uint64_t> total_size(const std::vector<std::string>& sources) {
  std::uint64_t total = 0;
  for (const std::string& source : sources) {
    const auto size = look_at(source).size;
    if (!size) return std::nullopt;
    total += *size;
  }
  return total;
}

}  // namespace

Copying::Copying(weir::Loop& loop, const CopyOptions& options)
    : loop_(loop),
      options_(options),
      filters_(make_filters(loop, options)),
      bytes_to_read_(total_size(options.sources)) {
  const mode_t mode = new_mode(options);
  for (const std::string& name : options.destinations)
    targets_.emplace_back(loop, name, mode, options);
}

void Copying::start() {
  for (Target& target : targets_) {
    ++open_targets_;
    target.stream().on<weir::Error>(
        [this, &target](const weir::Error& error) { fail(target.named(error)); });
    target.stream().on<weir::Close>([this] {
      if (--open_targets_ == 0) ended_ = Clock::now();
    });
  }
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    filters_[i].stream->on<weir::Error>([this, i](const weir::Error& error) {
      fail(weir::Error(fmt::format("{}, {} '{}'", error.what(), filters_[i].name,
                                   options_.sources[next_source_ - 1])));
    });
    if (i > 0) filters_[i - 1].stream->pipe(filters_[i].stream);
  }
  if (!filters_.empty())
    for (Target& target : targets_) filters_.back().stream->pipe(target.ref());
  open_next();
}

void Copying::open_next() {
  try {
    source_ = open_source(loop_, options_.sources[next_source_++], options_);
  } catch (...) {
    return fail(weir::Error::from_current_exception());
  }
  source_->on<weir::Error>([this](const weir::Error& error) { fail(error); });
  // The pipes leave the end to us: another source may follow.
  if (!filters_.empty())
    source_->pipe(filters_.front().stream, {.end = false});
  else
    for (Target& target : targets_) source_->pipe(target.ref(), {.end = false});
  if (!dynamic_cast<weir::fs::ReadStream*>(source_.get()))
    source_->on<weir::Data>([this](const weir::Data& data) { bytes_piped_ += data.chunk.size(); });
  source_->on<weir::End>([this] { on_source_end(); });
}

void Copying::on_source_end() {
  bytes_of_earlier_ = bytes_of_source();
  bytes_piped_ = 0;
  if (next_source_ < options_.sources.size()) return open_next();
  source_ = nullptr;
  if (!filters_.empty()) return filters_.front().stream->end();
  for (Target& target : targets_) target.stream().end();
}

void Copying::fail(weir::Error error) {
  if (error_) return;
  error_ = std::move(error);
  if (source_) source_->destroy();
  for (const Filter& filter : filters_) filter.stream->destroy();
  for (Target& target : targets_) target.stream().destroy();
}

void Copying::commit() {
  for (Target& target : targets_) target.commit();
}

std::uint64_t Copying::bytes_of_source() const {
  const auto* const file = dynamic_cast<const weir::fs::ReadStream*>(source_.get());
  return bytes_of_earlier_ + (file ? file->bytes_read() : bytes_piped_);
}

CopyFigures Copying::figures() const {
  CopyFigures figures{.bytes_read = bytes_of_source(),
                      .bytes_to_read = bytes_to_read_,
                      .time = ended_.value_or(Clock::now()) - started_,
                      .destinations = {}};
  for (const Target& target : targets_) {
    const weir::fs::WriteStream& stream = const_cast<Target&>(target).stream();
    figures.destinations.push_back({.name = target.name(),
                                    .bytes = stream.bytes_written(),
                                    .buffered = stream.writable_length(),
                                    .high_water_mark = stream.writable_high_water_mark()});
  }
  return figures;
}

}  // namespace tool
