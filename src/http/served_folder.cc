#include "http/served_folder.h"

#include <weir/base/error.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::http {
namespace {

// openat2 fails with EAGAIN after any concurrent rename: the kernel cannot tell whether it
// mattered.
constexpr int kAttempts = 8;

fs::UniqueFd open_folder(const std::string& path) {
  fs::UniqueFd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) throw Error::system(errno, "open", path);
  return folder;
}

// The name under which /proc opens the same file again.
std::string link_of(const fs::UniqueFd& file) {
  return fmt::format("/proc/self/fd/{}", file.get());
}

// The file's path with links resolved; empty if unknown.
std::string place_of(const fs::UniqueFd& file) {
  std::array<char, PATH_MAX> place;
  const ssize_t size = ::readlink(link_of(file).c_str(), place.data(), place.size());
  if (size < 0 || static_cast<std::size_t>(size) == place.size()) return {};
  return {place.data(), static_cast<std::size_t>(size)};
}

bool is_in(std::string_view folder, std::string_view place) {
  if (folder.empty() || !place.starts_with(folder)) return false;
  return folder.ends_with('/') || place.size() == folder.size() || place[folder.size()] == '/';
}

}  // namespace

ServedFolder::ServedFolder(const std::string& path) : folder_(open_folder(path)) {
  // Old kernels have no openat2, and a sandbox may refuse it.
  if (!open_beneath(".", O_PATH) && (errno == ENOSYS || errno == EPERM)) lookup_ = Lookup::by_place;
  knows_cached_ = lookup_ == Lookup::beneath && takes_cached();
}

ServedFolder::ServedFolder(const std::string& path, Lookup lookup)
    : folder_(open_folder(path)),
      lookup_(lookup),
      knows_cached_(lookup == Lookup::beneath && takes_cached()) {}

// EINVAL is the answer of older systems; EAGAIN means that the system knows the flag.
bool ServedFolder::takes_cached() const noexcept {
  const fs::UniqueFd opened(call_openat2(".", O_PATH, RESOLVE_CACHED));
  return opened || errno == EAGAIN;
}

fs::UniqueFd ServedFolder::open(const std::string& path, int flags) const {
  const char* const name = path.empty() ? "." : path.c_str();
  if (lookup_ == Lookup::by_place) return open_by_place(name, flags);
  fs::UniqueFd file = open_beneath(name, flags);
  if (file || (errno != EXDEV && errno != EAGAIN)) return file;
  // openat2 refuses every absolute link, also one into the folder.
  const bool leads_out = errno == EXDEV;
  file = open_by_place(name, flags);
  // Does not reveal whether a file exists outside.
  if (!file && leads_out && errno != EMFILE && errno != ENFILE) errno = EXDEV;
  return file;
}

fs::UniqueFd ServedFolder::open_cached(const std::string& path, int flags) const {
  if (!knows_cached_) return open(path, flags);
  fs::UniqueFd file(call_openat2(path.empty() ? "." : path.c_str(), flags, RESOLVE_CACHED));
  // An absolute link may still lead into the folder.
  if (!file && (errno == EXDEV || errno == EINTR)) errno = EAGAIN;
  return file;
}

fs::UniqueFd ServedFolder::open_beneath(const char* path, int flags) const noexcept {
  for (int attempt = 0;; ++attempt) {
    const int fd = call_openat2(path, flags, 0);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == kAttempts)
      return fs::UniqueFd(fd);
  }
}

int ServedFolder::call_openat2(const char* path, int flags, std::uint64_t resolve) const noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve;
  return static_cast<int>(::syscall(SYS_openat2, folder_.get(), path, &how, sizeof(how)));
}

fs::UniqueFd ServedFolder::open_by_place(const char* path, int flags) const {
  fs::UniqueFd named(::openat(folder_.get(), path, O_PATH | O_CLOEXEC));
  if (!named) return named;
  // `named` refers to the file that was found, whatever is renamed meanwhile.
  if (!is_in(place_of(folder_), place_of(named))) {
    named = fs::UniqueFd();
    errno = EXDEV;
    return named;
  }
  // Opened again, a file that is no folder fails if the flags ask for one.
  if ((flags & O_PATH) != 0 && (flags & O_DIRECTORY) == 0) return named;
  return fs::UniqueFd(::open(link_of(named).c_str(), flags | O_CLOEXEC));
}

}  // namespace weir::http
