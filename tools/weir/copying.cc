#include "weir/copying.h"

#include "weir/interrupt.h"
#include "weir/numbers.h"
#include <weir/http/incoming_message.h>

#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr mode_t kUsualMode = 0666;

// The permissions of a new file: those of the source, if there is only one.
mode_t new_mode(const CopyOptions& options) {
  if (options.sources.size() != 1) return kUsualMode;
  return look_at(options.sources.front()).mode.value_or(kUsualMode);
}

std::vector<std::optional<std::uint64_t>> sizes_of(const std::vector<Endpoint>& sources) {
  std::vector<std::optional<std::uint64_t>> sizes;
  bool is_input_read = false;
  for (const Endpoint& source : sources) {
    sizes.push_back(look_at(source).size);
    // Standard input is at its end when it is read again.
    if (source.is_standard() && sizes.back() && std::exchange(is_input_read, true))
      sizes.back() = 0;
  }
  return sizes;
}

// The Content-Length of a download.
std::optional<std::uint64_t> announced_size(const weir::Readable& source) {
  const auto* const response = dynamic_cast<const weir::http::IncomingMessage*>(&source);
  if (!response) return std::nullopt;
  const auto length = response->headers().get("content-length");
  return length ? parse_count(*length) : std::nullopt;
}

weir::Error not_done(const std::string& name) {
  return weir::Error(fmt::format("ended before the copy was complete, '{}'", name));
}

}  // namespace

Copying::Copying(weir::Loop& loop, const CopyOptions& options)
    : loop_(loop),
      options_(options),
      filters_(make_filters(loop, options)),
      source_sizes_(sizes_of(options.sources)) {
  const mode_t mode = new_mode(options);
  for (const Endpoint& destination : options.destinations)
    targets_.push_back(make_target(loop, destination, mode, options));
}

void Copying::start() {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    filters_[i].stream->on<weir::Error>([this, i](const weir::Error& error) {
      fail(weir::Error(fmt::format("{}, {} '{}'", error.what(), filters_[i].name,
                                   options_.sources[next_source_ - 1].shown())));
    });
    if (i > 0) filters_[i - 1].stream->pipe(filters_[i].stream);
  }
  awaited_ = targets_.size() + 1;  // the source
  for (const auto& target : targets_)
    if (!target->is_emptied()) open(*target);
  open_next();
}

void Copying::open(Target& target) {
  target.open([this, &target](weir::Error error) {
    error ? fail(std::move(error)) : on_target_open(target);
  });
}

void Copying::on_target_open(Target& target) {
  ++open_targets_;
  target.stream()->on<weir::Error>(
      [this, &target](const weir::Error& error) { on_target_error(target, error); });
  target.stream()->on<weir::Close>([this] {
    if (--open_targets_ == 0) ended_ = Clock::now();
  });
  if (!filters_.empty()) filters_.back().stream->pipe(target.stream());
  on_open();
}

void Copying::on_target_error(const Target& target, const weir::Error& error) {
  if (!error_) unread_ = target.is_stdout() && error.code() == std::errc::broken_pipe;
  fail(target.named(error));
}

void Copying::open_next() {
  origin_.emplace(loop_, options_.sources[next_source_++], options_);
  origin_->open([this](weir::Error error, weir::Ref<weir::Readable> source) {
    error ? fail(std::move(error)) : on_source_open(std::move(source));
  });
}

void Copying::on_source_open(weir::Ref<weir::Readable> source) {
  source_ = std::move(source);
  if (auto& size = source_sizes_[next_source_ - 1]; !size) size = announced_size(*source_);
  source_->on<weir::Error>([this, &endpoint = options_.sources[next_source_ - 1]](
                               const weir::Error& error) { fail(named(endpoint, error)); });
  auto* const file = dynamic_cast<weir::fs::ReadStream*>(source_.get());
  if (next_source_ == 1 && file && file->pending())
    file->once<weir::fs::Open>([this] { open_emptied(); });
  else if (next_source_ == 1)
    open_emptied();
  on_open();
}

// Once the source is open: one that cannot be must not have emptied them.
void Copying::open_emptied() {
  for (const auto& target : targets_)
    if (target->is_emptied() && !error_) open(*target);
}

