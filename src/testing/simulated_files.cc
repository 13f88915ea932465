#include <weir/testing/simulated_files.h>

#include "loop/loop_core.h"
#include "testing/tell.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace weir::test {
namespace {

constexpr int kOpenErrors[] = {EMFILE, EACCES, EIO, ENOSPC, EROFS};
// Without EACCES: a folder that may not be read is not synced, and that is no error.
constexpr int kOpenFolderErrors[] = {EMFILE, EIO};
constexpr int kWriteErrors[] = {EIO, EDQUOT, EFBIG, ENODEV};
constexpr int kReadErrors[] = {EIO, ESTALE};
constexpr int kSyncErrors[] = {EIO, ENOSPC};
constexpr int kCloseErrors[] = {EIO};

constexpr unsigned kWaitsForOtherEnd = 40;  // per cent of a pipe's calls

std::size_t size_of(fs::FileOps::Views views) {
  std::size_t size = 0;
  for (const auto view : views) size += view.size();
  return size;
}

std::string joined(fs::FileOps::Views views, std::size_t most) {
  std::string bytes;
  for (const auto view : views)
    bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
  bytes.resize(std::min(bytes.size(), most));
  return bytes;
}

}  // namespace

SimulatedFiles::SimulatedFiles(Loop& loop, SimulatedDisk& disk, const DiskFaults& faults,
                               std::uint64_t seed, SimulationLog* log)
    : loop_(loop), disk_(disk), log_(log ? *log : none_), faults_(faults), random_(seed) {}

fs::FileOps::Clock::time_point SimulatedFiles::now() const noexcept {
  return loop_.core().clock().now() + spent_;
}

SimulatedFiles::OpenFile& SimulatedFiles::file(int fd, std::string_view call) {
  if (const auto found = open_.find(fd); found != open_.end()) return found->second;
  log_.on_misuse(fmt::format("{} of descriptor {}, which is not open", call, fd));
  static OpenFile none;
  none = {.path = "disk/none"};
  if (!disk_.exists(none.path)) disk_.create(none.path);
  return none;
}

bool SimulatedFiles::is_pipe(const OpenFile& file) const {
  return !file.is_folder && disk_.kind(file.path) == SimulatedDisk::Kind::pipe;
}

std::string SimulatedFiles::open_paths() const {
  std::string paths;
  for (const auto& [fd, file] : open_) paths += " " + file.path;
  return paths;
}

int SimulatedFiles::fault(unsigned per_cent, std::string_view call, const std::string& path,
                          std::span<const int> errors) {
  if (!random_.chance(per_cent)) return 0;
  const int error = errors[random_.below(errors.size())];
  log_.on_fault(Error::system(error, call));
  log_.on_event(fmt::format("failed {}", call));
  tell(log_, "disk: {} {} fails: {}", call, path, std::strerror(error));
  return error;
}

void SimulatedFiles::submit(int fd, bool can_wait, Function<std::int64_t()> effect,
                            Completed completed) {
  auto pending = std::make_shared<Pending>(fd, can_wait, std::move(effect), std::move(completed));
  auto run = [pending] {
    if (!pending->completed) return;  // interrupted
    const std::int64_t result = std::exchange(pending->effect, nullptr)();
    std::exchange(pending->completed, nullptr)(result);
  };
  std::erase_if(pending_, [](const auto& call) { return call.expired(); });
  pending_.push_back(pending);
  pending.reset();
  if (random_.chance(faults_.stuck)) {
    log_.on_event("stuck call");
    const auto time = std::chrono::seconds(random_.between(1, 100));
    tell(log_, "disk: a call of descriptor {} is stuck for {} s", fd, time.count());
    loop_.set_timeout(time, std::move(run));
  } else if (random_.chance(faults_.late) || (can_wait && random_.chance(kWaitsForOtherEnd))) {
    loop_.set_timeout(std::chrono::milliseconds(random_.between(1, 30)), std::move(run));
  } else if (random_.chance(20)) {
    run();
  } else if (random_.chance(20)) {
    loop_.next_tick(std::move(run));
  } else {
    loop_.set_immediate(std::move(run));
  }
}

