// A destination that is a file, there whole or not at all; or standard output.
#pragma once

#include "weir/target.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace tool {

class FileTarget final : public Target {
 public:
  // As make_target.
  FileTarget(weir::Loop& loop, const Endpoint& endpoint, mode_t mode, const CopyOptions& options);
  ~FileTarget() override;  // what was not committed goes

  void open(Opened opened) override;
  std::uint64_t bytes_written() const noexcept override { return file_->bytes_written(); }
  void give_up() override { file_->destroy(); }
  // Puts the new file in the place of the old one.
  void commit() override;
  // As commit would name it: an error of the temporary file is one of the destination.
  weir::Error named(const weir::Error& error) const override;

 private:
  std::string path_;       // what is replaced, links followed; empty: nothing is
  std::string temporary_;  // beside it; empty: there is none (any more)
  std::optional<mode_t> old_mode_;
  weir::Ref<weir::fs::WriteStream> file_;
};

}  // namespace tool
