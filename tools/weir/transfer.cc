#include "weir/transfer.h"

#include "weir/interrupt.h"
#include "weir/progress.h"

#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tool {
namespace {

// The interval of checks after a signal.
constexpr std::chrono::milliseconds kLook(100);
constexpr int kMostIdleLooks = 5;

// A write to a file always ends, even on a slow disk.
bool is_file(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
}

// A write returns with the bytes that a slow reader takes.
// REQUIRES: no other process shares the descriptor.
void make_nonblocking(int fd) {
  if (const int flags = ::fcntl(fd, F_GETFL); flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

// The number of bytes in the system pipe that are not read yet.
int unread_in_pipe(std::optional<int> fd) {
  int count = 0;
  return fd && ::ioctl(*fd, FIONREAD, &count) == 0 ? count : 0;
}

// A stream closes its descriptor, and the process keeps its standard output.
int duplicate_stdout() {
  const int fd = ::dup(STDOUT_FILENO);
  if (fd < 0) throw weir::Error::system(errno, "dup");
  return fd;
}

weir::Ref<weir::fs::WriteStream> open_stream(weir::Loop& loop, const LineOptions& options) {
  weir::fs::WriteStreamOptions stream{
      .high_water_mark = options.high_water_mark,
      .flags = options.append ? "a" : "w",
      .flush = options.sync,
      .write_mode = options.pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place};
  if (options.to_stdout()) stream.fd = duplicate_stdout();
  auto file = weir::fs::create_write_stream(loop, options.file, std::move(stream));
  if (options.to_stdout()) file->set_name("standard output");
  return file;
}

}  // namespace

Transfer::Transfer(weir::Loop& loop, const LineOptions& options)
    : loop_(loop), options_(options), stream_(open_stream(loop, options)) {}

Outcome Transfer::run(Source& source) {
  source_ = &source;
  stream_->on<weir::Error>([this](const weir::Error& error) {
    if (!error_) error_ = error;
    source_->stop();
  });
  std::optional<Figures> at_close;
  stream_->on<weir::Close>([&] { at_close = figures(); });

  const Interrupt interrupted(loop_, [this](int signal) { interrupt(signal); });
  std::optional<Progress> progress;
  if (Progress::is_wanted(options_.json, options_.to_stdout()))
    progress.emplace(loop_, [this, rate = RecentRate()](const Terminal& terminal) mutable {
      const Figures now = figures();
      return progress_line(now, rate.take(now.time, now.bytes), terminal);
    });

  resume();
  loop_.run();
  const bool stopped = signal_ != 0 && !at_close;
  // The end of the loop does not mean success: only the stream reports that everything is written.
  if (!error_ && !stopped && !(stream_->writable_finished() && stream_->closed()))
    error_ = weir::Error(fmt::format("ended before everything was written, '{}'", options_.file));
  return {.error = error_,
          .signal = signal_,
          .figures = at_close ? *at_close : figures(),
          .bytes_accepted = bytes_accepted_,
          .rest = stopped ? rest() : Outcome::Rest::none};
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
  if (const auto fd = stream_->fd(); fd && !options_.to_stdout()) make_nonblocking(*fd);
  watch_writes();
}

// A FIFO without a reader, or whose reader does not read, would delay the end forever.
void Transfer::watch_writes() {
  struct Seen {
    std::uint64_t written;
    int unread;
    bool operator==(const Seen&) const = default;
  };
  const auto look = [this] {
    return Seen{stream_->bytes_written(), unread_in_pipe(stream_->fd())};
  };
  loop_
      .set_interval(kLook,
                    [this, look, seen = look(), idle_looks = 0]() mutable {
                      const auto fd = stream_->fd();
                      if (fd && is_file(*fd)) return;
                      const Seen now = look();
                      idle_looks = now == std::exchange(seen, now) ? idle_looks + 1 : 0;
                      if (idle_looks == kMostIdleLooks) loop_.stop();
                    })
      ->unref();
}

Outcome::Rest Transfer::rest() const {
  const bool is_writing = !stream_->pending() && stream_->writable_length() > 0;
  return is_writing ? Outcome::Rest::with_the_system : Outcome::Rest::unwritten;
}

Figures Transfer::figures() const {
  return {.bytes = stream_->bytes_written(),
          .time = Clock::now() - started_,
          .pauses = pauses_,
          .drains = drains_,
          .buffered = stream_->writable_length(),
          .buffer_peak = buffer_peak_,
          .high_water_mark = stream_->writable_high_water_mark(),
          .done = source_ ? source_->done() : std::nullopt};
}

}  // namespace tool
