#include "sim/sim_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace weir::sim {
namespace {

constexpr int kOpenErrors[] = {EMFILE, EACCES, EIO, ENOSPC, EROFS};
// Without EACCES: a folder that may not be read is not synced, and that is no error.
constexpr int kOpenFolderErrors[] = {EMFILE, EIO};
constexpr int kWriteErrors[] = {EIO, EDQUOT, EFBIG, ENODEV};
constexpr int kReadErrors[] = {EIO, ESTALE};
constexpr int kSyncErrors[] = {EIO, ENOSPC};
constexpr int kCloseErrors[] = {EIO};

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

SimFiles::OpenFile& SimFiles::file(int fd, std::string_view call) {
  if (const auto found = open_.find(fd); found != open_.end()) return found->second;
  world_.break_rule(fmt::format("{} of descriptor {}, which is not open", call, fd));
  static OpenFile none;
  none = {.path = "disk/none"};
  if (!disk_.exists(none.path)) disk_.create(none.path);
  return none;
}

bool SimFiles::is_pipe(const OpenFile& file) const {
  return !file.is_folder && disk_.file(file.path).kind == Disk::Kind::pipe;
}

std::string SimFiles::open_paths() const {
  std::string paths;
  for (const auto& [fd, file] : open_) paths += " " + file.path;
  return paths;
}

int SimFiles::fault(unsigned per_cent, std::string_view call, const std::string& path,
                    std::span<const int> errors) {
  if (!random_.chance(per_cent)) return 0;
  const int error = errors[random_.below(errors.size())];
  world_.cause(Error::system(error, call));
  world_.count(fmt::format("failed {}", call));
  world_.tell("  disk: {} {} fails: {}", call, path, std::strerror(error));
  return error;
}

void SimFiles::submit(int fd, bool can_wait, Function<std::int64_t()> effect, Completed completed) {
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
    world_.count("stuck call");
    const auto time = std::chrono::seconds(random_.between(1, 100));
    world_.tell("  disk: a call of descriptor {} is stuck for {} s", fd, time.count());
    world_.loop().set_timeout(time, std::move(run));
  } else if (random_.chance(faults_.late)) {
    world_.loop().set_timeout(std::chrono::milliseconds(random_.between(1, 30)), std::move(run));
  } else if (random_.chance(20)) {
    run();
  } else if (random_.chance(20)) {
    world_.loop().next_tick(std::move(run));
  } else {
    world_.loop().set_immediate(std::move(run));
  }
}

void SimFiles::interrupt(int fd) {
  for (const auto& weak : std::exchange(pending_, {})) {
    const auto call = weak.lock();
    if (!call || !call->completed) continue;
    if (call->fd != fd || !call->can_wait) {
      pending_.push_back(weak);
      continue;
    }
    world_.count("interrupted call");
    world_.tell("  disk: a call of descriptor {} is interrupted", fd);
    call->effect = nullptr;
    std::exchange(call->completed, nullptr)(-ERESTART);
  }
}

void SimFiles::open(const std::string& path, int flags, int, Completed completed) {
  submit(-1, false, [this, path, flags] { return open_now(path, flags); }, std::move(completed));
}

std::int64_t SimFiles::open_now(const std::string& path, int flags) {
  OpenFile opened{.path = path, .is_folder = (flags & O_DIRECTORY) != 0};
  const std::span<const int> errors = opened.is_folder ? std::span<const int>(kOpenFolderErrors)
                                                       : std::span<const int>(kOpenErrors);
  if (const int error = fault(faults_.open_fails, "open", path, errors)) return -error;
  if (!opened.is_folder) {
    const bool exists = disk_.exists(path);
    if ((exists && (flags & O_EXCL)) || (!exists && !(flags & O_CREAT))) {
      const int error = exists ? EEXIST : ENOENT;
      world_.cause(Error::system(error, "open"));
      return -error;
    }
    if (!exists) disk_.create(path);
    if (flags & O_TRUNC) disk_.truncate(path);
    opened.appends = (flags & O_APPEND) != 0;
  }
  const int fd = next_fd_++;
  open_.emplace(fd, std::move(opened));
  world_.tell("  disk: open {} -> descriptor {}", path, fd);
  return fd;
}

void SimFiles::write(int fd, Views views, std::optional<std::int64_t> offset, Completed completed) {
  submit(
      fd, is_pipe(file(fd, "write")),
      [this, fd, views, offset] { return write_now(fd, views, offset); }, std::move(completed));
}

