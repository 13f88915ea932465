#include "weir/write.h"

#include "weir/conclude.h"
#include "weir/endpoint.h"
#include "weir/input.h"
#include "weir/inspection.h"
#include "weir/origin.h"
#include "weir/same_file.h"
#include "weir/transfer.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include <unistd.h>

namespace tool {
namespace {

class InputSource final : public Source {
 public:
  InputSource(weir::Loop& loop, Transfer& transfer)
      : transfer_(transfer), input_(loop, STDIN_FILENO, [this](std::string_view text, int error) {
          take(text, error);
        }) {}

  void resume() override { input_.next(); }
  void stop() override { input_.stop(); }
  std::optional<double> done() const override {
    if (!size_ || *size_ == 0) return std::nullopt;
    return static_cast<double>(taken_) / static_cast<double>(*size_);
  }

 private:
  void take(std::string_view text, int error) {
    taken_ += text.size();
    if (error != 0)
      transfer_.fail(weir::Error::system(error, "read", "standard input"));
    else if (text.empty())
      transfer_.end();
    else if (transfer_.write(text))
      input_.next();
    else
      transfer_.pause();
  }

  Transfer& transfer_;
  std::optional<std::uint64_t> size_ = look_at(parse_endpoint("-", kInputNames)).size;
  std::uint64_t taken_ = 0;
  Input input_;
};

}  // namespace

int write_input(const LineOptions& options) {
  refuse_same_file({{"-", FileUse::How::read, true},
                    {options.file, FileUse::How::written, options.to_stdout()}});
  weir::Loop loop;
  Transfer transfer(loop, options);
  InputSource input(loop, transfer);
  const Inspection inspection(loop, options.inspection, "weir write", options.json);
  return conclude(options, transfer.run(input), {});
}

}  // namespace tool
