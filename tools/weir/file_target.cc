#include "weir/file_target.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tool {
namespace {

namespace files = std::filesystem;

// A stream closes what it is given, and the process keeps its standard output.
int duplicate_stdout() {
  const int fd = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw weir::Error::system(errno, "dup");
  return fd;
}

// A name that nobody else has, in the folder of `path`: only there can it be renamed to that.
std::string beside(const std::string& path) {
  const files::path whole(path);
  const auto number = std::random_device()();
  return (whole.parent_path() / fmt::format(".{}.{:08x}", whole.filename().string(), number))
      .string();
}

}  // namespace

FileTarget::FileTarget(weir::Loop& loop, const Endpoint& endpoint, mode_t mode,
                       const CopyOptions& options)
    : Target(endpoint) {
  weir::fs::WriteStreamOptions stream{
      .high_water_mark = options.high_water_mark,
      .mode = static_cast<int>(mode),
      .flush = options.sync,
      .write_mode = options.pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place};
  std::string path = endpoint.path;
  if (is_stdout()) {
    stream.fd = duplicate_stdout();
  } else {
    struct stat old{};
    const bool exists = ::stat(path.c_str(), &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) throw weir::Error::system(EISDIR, "open", name());
    // Only a regular file can be replaced; a device or a pipe is written to.
    if (!options.in_place && (!exists || S_ISREG(old.st_mode))) {
      std::error_code unresolved;
      const auto real = files::weakly_canonical(path, unresolved);
      path_ = unresolved ? path : real.string();
      path = temporary_ = beside(path_);
      stream.flags = "wx";
      if (exists) old_mode_ = old.st_mode & 07777;
    }
  }
  file_ = weir::fs::create_write_stream(loop, path, std::move(stream));
}

FileTarget::~FileTarget() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void FileTarget::open(Opened opened) {
  opened_as(file_);
  opened({});
}

void FileTarget::commit() {
  if (temporary_.empty()) return;
  if (old_mode_ && ::chmod(temporary_.c_str(), *old_mode_) != 0)
    throw weir::Error::system(errno, "chmod", name());
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
    throw weir::Error::system(errno, "rename", name());
  temporary_.clear();
}

weir::Error FileTarget::named(const weir::Error& error) const {
  const bool is_ours = !error.syscall().empty() && error.subject() == file_->path();
  return is_ours && !is_stdout() ? error.about(name()) : error;
}

}  // namespace tool
