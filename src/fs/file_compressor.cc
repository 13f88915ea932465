#include "fs/file_compressor.h"

#include "loop/pool.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/replacing_stream.h>
#include <weir/stream/pipeline.h>

#include <cerrno>
#include <stop_token>
#include <system_error>

#include <unistd.h>

namespace weir::fs {

struct FileCompressor::Job {
  Job(FileCompressor& by, RotatedFile compressed, Function<void()> on_idle)
      : owner(&by),
        file(std::move(compressed)),
        target(file.path + by.filter_.suffix),
        idle(std::move(on_idle)) {
    owner->current_ = this;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (owner) owner->current_ = nullptr;
  }

  FileCompressor* owner;  // null: cancelled
  RotatedFile file;
  std::string target;
  Function<void()> idle;
  std::stop_source stop;
  int removal_error = 0;
};

void FileCompressor::set_files(std::vector<RotatedFile> files) {
  files_.clear();
  for (RotatedFile& file : files)
    if (!current_ || current_->file.path != file.path) files_.push_back(std::move(file));
  if (!current_) start({});
}

void FileCompressor::when_idle(Function<void()> idle) {
  if (!current_) return idle();
  current_->idle = std::move(idle);
}

void FileCompressor::cancel() {
  files_.clear();
  if (!current_) return;
  Job& job = *std::exchange(current_, nullptr);
  job.owner = nullptr;
  Function<void()> idle = std::move(job.idle);
  job.stop.request_stop();  // may destroy the job
  if (idle) idle();
}

void FileCompressor::start(Function<void()> idle) {
  if (files_.empty()) {
    if (idle) idle();
    return;
  }
  auto job = std::make_unique<Job>(*this, std::move(files_.front()), std::move(idle));
  files_.pop_front();
  copy(std::move(job));
}

void FileCompressor::copy(std::unique_ptr<Job> job) {
  const auto& [path, mode] = job->file;
  Ref<Transform> filter;
  try {
    filter = filter_.make(loop_);
  } catch (...) {
    loop_.next_tick([job = std::move(job), error = Error::from_current_exception()]() mutable {
      finish(std::move(job), error);
    });
    return;
  }
  auto source = create_read_stream(loop_, path);
  // Synced, since the old file is removed.
  auto target = create_replacing_stream(loop_, job->target, {.mode = mode, .flush = true});
  const PipelineOptions options{.signal = job->stop.get_token()};
  pipeline(
      options, std::move(source), std::move(filter), std::move(target),
      [job = std::move(job)](const Error& error) mutable { on_copied(std::move(job), error); });
}

void FileCompressor::on_copied(std::unique_ptr<Job> job, const Error& error) {
  if (!job->owner) return;
  if (error) return finish(std::move(job), error);
  internal::LoopCore& core = job->owner->loop_.core();
  Job& running = *job;
  internal::run_on_pool(
      core,
      [&running] {
        const int result = ::unlink(running.file.path.c_str());
        running.removal_error = result == 0 || errno == ENOENT ? 0 : errno;
      },
      [job = std::move(job)]() mutable {
        const int failed = job->removal_error;
        const Error removal = failed ? Error::system(failed, "unlink", job->file.path) : Error();
        finish(std::move(job), removal);
      });
}

void FileCompressor::finish(std::unique_ptr<Job> job, const Error& error) {
  if (!job->owner) return;
  FileCompressor& owner = *job->owner;
  const std::string path = error ? job->file.path : job->target;
  Function<void()> idle = std::move(job->idle);
  // Removed by the limit, before it was opened.
  const bool is_gone = error == std::errc::no_such_file_or_directory && error.syscall() == "open" &&
                       error.subject() == path;
  job.reset();
  if (!is_gone) owner.compressed_(path, error);  // runs no listeners
  owner.start(std::move(idle));
}

}  // namespace weir::fs
