#include "fs/rotating_sink.h"

#include "fs/record_split.h"
#include "loop/clock.h"
#include "loop/loop_core.h"

#include <algorithm>
#include <utility>

namespace weir::fs {
namespace {

void fetch(std::vector<Chunk>& chunks) {
  for (Chunk& chunk : chunks)
    if (chunk.is_external())
      static_cast<Buffer&>(chunk) = chunk.external_bytes().fetch(chunk.size());
}

}  // namespace

// A switch, and the calls of the stream that wait for it. The rotator's call owns it, so that a
// destroyed Loop, which drops the call, closes the file.
struct RotatingSink::Switch {
  struct Write {
    weir::Batch batch;
    Done done;
  };
  struct Destroy {
    Error error;
    Done done;
  };

  explicit Switch(RotatingSink& owner) : sink(owner), stream(owner.stream_), syncs(owner.syncs_) {}
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;
  ~Switch() {
    if (is_over) return;
    sink.switch_ = nullptr;
    sink.file().close_now();
  }

  RotatingSink& sink;
  const Ref<Stream> stream;  // keeps the sink alive
  const bool syncs;          // the old file
  Rotation::Kind kind = Rotation::Kind::rotate;
  bool is_by_size = true;
  bool is_by_time = false;  // perhaps for other requests, too
  Rotation::Result result;
  std::vector<Callback> callbacks;
  std::optional<Done> rest;    // of the batch whose next part is for the new file
  std::optional<Write> write;  // a batch that came meanwhile
  std::optional<Done> sync;    // that came meanwhile, or that began this
  std::optional<Done> end;     // the final
  std::optional<Destroy> destroy;
  bool is_over = false;
};

// The file that a switch has left, while it is closed. Its data may be lost until then: a network's
// file system, with its quota, reports that at the close. So the next switch waits, and the end.
struct RotatingSink::Closing {
  Closing(RotatingSink& owner, Rotation::Result& result)
      : sink(owner),
        stream(owner.stream_),
        rotated(std::move(result.rotated)),
        to_compress(std::move(result.to_compress)) {
    sink.closing_ = this;
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    if (sink.closing_ == this) sink.closing_ = nullptr;
  }

