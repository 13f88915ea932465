#include <weir/fs/rotating_stream.h>

#include "fs/own_file.h"
#include "fs/rotating_sink.h"
#include "fs/stream_path.h"
#include "loop/clock.h"
#include "loop/loop_core.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::fs {
namespace {

// Within the range of a timer.
constexpr std::chrono::milliseconds kLongestTimer = std::chrono::hours(24);

void check(const std::string& path, const RotatingStreamOptions& options) {
  check_path(path, std::nullopt);
  if (options.max_size && *options.max_size < 1)
    throw out_of_range("max_size", ">= 1 && <= 9007199254740991",
                       fmt::to_string(*options.max_size));
  check_offset("every", options.every.count());
  check_offset("retry_on_full", options.retry_on_full.count());
  check_offset("sync_every", options.sync_every.count());
  const RotatedFilter& filter = options.compress;
  if (filter.suffix.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    throw invalid_argument_value("compress.suffix", filter.suffix, "must be a part of a file name");
  if (static_cast<bool>(filter.make) == filter.suffix.empty())
    throw invalid_argument_value("compress.suffix", filter.suffix,
                                 "must be given together with the function");
}

}  // namespace

Ref<RotatingStream> create_rotating_stream(Loop& loop, std::string path,
                                           RotatingStreamOptions options) {
  check(path, options);
  Rotation::Rules rules{
      .path = path, .mode = options.mode, .keep = options.keep, .suffix = options.compress.suffix};
  return make_rotating_stream(
      loop, std::move(path), std::move(options),
      {.ops = system_file_ops(loop), .rotator = system_rotator(loop, std::move(rules))});
}

Ref<RotatingStream> make_rotating_stream(Loop& loop, std::string path,
                                         RotatingStreamOptions options, RotatingFiles files) {
  const SyncSchedule::Every every{options.sync_every_bytes, options.sync_every};
  FileSink::Settings settings = own_file(loop, std::move(files.ops), std::move(path), "a", options);
  settings.flush = options.flush || every;
  settings.sync_every = every;
  RotatingSink::Limits limits{
      .max_size = {}, .record_end = options.record_end, .keep = options.keep};
  if (options.max_size) limits.max_size = static_cast<std::uint64_t>(*options.max_size);
  const bool syncs = settings.flush;
  auto sink = std::make_unique<RotatingSink>(std::move(settings), std::move(files.rotator), syncs,
                                             limits, std::move(options.compress));
  SinkTraits traits = kOwnFileTraits;
  traits.merges = options.record_end == RecordEnd::line;
  traits.sync = true;
  return stream_into<RotatingStream>(loop, std::move(sink), traits, options, loop, options.every);
}

RotatingStream::RotatingStream(RotatingSink& sink, SinkTraits traits,
                               const WritableOptions& options, Loop& loop,
                               std::chrono::milliseconds every)
    : DerivedStream(sink, traits, options), rotating_(sink), loop_(loop), every_(every) {
  const auto on_tick = [this](auto report) {
    ticks().next_tick([self = Ref(this), report = std::move(report)]() mutable {
      if (!self->closed()) report(*self);
    });
  };
  rotating_.connect(*this, {.rotated =
                                [on_tick](std::string path) {
                                  on_tick([path = std::move(path)](RotatingStream& self) mutable {
                                    self.emit(Rotated{std::move(path)});
                                  });
                                },
                            .failed =
                                [on_tick](Error error) {
                                  on_tick([error = std::move(error)](RotatingStream& self) {
                                    if (!self.emit(RotationFailed{error}))
                                      self.ticks().warn({"RotationFailedWarning", error.what()});
                                  });
                                },
                            .failed_by_time = [this] { retry_by_time(); }});
  if (every_.count() > 0) start_period();
}

// Once it has been accepted, each byte has its position.
std::uint64_t RotatingStream::accepted() const noexcept {
  return rotating_.completed() + writable_length();
}

std::uint64_t RotatingStream::switches() const noexcept { return rotating_.switches(); }

std::string RotatingStream::describe() const {
  return describe_file("RotatingStream", path(), fd());
}

void RotatingStream::rotate(Callback rotated) {
  if (!is_gone_for("rotate")) request(Switch::rotate, std::move(rotated));
}

void RotatingStream::reopen(Callback reopened) {
  if (!is_gone_for("reopen")) request(Switch::reopen, std::move(reopened));
}

void RotatingStream::request(Switch kind, Callback callback) {
  const bool rotates = kind == Switch::rotate;
  if (destroyed() || writable_ended()) {
    if (!callback) return;
    ticks().next_tick(
        [callback = std::move(callback),
         error = stream_destroyed(rotates ? "rotate" : "reopen")]() mutable { callback(error); });
    return;
  }
  rotating_.request(rotates ? Rotation::Kind::rotate : Rotation::Kind::reopen, accepted(),
                    std::move(callback));
  go_on_at_open();
}

void RotatingStream::go_on_at_open() {
  if (pending() && !std::exchange(awaits_open_, true))
    once<Open>([this] { rotating_.go_on_if_idle(); });
}

void RotatingStream::start_period() {
  period_end_ = loop_.core().clock().now() + every_;
  retry_.reset();
  wait_for_time();
}

void RotatingStream::wait_for_time() {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  const auto due = retry_ ? std::min(retry_->at, period_end_) : period_end_;
  const auto left = ceil<milliseconds>(due - loop_.core().clock().now());
  const auto timer = loop_.set_timeout(std::min(left, kLongestTimer), [this] { on_time(); });
  timer->unref();
  timer_ = timer;
}

void RotatingStream::on_time() {
  if (destroyed() || writable_ended()) return;
  const auto now = loop_.core().clock().now();
  if (now >= period_end_) {
    start_period();
  } else {
    const bool is_retry = retry_ && now >= retry_->at;
    const bool is_needed = is_retry && retry_->switches == switches();
    if (is_retry) retry_.reset();
    wait_for_time();
    if (!is_needed) return;
  }
  rotating_.request_by_time(accepted());
  go_on_at_open();
}

void RotatingStream::retry_by_time() {
  if (destroyed() || writable_ended()) return;
  retry_ = {.at = loop_.core().clock().now() + kRotationRetryTime, .switches = switches()};
  wait_for_time();
}

}  // namespace weir::fs
