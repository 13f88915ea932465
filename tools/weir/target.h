// A destination of `weir cp`: a file that is there whole or not at all.
#pragma once

#include "weir/copy_options.h"
#include <weir/weir.h>

#include <optional>
#include <string>

#include <sys/types.h>

namespace tool {

class Target {
 public:
  // `mode`: the permissions of a file that is new.
  // ERRORS: throws the system's where the destination cannot be looked at or is a directory.
  Target(weir::Loop& loop, std::string name, mode_t mode, const CopyOptions& options);
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target();  // what was not committed goes

  weir::fs::WriteStream& stream() noexcept { return *stream_; }
  const weir::Ref<weir::fs::WriteStream>& ref() noexcept { return stream_; }
  // As the user gave it.
  const std::string& name() const noexcept { return name_; }
  bool is_stdout() const noexcept { return name_ == "-"; }

  // Puts the new file in the place of the old one. REQUIRES: the stream has closed.
  // ERRORS: throws the system's.
  void commit();

  // As commit would name it: an error of the temporary file is one of the destination.
  weir::Error named(const weir::Error& error) const;

 private:
  std::string name_;
  std::string path_;       // what is replaced, links followed; empty: nothing is
  std::string temporary_;  // beside it; empty: there is none (any more)
  std::optional<mode_t> old_mode_;
  weir::Ref<weir::fs::WriteStream> stream_;
};

}  // namespace tool