  RotatingSink& sink;
  const Ref<Stream> stream;  // keeps the sink alive
  std::string rotated;
  std::vector<RotatedFile> to_compress;
  std::unique_ptr<Switch> next;
  std::optional<Done> end;  // the final
};

RotatingSink::RotatingSink(Settings settings, std::unique_ptr<Rotator> rotator, bool syncs,
                           Limits limits, RotatedFilter compress)
    : FileSink(std::move(settings)),
      rotator_(std::move(rotator)),
      limits_(limits),
      compressor_(loop(), std::move(compress), limits.keep),
      syncs_(syncs) {
  compressor_.on_compressed([this](const std::string& path, const Error& error) {
    if (error)
      reports_.failed(error);
    else
      reports_.rotated(path);
  });
}

void RotatingSink::connect(Stream& stream, Reports reports) noexcept {
  stream_ = &stream;
  reports_ = std::move(reports);
}

// --- Parts of a batch. ---

void RotatingSink::writev(weir::Batch written, Done done) {
  if (switch_) {
    switch_->write.emplace(std::move(written), std::move(done));
    return;
  }
  work_ = Work::batch;
  rest_ = std::move(written.chunks);
  fetch(rest_);
  write_next_part(std::move(done));
}

void RotatingSink::write_next_part(Done done) {
  if (!file_size_)
    file_size_ = static_cast<std::uint64_t>(
        std::max<std::int64_t>(file().ops().regular_size(*file().fd()), 0));
  part_.length = next_part_length();
  if (part_.length == 0 && total_length(rest_) > 0) {
    auto owned = std::make_unique<Switch>(*this);
    owned->rest.emplace(std::move(done));
    return begin(std::move(owned));
  }
  weir::Batch part{.chunks = take_front(rest_, part_.length), .length = part_.length};
  part_.ends_record = ends_with_record(part.chunks, limits_.record_end);
  FileSink::writev(std::move(part), std::move(done));
}

bool RotatingSink::exceeds_size(std::size_t more) const noexcept {
  return limits_.max_size && *file_size_ + more > *limits_.max_size &&
         loop().core().clock().now() >= next_by_size_;
}

// The bytes of the rest that belong in the current file; 0: a switch is due first.
std::size_t RotatingSink::next_part_length() const {
  std::size_t length = total_length(rest_);
  if (!requests_.empty()) {
    const std::uint64_t due = requests_[0].position;
    if (due <= position_ && !is_within_record_) return 0;
    const std::uint64_t from = due - std::min(due, position_);
    if (from <= length) {
      const auto begin = static_cast<std::size_t>(from);
      length = std::min(length, record_end_from(rest_, limits_.record_end, begin));
    }
  }
  if (!exceeds_size(length)) return length;
  const std::uint64_t room = *limits_.max_size - std::min(*limits_.max_size, *file_size_);
  const auto upto = static_cast<std::size_t>(std::min<std::uint64_t>(room, length));
  if (const std::size_t end = record_end_upto(rest_, limits_.record_end, upto)) return end;
  if (*file_size_ > 0 && !is_within_record_) return 0;
  return std::min(length, record_end_from(rest_, limits_.record_end, 0));
}

void RotatingSink::on_batch(Done done, const Error& error) {
  if (error) {
    rest_.clear();
    work_ = Work::none;
    return done(error);
  }
  position_ += part_.length;
  *file_size_ += part_.length;
  if (part_.length > 0) is_within_record_ = !part_.ends_record;
  if (!rest_.empty()) return write_next_part(std::move(done));
  work_ = Work::none;
  completed_ = position_;
  go_on_if_idle();
  done();
}

FileSink::HeldChunks RotatingSink::held_chunks() const noexcept {
  if (!switch_ || !switch_->write) return {.rest = rest_, .next = {}};
  return {.rest = rest_, .next = switch_->write->batch.chunks};
}

// --- Switches. ---

void RotatingSink::request(Rotation::Kind kind, std::uint64_t position, Callback switched) {
  add({kind, position, std::move(switched)});
}

void RotatingSink::request_by_time(std::uint64_t position) {
  add({.kind = Rotation::Kind::rotate, .position = position, .switched = {}, .is_by_time = true});
}

void RotatingSink::add(Request request) {
  requests_.push_back(std::move(request));
  go_on_if_idle();
}

bool RotatingSink::is_due() const noexcept {
  return !requests_.empty() && requests_[0].position <= position_ && !is_within_record_;
}

void RotatingSink::go_on_if_idle() {
  if (work_ == Work::none && !switch_ && file().fd() && is_due())
    begin(std::make_unique<Switch>(*this));
}

// For all requests that are due.
void RotatingSink::begin(std::unique_ptr<Switch> owned) {
  Switch& running = *owned;
  switch_ = &running;
  const bool switches =
      running.kind == Rotation::Kind::rotate || running.kind == Rotation::Kind::reopen;
  while (switches && !requests_.empty() && requests_[0].position <= position_) {
    Request request = requests_.pop_front();
    if (std::exchange(running.is_by_size, false)) running.kind = request.kind;
    if (request.kind == Rotation::Kind::rotate) running.kind = request.kind;
    running.is_by_time = running.is_by_time || request.is_by_time;
    if (request.switched) running.callbacks.push_back(std::move(request.switched));
  }
  if (closing_)
    closing_->next = std::move(owned);
  else
    start(std::move(owned));
}

void RotatingSink::start(std::unique_ptr<Switch> owned) {
  const Switch& running = *owned;
  rotator_->run(running.kind, *file().fd(), running.syncs,
                [owned = std::move(owned)](Rotation::Result result) mutable {
                  owned->result = std::move(result);
                  RotatingSink& sink = owned->sink;
                  sink.on_switched(std::move(owned));
                });
}

void RotatingSink::on_switched(std::unique_ptr<Switch> finished) {
  finished->is_over = true;
  switch_ = nullptr;
  enter_file(*finished);
  report(*finished);
  go_on(*finished);
}

void RotatingSink::enter_file(Switch& finished) {
  Rotation::Result& result = finished.result;
  const bool may_repeat = !result.file && (result.failure || result.size > 0);
  if (finished.kind == Rotation::Kind::sync) {
    has_left_ = has_left_ && result.failure;
    return;
  }
  if (finished.kind == Rotation::Kind::limit) return;
  if (finished.is_by_size && may_repeat)
    next_by_size_ = loop().core().clock().now() + kRotationRetryTime;
  if (result.failure) return;
  file_size_ = result.size;
  if (!result.file) return;
  ++switches_;
  has_left_ = has_left_ || !finished.syncs;
  next_by_size_ = {};
  const int old = replace_file(result.file.release());
  auto closing = std::make_unique<Closing>(*this, result);
  file().ops().close(old, [closing = std::move(closing)](std::int64_t closed) mutable {
    RotatingSink& sink = closing->sink;
    sink.on_closed(std::move(closing), sink.file().failure(closed, "close"));
  });
}

// No listener or callback runs here: first the writes go on.
void RotatingSink::report(Switch& finished) {
  Rotation::Result& result = finished.result;
  const bool is_unheard = finished.callbacks.empty() && !result.is_sync_lost;
  for (Callback& callback : finished.callbacks) call_back(std::move(callback), result.failure);
  if (result.failure && is_unheard) reports_.failed(result.failure);
  if (result.failure && finished.is_by_time) reports_.failed_by_time();
  if (result.leftover) reports_.failed(result.leftover);
}

void RotatingSink::on_closed(std::unique_ptr<Closing> closing, const Error& error) {
  closing_ = nullptr;
  if (error) {
    // As after a failed sync: the file may lack records that were reported as written.
    if (closing->end) (*closing->end)(error);
    if (!closing->next) return static_cast<void>(stream_->destroy(error));
    closing->next->result = {.failure = error, .is_sync_lost = true};
    return on_switched(std::move(closing->next));
  }
  if (!stream_->destroyed()) {
    if (!closing->to_compress.empty())
      compressor_.set_files(std::move(closing->to_compress));
    else if (!closing->rotated.empty() && !compressor_.is_on())
      reports_.rotated(std::move(closing->rotated));
  }
  if (closing->next) start(std::move(closing->next));
  if (closing->end) finish_compression(*std::move(closing->end));
}

void RotatingSink::call_back(Callback callback, const Error& error) {
  loop().next_tick([callback = std::move(callback), error]() mutable { callback(error); });
}

// The call of the stream that waits, if any.
void RotatingSink::go_on(Switch& finished) {
  Error error;
  if (finished.result.is_sync_lost) error = finished.result.failure;
  if (finished.destroy) error = stream_destroyed("write");
  if (error) {
    rest_.clear();
    work_ = Work::none;
    if (finished.rest) (*finished.rest)(error);
    if (finished.write) finished.write->done(error);
    if (finished.sync) (*finished.sync)(error);
    if (finished.end) (*finished.end)(error);
    if (!finished.destroy) return static_cast<void>(stream_->destroy(error));
    // As for a write in progress.
    const bool is_writing = finished.rest || finished.write || finished.sync;
    if (is_writing && !finished.destroy->error) finished.destroy->error = error;
    FileSink::destroy(std::move(finished.destroy->error), std::move(finished.destroy->done));
  } else if (finished.rest) {
    write_next_part(*std::move(finished.rest));
  } else if (finished.write) {
    writev(std::move(finished.write->batch), std::move(finished.write->done));
  } else if (finished.sync) {
    sync(*std::move(finished.sync));
  } else if (finished.end) {
    // A rotation that was asked for meanwhile may leave one file too many.
    const bool is_limited = finished.kind == Rotation::Kind::limit && requests_.empty();
    is_limited ? finish_compression(*std::move(finished.end)) : final(*std::move(finished.end));
  } else {
    go_on_if_idle();
  }
}

// --- Sync and the end. ---

// Of all files: from the first sync on, each switch syncs the old file.
void RotatingSink::sync(Done done) {
  syncs_ = true;
  if (switch_) {
    switch_->sync.emplace(std::move(done));
  } else if (has_left_) {
    auto owned = std::make_unique<Switch>(*this);
    owned->kind = Rotation::Kind::sync;
    owned->sync.emplace(std::move(done));
    begin(std::move(owned));
  } else {
    work_ = Work::sync;
    FileSink::sync(std::move(done));
  }
}

void RotatingSink::on_synced(Done done, const Error& error) {
  work_ = Work::none;
  if (!error) go_on_if_idle();
  done(error);
}

void RotatingSink::final(Done done) {
  if (switch_) {
    switch_->end.emplace(std::move(done));
  } else if (!requests_.empty()) {  // the last record has no end
    auto owned = std::make_unique<Switch>(*this);
    owned->end.emplace(std::move(done));
    begin(std::move(owned));
  } else if (limits_.keep) {
    auto owned = std::make_unique<Switch>(*this);
    owned->kind = Rotation::Kind::limit;
    owned->end.emplace(std::move(done));
    begin(std::move(owned));
  } else {
    finish_compression(std::move(done));
  }
}

void RotatingSink::finish_compression(Done done) {
  if (closing_) return static_cast<void>(closing_->end.emplace(std::move(done)));
  compressor_.when_idle([done = std::move(done)]() mutable { done(); });
}

void RotatingSink::destroy(Error error, Done done) {
  while (!requests_.empty())
    if (Request request = requests_.pop_front(); request.switched)
      call_back(std::move(request.switched),
                stream_destroyed(request.kind == Rotation::Kind::rotate ? "rotate" : "reopen"));
  compressor_.cancel();
  if (closing_)
    if (auto end = std::exchange(closing_->end, std::nullopt)) (*end)();
  if (switch_)
    switch_->destroy.emplace(std::move(error), std::move(done));
  else
    FileSink::destroy(std::move(error), std::move(done));
}

}  // namespace weir::fs
