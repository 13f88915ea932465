#include "fs/file_compressor.h"

#include "fs/rotated_names.h"
#include "fs/unique_fd.h"
#include "loop/pool.h"
#include <weir/fs/read_stream.h>
#include <weir/fs/replacing_stream.h>
#include <weir/stream/pipeline.h>

#include <cerrno>
#include <stop_token>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

// Where others may write to the folder, the name may have become that of another kind of file since
// the rotation: of a link, whose target is not theirs to read, or of a FIFO, whose open would wait.
Ref<ReadStream> read_rotated(Loop& loop, const std::string& path) {
  auto source = create_read_stream(loop, path, {.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK});
  source->once<Open>([&stream = *source](const Open& open) {
    struct stat status{};
    if (::fstat(open.fd, &status) != 0)
      stream.destroy(Error::system(errno, "fstat", stream.path()));
    else if (!S_ISREG(status.st_mode))
      stream.destroy(Error::system(EINVAL, "open", stream.path()));
  });
  return source;
}

}  // namespace

struct FileCompressor::Job {
  Job(FileCompressor& by, RotatedFile compressed, Function<void()> on_idle)
      : owner(&by),
        file(std::move(compressed)),
        suffix(by.filter_.suffix),
        target(file.path + suffix),
        idle(std::move(on_idle)),
        keep(by.keep_) {
    owner->current_ = this;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (owner) owner->current_ = nullptr;
  }

  FileCompressor* owner;  // null: cancelled
  RotatedFile file;
  std::string suffix;
  std::string target;
  Function<void()> idle;
  std::optional<std::size_t> keep;
  std::stop_source stop;
  Error error;                // of the copy
  bool is_gone = false;       // without a result
  bool is_cancelled = false;  // by set_files()

  // On the pool, after the copy.
  void remove_original();
  bool remove_result_beyond_limit();
};

void FileCompressor::Job::remove_original() {
  const int result = error ? ::access(file.path.c_str(), F_OK) : ::unlink(file.path.c_str());
  if (result == 0) return;
  if (errno == ENOENT)
    is_gone = remove_result_beyond_limit() || error;
  else if (!error)
    error = Error::system(errno, "unlink", file.path);
}

// Another process may have removed the original; the result remains then.
bool FileCompressor::Job::remove_result_beyond_limit() {
  if (!keep) return false;
  const std::size_t slash = file.path.rfind('/') + 1;  // 0: none
  const std::string_view name = std::string_view(file.path).substr(slash);
  const std::string_view rotated = name.substr(0, name.rfind('.'));
  const std::string folder_path = slash == 0 ? "." : file.path.substr(0, slash);
  const UniqueFd folder(::open(folder_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  RotatedNames all;
  if (!folder || list_rotated(folder.get(), rotated, suffix, all) != 0) return false;
  const auto parsed = parse_rotated(name, rotated, suffix);
  return parsed && parsed->number < first_kept(all.ours, *keep) &&
         (::unlink(target.c_str()) == 0 || errno == ENOENT);
}

void FileCompressor::set_files(std::vector<RotatedFile> files) {
  files_.clear();
  bool is_removed = true;
  for (RotatedFile& file : files) {
    if (current_ && current_->file.path == file.path)
      is_removed = false;
    else
      files_.push_back(std::move(file));
  }
  if (!current_) return start({});
  if (!is_removed) return;
  current_->is_cancelled = true;
  // Later: the filter's end may run code of the program.
  loop_.next_tick([stop = current_->stop]() mutable { stop.request_stop(); });
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
  auto source = read_rotated(loop_, path);
  // Synced, since the old file is removed.
  auto target = create_replacing_stream(loop_, job->target, {.mode = mode, .flush = true});
  const PipelineOptions options{.signal = job->stop.get_token()};
  pipeline(
      options, std::move(source), std::move(filter), std::move(target),
      [job = std::move(job)](const Error& error) mutable { on_copied(std::move(job), error); });
}

void FileCompressor::on_copied(std::unique_ptr<Job> job, const Error& error) {
  if (!job->owner) return;
  internal::LoopCore& core = job->owner->loop_.core();
  Job& running = *job;
  running.error = error;
  internal::run_on_pool(
      core,
      [&running] {
        try {
          running.remove_original();
        } catch (...) {  // out of memory
          if (!running.error) running.error = Error::from_current_exception();
        }
      },
      [job = std::move(job)]() mutable {
        const Error failed = job->error;
        finish(std::move(job), failed);
      });
}

void FileCompressor::finish(std::unique_ptr<Job> job, const Error& error) {
  if (!job->owner) return;
  FileCompressor& owner = *job->owner;
  const std::string path = error ? job->file.path : job->target;
  Function<void()> idle = std::move(job->idle);
  const bool is_over = job->is_gone || (error && job->is_cancelled);
  job.reset();
  if (!is_over) owner.compressed_(path, error);  // runs no listeners
  owner.start(std::move(idle));
}

}  // namespace weir::fs
