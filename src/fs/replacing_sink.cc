#include "fs/replacing_sink.h"

#include "loop/pool.h"

#include <utility>

namespace weir::fs {

// A step on the pool. The request owns it, so that a destroyed Loop, which drops the request,
// leaves no temporary file.
struct ReplacingSink::Run {
  Run(ReplacingSink& owner, Done on_done, Then next)
      : sink(owner), done(std::move(on_done)), then(next) {
    sink.running_ = true;
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    sink.running_ = false;
    if (is_over) return;
    sink.waiting_destroy_.reset();
    sink.replacement_ = nullptr;
    sink.file().close_now();
  }

  ReplacingSink& sink;
  Done done;  // keeps the stream, and so the sink, alive
  Then then;
  Error error;
  bool is_over = false;
};

ReplacingSink::ReplacingSink(Settings settings, std::unique_ptr<Replacement> replacement,
                             Function<void(Callback)> before_replacing)
    : FileSink(std::move(settings)),
      replacement_(std::move(replacement)),
      before_replacing_(std::move(before_replacing)) {}

template <class Work>
void ReplacingSink::run(Done done, Work work, Then then) {
  auto run = std::make_unique<Run>(*this, std::move(done), then);
  Error& result = run->error;
  internal::run_on_pool(
      loop().core(),
      [&replacement = *replacement_, &result, work] {
        try {
          result = work(replacement);
        } catch (...) {  // out of memory
          result = Error::from_current_exception();
        }
      },
      [run = std::move(run)]() mutable {
        ReplacingSink& sink = run->sink;
        sink.on_run(std::move(run));
      });
}

void ReplacingSink::on_run(std::unique_ptr<Run> run) {
  run->is_over = true;
  Done done = std::move(run->done);
  Error error = std::move(run->error);
  const Then then = run->then;
  std::optional<Destroy> waiting = std::exchange(waiting_destroy_, std::nullopt);
  run.reset();
  if (error || waiting)
    done(std::move(error));
  else
    (this->*then)(std::move(done));
  if (waiting) destroy(std::move(waiting->error), std::move(waiting->done));
}

void ReplacingSink::construct(Done done) {
  run(
      std::move(done), [](Replacement& replacement) { return replacement.open(); },
      &ReplacingSink::on_open);
}

void ReplacingSink::on_open(Done done) {
  const int fd = replacement_->release_file();
  if (replacement_->replaces())
    set_flush(false);  // it is synced before the rename
  else
    replacement_ = nullptr;
  file().adopt(fd, std::move(done));
}

void ReplacingSink::final(Done done) {
  if (!replacement_) return done();
  run(
      std::move(done),
      [fd = *file().fd()](Replacement& replacement) { return replacement.complete(fd); },
      &ReplacingSink::on_complete);
}

void ReplacingSink::on_complete(Done done) {
  if (!before_replacing_) return put_in_place(std::move(done));
  auto before_replacing = std::move(before_replacing_);
  before_replacing([this, once = std::optional(std::move(done))](const Error& error) mutable {
    if (once) on_decision(*std::exchange(once, std::nullopt), error);
  });
}

void ReplacingSink::on_decision(Done done, const Error& error) {
  // Destroyed meanwhile: the new file is removed.
  if (error || !replacement_) return done(error);
  put_in_place(std::move(done));
}

void ReplacingSink::put_in_place(Done done) {
  run(
      std::move(done),
      [fd = *file().fd()](Replacement& replacement) { return replacement.put_in_place(fd); },
      &ReplacingSink::on_replaced);
}

void ReplacingSink::on_replaced(Done done) {
  replacement_ = nullptr;
  done();
}

void ReplacingSink::destroy(Error error, Done done) {
  if (running_) {
    replacement_->cancel();
    waiting_destroy_.emplace(std::move(error), std::move(done));
    return;
  }
  replacement_ = nullptr;  // removes the temporary file now, even if the last write is in progress
  FileSink::destroy(std::move(error), std::move(done));
}

}  // namespace weir::fs
