#include "fs/open_file.h"

#include "fs/pool_call.h"
#include "loop/uv_error.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>

namespace weir::fs {

using internal::from_uv;

OpenFile::~OpenFile() {
  // Still open only if the Loop was destroyed first.
  if (settings_.auto_close) close_now();
}

// A stream that is not constructed has no resource to release: its given descriptor is closed here.
void OpenFile::let_go() noexcept {
  if (!is_constructed_ && settings_.auto_close) close_now();
}

void OpenFile::close_now() noexcept {
  if (settings_.fd) settings_.ops->close_now(*std::exchange(settings_.fd, std::nullopt));
}

void OpenFile::open(Done done) {
  is_constructed_ = true;
  if (settings_.fd) return done();
  is_opening_ = true;
  settings_.ops->open(settings_.path, settings_.flags.bits(), settings_.mode,
                      [this, done = std::move(done)](std::int64_t result) mutable {
                        is_opening_ = false;
                        if (settings_.fd) return adopt(*settings_.fd, std::move(done));
                        if (result < 0) return done(from_uv(result, "open", settings_.path));
                        may_be_new_ = (settings_.flags.bits() & O_CREAT) != 0;
                        adopt(static_cast<int>(result), std::move(done));
                      });
}

int OpenFile::open_at_crash(TakeoverOps& ops) noexcept {
  if (settings_.fd || !opens_ || (is_constructed_ && !is_opening_))
    return settings_.fd.value_or(-1);
  const PoolCall::Outcome opening = ops.take_over(&settings_.path);
  if (opening.kind == PoolCall::Outcome::Kind::unknown) return -1;
  const int fd =
      opening.kind == PoolCall::Outcome::Kind::over
          ? static_cast<int>(opening.result)
          : ::open(settings_.path.c_str(), settings_.flags.bits() | O_CLOEXEC, settings_.mode);
  if (fd >= 0) settings_.fd = fd;
  return fd;
}

void OpenFile::adopt(int fd, Done done) {
  is_constructed_ = true;
  settings_.fd = fd;
  done();  // completes on a tick, which keeps the stream alive
  if (on_open_) on_open_(fd);
}

namespace {

bool has_no_sync(std::int64_t result) noexcept { return result == -EINVAL || result == -ENOTSUP; }

}  // namespace

bool OpenFile::lacks_sync(std::int64_t result) const noexcept {
  return settings_.may_lack_sync && has_no_sync(result) && ops().regular_size(*settings_.fd) < 0;
}

void OpenFile::sync(Sync what, Synced synced) {
  const bool is_data = what == Sync::data;
  auto completed = [this, is_data, synced = std::move(synced)](std::int64_t result) mutable {
    Error error = failure(result, is_data ? "fdatasync" : "fsync");
    if (error && !lacks_sync(result)) return synced(std::move(error));
    sync_folder(std::move(synced));
  };
  if (is_data)
    ops().datasync(*settings_.fd, std::move(completed));
  else
    ops().sync(*settings_.fd, std::move(completed));
}

namespace {

// Closes the folder even if the Loop drops the call that uses it.
class OpenFolder {
 public:
  OpenFolder(Ref<FileOps> ops, int fd) noexcept : ops_(std::move(ops)), fd_(fd) {}
  OpenFolder(OpenFolder&&) noexcept = default;
  OpenFolder& operator=(OpenFolder&&) = delete;
  ~OpenFolder() {
    if (ops_) ops_->close_now(fd_);
  }

 private:
  Ref<FileOps> ops_;
  int fd_;
};

}  // namespace

// A folder that this process may not read, or a system of files that syncs no folder, is no error.
void OpenFile::sync_folder(Synced synced) {
  if (!may_be_new_) return synced({});
  std::string folder = std::filesystem::path(settings_.path).parent_path().string();
  if (folder.empty()) folder = ".";
  ops().open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
             [this, folder, synced = std::move(synced)](std::int64_t fd) mutable {
               if (fd == -EACCES) return synced({});
               if (fd < 0) return synced(from_uv(fd, "open", folder));
               const int opened = static_cast<int>(fd);
               ops().sync(opened,
                          [this, folder, synced = std::move(synced),
                           open = OpenFolder(settings_.ops, opened)](std::int64_t result) mutable {
                            if (result < 0 && !has_no_sync(result))
                              return synced(from_uv(result, "fsync", folder));
                            may_be_new_ = false;
                            synced({});
                          });
             });
}

void OpenFile::close(Error error, Done done) {
  if (!settings_.fd) return done(std::move(error));
  const int fd = *std::exchange(settings_.fd, std::nullopt);
  settings_.ops->close(
      fd, [this, error = std::move(error), done = std::move(done)](std::int64_t result) mutable {
        Error failed = failure(result, "close");
        done(failed ? std::move(failed) : std::move(error));
      });
}

Error OpenFile::failure(std::int64_t result, std::string_view syscall) const {
  if (settings_.path.empty()) return from_uv(result, syscall);  // a descriptor without a path
  return from_uv(result, syscall, settings_.path);
}

}  // namespace weir::fs
