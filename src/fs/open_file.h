// The descriptor of a file stream: opened once, closed once.
#pragma once

#include <weir/base/function.h>
#include <weir/event/tick_queue.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/stream/done.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace weir::fs {

class TakeoverOps;

class OpenFile : private LoopShutdownHook {
 public:
  struct Settings {
    Ref<FileOps> ops;
    std::string path;  // to open; with a descriptor only for errors
    OpenFlags flags;
    int mode;
    std::optional<int> fd;  // open already
    bool auto_close;
    bool may_lack_sync = false;  // a pipe or a device that cannot be synced is no failure
  };

  OpenFile(TickQueue& ticks, Settings settings)
      : LoopShutdownHook(ticks), settings_(std::move(settings)), opens_(!settings_.fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() override;

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

  // Does nothing where there is a descriptor.
  void open(Done done);
  // For a crash, in a signal handler: the descriptor; opens the file if that is not over. -1: it is
  // closed, or cannot be opened.
  int open_at_crash(TakeoverOps& ops) noexcept;
  // Takes a file that is open. OWNS: fd.
  void adopt(int fd, Done done);
  // Takes an open file in place of the open one, which it returns. OWNS: fd.
  int replace(int fd) noexcept {
    may_be_new_ = (settings_.flags.bits() & O_CREAT) != 0;
    return *std::exchange(settings_.fd, fd);
  }
  // Calls back when the disk has the file's data, with fsync or fdatasync, and the name of a file
  // that open() created. `synced` keeps this alive.
  enum class Sync : bool { data, all };
  using Synced = Function<void(Error)>;
  void sync(Sync what, Synced synced);
  // Closes the file. `done` gets `error`, or the close's error if it fails.
  void close(Error error, Done done);
  // Closes the file during the call, for the destruction of the Loop.
  void close_now() noexcept;
  // The Error for a call's result; success if the call succeeded.
  Error failure(std::int64_t result, std::string_view syscall) const;

 private:
  void let_go() noexcept override;
  bool lacks_sync(std::int64_t result) const noexcept;
  void sync_folder(Synced synced);

  Settings settings_;
  const bool opens_;
  bool is_constructed_ = false;
  bool is_opening_ = false;
  bool may_be_new_ = false;  // its folder may not have its name on the disk yet
  Function<void(int)> on_open_;
};

}  // namespace weir::fs
