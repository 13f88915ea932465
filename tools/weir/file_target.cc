#include "weir/file_target.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tool {
namespace {

// A stream closes its descriptor, and the process keeps its standard output.
int duplicate_stdout() {
  const int fd = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw weir::Error::system(errno, "dup");
  return fd;
}

weir::Ref<weir::fs::WriteStream> written_in_place(weir::Loop& loop, const Endpoint& endpoint,
                                                  mode_t mode, const CopyOptions& options) {
  weir::fs::WriteStreamOptions stream{
      .high_water_mark = options.high_water_mark,
      .mode = static_cast<int>(mode),
      .flush = options.sync,
      .write_mode = options.pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place};
  if (endpoint.is_standard()) stream.fd = duplicate_stdout();
  auto file = weir::fs::create_write_stream(loop, endpoint.path, std::move(stream));
  if (endpoint.is_standard()) file->set_name("standard output");
  return file;
}

}  // namespace

FileTarget::FileTarget(weir::Loop& loop, const Endpoint& endpoint, mode_t mode,
                       const CopyOptions& options)
    : Target(endpoint) {
  if (is_stdout()) {
    file_ = written_in_place(loop, endpoint, mode, options);
    return;
  }
  if (options.in_place) {
    open_in_place_ = [&loop, &options, endpoint, mode] {
      return written_in_place(loop, endpoint, mode, options);
    };
    std::error_code unknown;
    is_emptied_ = std::filesystem::is_regular_file(endpoint.path, unknown);
    return;
  }
  file_ = weir::fs::create_replacing_stream(
      loop, endpoint.path,
      {.high_water_mark = options.high_water_mark,
       .mode = static_cast<int>(mode),
       .flush = options.sync,
       .write_mode = options.pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place,
       .before_replacing = [this](weir::Callback replace) { replace_ = std::move(replace); }});
}

void FileTarget::open(Opened opened) {
  if (open_in_place_) file_ = open_in_place_();
  opened_as(file_);
  opened({});
}

void FileTarget::commit() {
  if (replace_) std::exchange(replace_, nullptr)();
}

weir::Error FileTarget::named(const weir::Error& error) const {
  const bool may_not_make =
      error.syscall() == "open a new file in" && error == std::errc::permission_denied;
  // The file is a mount point, as in a container.
  const bool may_not_move =
      error.syscall() == "rename" && error == std::errc::device_or_resource_busy;
  if (!(may_not_make || may_not_move) || ::access(file_->path().c_str(), W_OK) != 0) return error;
  return weir::Error(
      fmt::format("{}; use --in-place to write into '{}' itself", error.what(), name()));
}

}  // namespace tool
