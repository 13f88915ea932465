// The descriptor of a file stream: opened once, closed once.
#pragma once

#include <weir/base/function.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/stream/done.h>

#include <optional>
#include <string>
#include <string_view>

namespace weir::fs {

class OpenFile {
 public:
  struct Settings {
    Ref<FileOps> ops;
    std::string path;  // to open; with a descriptor only for errors
    OpenFlags flags;
    int mode;
    std::optional<int> fd;  // open already
    bool auto_close;
  };

  explicit OpenFile(Settings settings) : settings_(std::move(settings)), opens_(!settings_.fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  // Called with the descriptor when the file is open.
  void on_open(Function<void(int)> call) { on_open_ = std::move(call); }

  FileOps& ops() const noexcept { return *settings_.ops; }
  std::optional<int> fd() const noexcept { return settings_.fd; }
  const std::string& path() const noexcept { return settings_.path; }
  // Empty for a descriptor from the options.
  std::optional<OpenFlags> flags() const noexcept {
    return opens_ ? std::optional(settings_.flags) : std::nullopt;
  }
  std::optional<int> mode() const noexcept {
    return opens_ ? std::optional(settings_.mode) : std::nullopt;
  }

  void open(Done done);
  // Takes a file that is open. OWNS: fd.
  void adopt(int fd, Done done);
  // Closes the file. `done` gets `error`, or the close's error if it fails.
  void close(Error error, Done done);
  // Closes the file during the call, for the destruction of the Loop.
  void close_now() noexcept;
  // The Error for a call's result; success if the call succeeded.
  Error failure(std::int64_t result, std::string_view syscall) const;

 private:
  Settings settings_;
  const bool opens_;
  Function<void(int)> on_open_;
};

}  // namespace weir::fs