// Pipe only when everything is open, so that neither data nor an end is lost.
void Copying::on_open() {
  if (--awaited_ == 0) pipe_source();
}

void Copying::pipe_source() {
  if (next_source_ == 1) started_ = Clock::now();
  source_->set_max_listeners(0);  // each destination adds some
  // The pipes do not end their destinations: another source may follow.
  if (!filters_.empty())
    source_->pipe(filters_.front().stream, {.end = false});
  else
    for (const auto& target : targets_) source_->pipe(target->stream(), {.end = false});
  if (!dynamic_cast<weir::fs::ReadStream*>(source_.get()))
    source_->on<weir::Data>([this](const weir::Data& data) { bytes_piped_ += data.chunk.size(); });
  source_->on<weir::End>([this] { on_source_end(); });
}

void Copying::on_source_end() {
  const Endpoint& ended = options_.sources[next_source_ - 1];
  const std::uint64_t bytes = bytes_of_source() - bytes_of_earlier_;
  if (ended.length && bytes < *ended.length)
    return fail(
        weir::Error(fmt::format("the file shrank while it was read: {} bytes instead of {}, '{}'",
                                bytes, *ended.length, ended.shown())));
  bytes_of_earlier_ += bytes;
  bytes_piped_ = 0;
  auto* const connection = dynamic_cast<weir::net::Connection*>(source_.get());
  if (next_source_ < options_.sources.size()) {
    // The next peer may connect only after this one has closed.
    if (connection) connection->end();
    awaited_ = 1;
    return open_next();
  }
  if (connection) {
    unacknowledged_ = weir::Ref<weir::net::Connection>(connection);
    unacknowledged_->unref();
  }
  source_ = nullptr;
  origin_.reset();
  sources_ended_ = true;
  if (!filters_.empty()) return static_cast<void>(filters_.front().stream->end());
  for (const auto& target : targets_) target->stream()->end();
}

void Copying::fail(weir::Error error) {
  if (error_) return;
  error_ = std::move(error);
  origin_.reset();
  if (source_) source_->destroy();
  if (unacknowledged_) unacknowledged_->destroy();
  for (const Filter& filter : filters_) filter.stream->destroy();
  for (const auto& target : targets_) target->give_up();
  stop_within(loop_, kClosingTime);
}

void Copying::on_loop_ended() {
  if (error_) return;
  if (!sources_ended_) {
    error_ = not_done(options_.sources[next_source_ - 1].shown());
    return;
  }
  for (const auto& target : targets_)
    if (!error_ && !target->is_complete()) error_ = not_done(target->name());
}

void Copying::commit() {
  stage_ = Stage::committing;
  for (const auto& target : targets_) target->commit();
}

void Copying::on_committed() {
  for (const auto& target : targets_)
    if (!error_ && !target->is_in_place()) error_ = not_done(target->name());
  if (!error_) stage_ = Stage::in_place;
}

void Copying::acknowledge() {
  if (!unacknowledged_ || unacknowledged_->destroyed()) return;
  unacknowledged_->ref();
  unacknowledged_->end();
}

std::uint64_t Copying::bytes_of_source() const {
  const auto* const file = dynamic_cast<const weir::fs::ReadStream*>(source_.get());
  return bytes_of_earlier_ + (file ? file->bytes_read() : bytes_piped_);
}

std::optional<std::uint64_t> Copying::bytes_to_read() const {
  std::uint64_t total = 0;
  for (const auto& size : source_sizes_) {
    if (!size) return std::nullopt;
    total += *size;
  }
  return total;
}

CopyFigures Copying::figures() const {
  CopyFigures figures{.bytes_read = bytes_of_source(),
                      .bytes_to_read = bytes_to_read(),
                      .time = ended_.value_or(Clock::now()) - started_,
                      .destinations = {}};
  for (const auto& target : targets_) {
    const weir::Writable* const stream = target->stream().get();
    figures.destinations.push_back(
        {.name = target->name(),
         .bytes = target->bytes_written(),
         .buffered = stream ? stream->writable_length() : 0,
         .high_water_mark = stream ? stream->writable_high_water_mark() : 0});
  }
  return figures;
}

}  // namespace tool