void SimulatedFiles::interrupt(int fd) {
  for (const auto& weak : std::exchange(pending_, {})) {
    const auto call = weak.lock();
    if (!call || !call->completed) continue;
    if (call->fd != fd || !call->can_wait) {
      pending_.push_back(weak);
      continue;
    }
    log_.on_event("interrupted call");
    tell(log_, "disk: a call of descriptor {} is interrupted", fd);
    call->effect = nullptr;
    std::exchange(call->completed, nullptr)(-ERESTART);
  }
}

void SimulatedFiles::open(const std::string& path, int flags, int, Completed completed) {
  submit(-1, false, [this, path, flags] { return open_now(path, flags); }, std::move(completed));
}

std::int64_t SimulatedFiles::open_now(const std::string& path, int flags) {
  OpenFile opened{.path = path, .is_folder = (flags & O_DIRECTORY) != 0};
  const std::span<const int> errors = opened.is_folder ? std::span<const int>(kOpenFolderErrors)
                                                       : std::span<const int>(kOpenErrors);
  if (const int error = fault(faults_.open_fails, "open", path, errors)) return -error;
  if (!opened.is_folder) {
    const bool exists = disk_.exists(path);
    if ((exists && (flags & O_EXCL)) || (!exists && !(flags & O_CREAT))) {
      const int error = exists ? EEXIST : ENOENT;
      log_.on_fault(Error::system(error, "open"));
      return -error;
    }
    if (!exists) disk_.create(path);
    if (flags & O_TRUNC) disk_.truncate(path);
    opened.appends = (flags & O_APPEND) != 0;
  }
  const int fd = next_fd_++;
  open_.emplace(fd, std::move(opened));
  tell(log_, "disk: open {} -> descriptor {}", path, fd);
  return fd;
}

void SimulatedFiles::write(int fd, Views views, std::optional<std::int64_t> offset,
                           Completed completed) {
  submit(
      fd, is_pipe(file(fd, "write")),
      [this, fd, views, offset] { return write_now(fd, views, offset); }, std::move(completed));
}

