// A destination that is a file, replaced atomically, or standard output.
#pragma once

#include "weir/target.h"
#include <weir/weir.h>

#include <cstdint>

#include <sys/types.h>

namespace tool {

class FileTarget final : public Target {
 public:
  // As make_target.
  FileTarget(weir::Loop& loop, const Endpoint& endpoint, mode_t mode, const CopyOptions& options);
  void open(Opened opened) override;
  bool is_emptied() const noexcept override { return is_emptied_; }
  std::uint64_t bytes_written() const noexcept override {
    return file_ ? file_->bytes_written() : 0;
  }
  void give_up() override {
    if (file_) file_->destroy();
  }
  bool is_complete() const override { return replace_ || Target::is_complete(); }
  void commit() override;
  // Adds the option that helps, if there is one.
  weir::Error named(const weir::Error& error) const override;

 private:
  weir::Function<weir::Ref<weir::fs::WriteStream>()> open_in_place_;
  bool is_emptied_ = false;
  weir::Ref<weir::fs::WriteStream> file_;
  weir::Callback replace_;  // once the new file is complete
};

}  // namespace tool