std::int64_t SimFiles::write_now(int fd, Views views, std::optional<std::int64_t> offset) {
  OpenFile& file = this->file(fd, "write");
  if (offset && is_pipe(file)) return -ESPIPE;
  if (const int error = fault(faults_.write_fails, "write", file.path, kWriteErrors)) return -error;
  if (random_.chance(faults_.no_progress)) {
    world_.count("write without progress");
    if (++file.idle_writes > 5) world_.cause("ERR_SYSTEM_ERROR");  // the stream gives up
    return random_.chance(50) ? -EAGAIN : 0;
  }
  file.idle_writes = 0;
  std::size_t most = size_of(views);
  if (most > 1 && random_.chance(faults_.short_write)) {
    most = random_.between(1, most - 1);
    world_.count("short write");
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
  world_.tell("  disk: write {} at {}: {} of {} bytes", file.path, at, count, size_of(views));
  if (count == 0 && !bytes.empty()) {
    world_.count("full disk");
    world_.cause(Error::system(ENOSPC, "write"));
    return -ENOSPC;
  }
  if (faults_.planted == Planted::write_claims_too_much && count < size_of(views))
    return static_cast<std::int64_t>(count + 1);
  return static_cast<std::int64_t>(count);
}

bool SimFiles::can_write_here(int fd) noexcept { return !is_pipe(file(fd, "can_write_here")); }

std::int64_t SimFiles::write_here(int fd, Views views,
                                  std::optional<std::int64_t> offset) noexcept {
  world_.count("inline write");
  if (random_.chance(faults_.slow_here)) {
    world_.count("slow inline write");
    spent_ += std::chrono::milliseconds(random_.between(5, 20));
  }
  return write_now(fd, views, offset);
}

void SimFiles::read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
                    Completed completed) {
  submit(
      fd, is_pipe(file(fd, "read")),
      [this, fd, into, offset] { return read_now(fd, into, offset); }, std::move(completed));
}

std::int64_t SimFiles::read_now(int fd, std::span<std::byte> into,
                                std::optional<std::int64_t> offset) {
  OpenFile& file = this->file(fd, "read");
  if (const int error = fault(faults_.read_fails, "read", file.path, kReadErrors)) return -error;
  const std::string& content = disk_.content(file.path);
  const std::size_t at =
      std::min(offset ? static_cast<std::size_t>(*offset) : file.position, content.size());
  std::size_t count = std::min(into.size(), content.size() - at);
  if (count > 1 && random_.chance(faults_.short_read)) {
    count = random_.between(1, count - 1);
    world_.count("short read");
  }
  std::memcpy(into.data(), content.data() + at, count);
  if (faults_.planted == Planted::read_repeats && at >= 100 && count > 0)
    std::memcpy(into.data(), content.data() + at - 1, count);
  if (!offset) file.position = at + count;
  world_.tell("  disk: read {} at {}: {} of {} bytes", file.path, at, count, into.size());
  return static_cast<std::int64_t>(count);
}

std::int64_t SimFiles::read_here(int fd, std::span<std::byte> into,
                                 std::optional<std::int64_t> offset) noexcept {
  if (is_pipe(file(fd, "read_here")) || random_.chance(faults_.uncached)) return -EAGAIN;
  world_.count("inline read");
  return read_now(fd, into, offset);
}

std::int64_t SimFiles::regular_size(int fd) noexcept {
  const OpenFile& file = this->file(fd, "regular_size");
  return is_pipe(file) ? -1 : static_cast<std::int64_t>(disk_.content(file.path).size());
}

// The disk syncs what it has when the call begins.
void SimFiles::sync_file(int fd, std::string_view call, Completed completed) {
  const OpenFile& file = this->file(fd, call);
  const bool is_folder = file.is_folder;
  Disk::Sync begun;
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
        world_.count("sync");
        world_.tell("  disk: {} {}", call, path);
        return 0;
      },
      std::move(completed));
}

// The descriptor is free even if the call fails, and nothing may use it after this.
void SimFiles::close(int fd, Completed completed) {
  const std::string path = file(fd, "close").path;
  for (const auto& weak : pending_)
    if (const auto call = weak.lock(); call && call->completed)
      world_.require(call->fd != fd, "{} is closed during a call on it", path);
  open_.erase(fd);
  submit(
      -1, false,
      [this, path]() -> std::int64_t {
        world_.tell("  disk: close {}", path);
        return -fault(faults_.close_fails, "close", path, kCloseErrors);
      },
      std::move(completed));
}

void SimFiles::close_now(int fd) noexcept {
  static_cast<void>(file(fd, "close"));
  open_.erase(fd);
}

}  // namespace weir::sim