std::int64_t SimulatedFiles::write_now(int fd, Views views, std::optional<std::int64_t> offset) {
  OpenFile& file = this->file(fd, "write");
  if (offset && is_pipe(file)) return -ESPIPE;
  if (const int error = fault(faults_.write_fails, "write", file.path, kWriteErrors)) return -error;
  if (random_.chance(faults_.no_progress)) {
    log_.on_event("write without progress");
    if (++file.idle_writes > 5) log_.on_fault(Error(Errc::system_error));  // the stream gives up
    return random_.chance(50) ? -EAGAIN : 0;
  }
  file.idle_writes = 0;
  std::size_t most = size_of(views);
  if (most > 1 && random_.chance(faults_.short_write)) {
    most = random_.between(1, most - 1);
    log_.on_event("short write");
  }
  std::string bytes = joined(views, most);
  const std::size_t size = disk_.content(file.path).size();
  const bool at_end = file.appends || is_pipe(file);
  std::size_t at = offset && !file.appends ? static_cast<std::size_t>(*offset)
                   : at_end                ? size
                                           : file.position;
  if (faults_.planted == Planted::write_goes_elsewhere && at >= 9'000) --at;
  if (faults_.planted == Planted::write_skips_a_byte && bytes.size() >= 5'000) bytes.erase(77, 1);
  const std::size_t count = disk_.write(file.path, at, bytes);
  if (!offset) file.position = at + count;
  tell(log_, "disk: write {} at {}: {} of {} bytes", file.path, at, count, size_of(views));
  if (count == 0 && !bytes.empty()) {
    log_.on_event("full disk");
    log_.on_fault(Error::system(ENOSPC, "write"));
    return -ENOSPC;
  }
  if (faults_.planted == Planted::write_claims_too_much && count < size_of(views))
    return static_cast<std::int64_t>(count + 1);
  return static_cast<std::int64_t>(count);
}

bool SimulatedFiles::can_write_here(int fd) noexcept {
  return !is_pipe(file(fd, "can_write_here"));
}

std::int64_t SimulatedFiles::write_here(int fd, Views views,
                                        std::optional<std::int64_t> offset) noexcept {
  log_.on_event("inline write");
  if (random_.chance(faults_.slow_here)) {
    log_.on_event("slow inline write");
    spent_ += std::chrono::milliseconds(random_.between(5, 20));
  }
  return write_now(fd, views, offset);
}

void SimulatedFiles::read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
                          Completed completed) {
  submit(
      fd, is_pipe(file(fd, "read")),
      [this, fd, into, offset] { return read_now(fd, into, offset); }, std::move(completed));
}

std::int64_t SimulatedFiles::read_now(int fd, std::span<std::byte> into,
                                      std::optional<std::int64_t> offset) {
  OpenFile& file = this->file(fd, "read");
  if (const int error = fault(faults_.read_fails, "read", file.path, kReadErrors)) return -error;
  const std::string& content = disk_.content(file.path);
  const std::size_t at =
      std::min(offset ? static_cast<std::size_t>(*offset) : file.position, content.size());
  std::size_t count = std::min(into.size(), content.size() - at);
  if (count > 1 && random_.chance(faults_.short_read)) {
    count = random_.between(1, count - 1);
    log_.on_event("short read");
  }
  std::memcpy(into.data(), content.data() + at, count);
  if (faults_.planted == Planted::read_repeats && at >= 100 && count > 0)
    std::memcpy(into.data(), content.data() + at - 1, count);
  if (!offset) file.position = at + count;
  tell(log_, "disk: read {} at {}: {} of {} bytes", file.path, at, count, into.size());
  return static_cast<std::int64_t>(count);
}

std::int64_t SimulatedFiles::read_here(int fd, std::span<std::byte> into,
                                       std::optional<std::int64_t> offset) noexcept {
  if (is_pipe(file(fd, "read_here")) || random_.chance(faults_.uncached)) return -EAGAIN;
  log_.on_event("inline read");
  return read_now(fd, into, offset);
}

std::int64_t SimulatedFiles::regular_size(int fd) noexcept {
  const OpenFile& file = this->file(fd, "regular_size");
  return is_pipe(file) ? -1 : static_cast<std::int64_t>(disk_.content(file.path).size());
}

// The disk syncs what it has when the call begins.
void SimulatedFiles::sync_file(int fd, std::string_view call, Completed completed) {
  const OpenFile& file = this->file(fd, call);
  const bool is_folder = file.is_folder;
  SimulatedDisk::Sync begun;
  if (!is_folder) begun = disk_.begin_sync(file.path);
  submit(
      fd, false,
      [this, path = file.path, call, is_folder, begun = std::move(begun)]() -> std::int64_t {
        if (const int error = fault(faults_.sync_fails, call, path, kSyncErrors)) {
          if (!is_folder) disk_.fail_sync(path);
          return -error;
        }
        if (is_folder)
          disk_.sync_folder();
        else if (faults_.planted != Planted::sync_does_nothing)
          disk_.end_sync(path, begun);
        log_.on_event("sync");
        tell(log_, "disk: {} {}", call, path);
        return 0;
      },
      std::move(completed));
}

// The descriptor is free even if the call fails, and nothing may use it after this.
void SimulatedFiles::close(int fd, Completed completed) {
  const std::string path = file(fd, "close").path;
  for (const auto& weak : pending_)
    if (const auto call = weak.lock(); call && call->completed)
      if (call->fd == fd) log_.on_misuse(fmt::format("{} is closed during a call on it", path));
  open_.erase(fd);
  submit(
      -1, false,
      [this, path]() -> std::int64_t {
        tell(log_, "disk: close {}", path);
        return -fault(faults_.close_fails, "close", path, kCloseErrors);
      },
      std::move(completed));
}

void SimulatedFiles::close_now(int fd) noexcept {
  static_cast<void>(file(fd, "close"));
  open_.erase(fd);
}

}  // namespace weir::test
