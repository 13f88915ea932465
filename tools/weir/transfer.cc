#include "weir/transfer.h"

#include "weir/interrupt.h"
#include "weir/progress.h"

#include <cerrno>
#include <optional>

#include <unistd.h>

namespace tool {
namespace {

// A stream closes what it is given, and the process keeps its standard output.
int duplicate_stdout() {
  const int fd = ::dup(STDOUT_FILENO);
  if (fd < 0) throw weir::Error::system(errno, "dup");
  return fd;
}

weir::Ref<weir::fs::WriteStream> open_stream(weir::Loop& loop, const Options& options) {
  weir::fs::WriteStreamOptions stream{
      .high_water_mark = options.high_water_mark,
      .flags = options.append ? "a" : "w",
      .flush = options.sync,
      .write_mode = options.pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place};
  if (options.file == "-") stream.fd = duplicate_stdout();
  return weir::fs::create_write_stream(loop, options.file, std::move(stream));
}

}  // namespace

Transfer::Transfer(weir::Loop& loop, const Options& options)
    : loop_(loop), options_(options), stream_(open_stream(loop, options)) {}

Outcome Transfer::run(Source& source) {
  source_ = &source;
  stream_->on<weir::Error>([this](const weir::Error& error) {
    if (!error_) error_ = error;
    source_->stop();
  });
  Figures at_close;
  stream_->on<weir::Close>([&] { at_close = figures(); });

  const Interrupt interrupted(loop_, [this](int signal) { interrupt(signal); });
  std::optional<Progress> progress;
  if (Progress::is_wanted(options_))
    progress.emplace(loop_, [this] { return progress_line(figures()); });

  resume();
  loop_.run();
  // A loop that runs dry is no end: only the stream says that all is written.
  if (!error_ && !(stream_->writable_finished() && stream_->closed()))
    error_ = weir::Error(fmt::format("ended before all was written, '{}'", options_.file));
  return {error_, signal_, at_close};
}

void Transfer::pause() {
  ++pauses_;
  stream_->once<weir::Drain>([this] {
    ++drains_;
    resume();
  });
}

void Transfer::yield() {
  loop_.set_immediate([this] { resume(); });
}

void Transfer::fail(weir::Error error) {
  if (!error_) error_ = std::move(error);
  end();
}

void Transfer::resume() {
  if (stream_->writable()) source_->resume();
}

void Transfer::interrupt(int signal) {
  signal_ = signal;
  source_->stop();
  if (stream_->writable()) end();
}

Figures Transfer::figures() const {
  return {.bytes = stream_->bytes_written(),
          .time = Clock::now() - started_,
          .pauses = pauses_,
          .drains = drains_,
          .buffered = stream_->writable_length(),
          .buffer_peak = buffer_peak_,
          .high_water_mark = stream_->writable_high_water_mark()};
}

}  // namespace tool
