#include "sim/rotated_files.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace weir::sim {

using fs::Rotation;

struct RotatedFiles::Job {
  Job(Ref<test::SimulatedFiles> ops, Rotation::Kind what, int old, bool syncs_old,
      fs::Rotator::Completed call)
      : files(std::move(ops)), kind(what), fd(old), syncs(syncs_old), completed(std::move(call)) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  // The Loop has dropped the switch, or it has failed.
  ~Job() {
    if (opened) files->close_now(*opened);
  }

  Ref<test::SimulatedFiles> files;
  Rotation::Kind kind;
  int fd;
  bool syncs;
  fs::Rotator::Completed completed;
  std::string path = {};  // of the new file
  std::optional<int> opened = {};

  void fail(std::int64_t result, const char* syscall) {
    completed({.failure = Error::system(static_cast<int>(-result), syscall)});
  }
};

class RotatedFiles::SimRotator final : public fs::Rotator {
 public:
  explicit SimRotator(std::shared_ptr<RotatedFiles> owner)
      : owner_(std::move(owner)), token_(owner_->world_.token("a rotator")) {}

  void run(Rotation::Kind kind, int fd, bool syncs, Completed completed) override {
    owner_->run(std::make_shared<Job>(owner_->files_, kind, fd, syncs, std::move(completed)));
  }

 private:
  std::shared_ptr<RotatedFiles> owner_;
  Token token_;
};

RotatedFiles::RotatedFiles(World& world, test::SimulatedDisk& disk, Ref<test::SimulatedFiles> files,
                           std::string path, std::size_t base, const SwitchFaults& faults,
                           std::uint64_t seed)
    : world_(world),
      disk_(disk),
      files_(std::move(files)),
      paths_{std::move(path)},
      base_(base),
      faults_(faults),
      random_(seed) {}

std::unique_ptr<fs::Rotator> RotatedFiles::rotator() {
  return std::make_unique<SimRotator>(shared_from_this());
}

// --- A switch ---

void RotatedFiles::run(std::shared_ptr<Job> job) {
  constexpr std::string_view kKinds[] = {"rotate", "reopen", "sync of left files", "limit"};
  world_.count(kKinds[static_cast<std::size_t>(job->kind)]);
  world_.tell("  disk: {} {}", kKinds[static_cast<std::size_t>(job->kind)], current());
  auto go_on = [self = shared_from_this(), job] {
    if (job->kind == Rotation::Kind::sync) return self->sync_left(*job);
    if (job->kind == Rotation::Kind::limit) return job->completed({});
    const std::size_t size = self->disk_.content(self->current()).size();
    const bool is_needed = job->kind == Rotation::Kind::reopen ? self->is_moved_ : size > 0;
    if (!is_needed) return job->completed({.size = size});
    self->open_new(job);
  };
  if (random_.chance(faults_.stuck))
    world_.loop().set_timeout(std::chrono::seconds(random_.between(1, 100)), std::move(go_on));
  else if (random_.chance(faults_.late))
    world_.loop().set_timeout(std::chrono::milliseconds(random_.between(1, 30)), std::move(go_on));
  else
    world_.loop().set_immediate(std::move(go_on));
}

void RotatedFiles::sync_left(Job& job) {
  if (random_.chance(faults_.sync_fails)) {
    for (const std::string& path : paths_) disk_.fail_sync(path);
    const Error error = Error::system(EIO, "syncfs");
    world_.cause(error);
    world_.count("failed syncfs");
    return job.completed({.failure = error, .is_sync_lost = true});
  }
  for (const std::string& path : paths_) disk_.end_sync(path, disk_.begin_sync(path));
  disk_.sync_folder();
  job.completed({});
}

void RotatedFiles::open_new(const std::shared_ptr<Job>& job) {
  job->path = fmt::format("{}.{}", paths_.front(), paths_.size());
  files_->open(job->path, O_WRONLY | O_CREAT | O_APPEND, 0666,
               [self = shared_from_this(), job](std::int64_t fd) {
                 if (fd < 0) return job->fail(fd, "open");
                 job->opened = static_cast<int>(fd);
                 job->syncs ? self->sync_old(job) : self->enter_new(job);
               });
}

void RotatedFiles::sync_old(const std::shared_ptr<Job>& job) {
  files_->sync(job->fd, [self = shared_from_this(), job](std::int64_t result) {
    if (result == 0) return self->enter_new(job);
    job->completed(
        {.failure = Error::system(static_cast<int>(-result), "fsync"), .is_sync_lost = true});
  });
}

void RotatedFiles::enter_new(const std::shared_ptr<Job>& job) {
  world_.count("switch");
  switches_.push_back(delivered().size());
  world_.tell("  disk: from {} to {} at byte {}", current(), job->path, switches_.back());
  is_moved_ = false;
  paths_.push_back(job->path);
  Rotation::Result result;
  if (job->kind == Rotation::Kind::rotate) result.rotated = job->path;
  result.file = fs::UniqueFd(*std::exchange(job->opened, std::nullopt));
  job->completed(std::move(result));
}

// --- The files ---

std::string_view RotatedFiles::delivered() const {
  std::size_t size = 0;
  for (const std::string& path : paths_) size += disk_.content(path).size();
  size -= std::min(base_, size);
  if (joined_.size() == size) return joined_;
  joined_.clear();
  for (const std::string& path : paths_) joined_ += disk_.content(path);
  joined_.erase(0, base_);
  return joined_;
}

std::vector<std::size_t> RotatedFiles::sizes() const {
  std::vector<std::size_t> sizes;
  for (const std::string& path : paths_) sizes.push_back(disk_.content(path).size());
  return sizes;
}

std::string RotatedFiles::after_power_loss(Random& random) const {
  std::string found;
  for (const std::string& path : paths_) {
    const auto image = disk_.after_power_loss(path, random);
    if (!image) break;
    found += *image;
    if (image->size() < disk_.content(path).size()) break;
  }
  return found.substr(std::min(base_, found.size()));
}

}  // namespace weir::sim
