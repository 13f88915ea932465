// A library for LD_PRELOAD that logs each fdatasync and fsync of a regular file into the file that
// SYNC_SPY names: the call, and the file's size at that time.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using Sync = int (*)(int);

int logged(const char* name, int fd) {
  struct stat file = {};
  const char* const path = std::getenv("SYNC_SPY");
  if (path && ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
    char line[64];
    const int length =
        std::snprintf(line, sizeof line, "%s %lld\n", name, static_cast<long long>(file.st_size));
    const int log = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (::write(log, line, static_cast<std::size_t>(length)) != length) std::abort();
    ::close(log);
  }
  void* const symbol = ::dlsym(RTLD_NEXT, name);
  Sync sync = nullptr;
  std::memcpy(&sync, &symbol, sizeof sync);
  return sync(fd);
}

}  // namespace

extern "C" {
int fdatasync(int fd) { return logged("fdatasync", fd); }
int fsync(int fd) { return logged("fsync", fd); }
}
