#include "fs/open_file.h"

#include "loop/uv_error.h"

#include <utility>

namespace weir::fs {

using internal::from_uv;

OpenFile::~OpenFile() {
  // Still open only if the Loop was destroyed first.
  if (settings_.auto_close) close_now();
}

void OpenFile::close_now() noexcept {
  if (settings_.fd) settings_.ops->close_now(*std::exchange(settings_.fd, std::nullopt));
}

void OpenFile::open(Done done) {
  settings_.ops->open(settings_.path, settings_.flags.bits(), settings_.mode,
                      [this, done = std::move(done)](std::int64_t result) mutable {
                        if (result < 0) return done(from_uv(result, "open", settings_.path));
                        adopt(static_cast<int>(result), std::move(done));
                      });
}

void OpenFile::adopt(int fd, Done done) {
  settings_.fd = fd;
  done();  // completes on a tick, which keeps the stream alive
  if (on_open_) on_open_(fd);
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
