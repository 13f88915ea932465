#include "weir/lines.h"

#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/say.h"
#include "weir/transfer.h"
#include "weir/verify.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace tool {
namespace {

// The loop has its turn after this many lines, even if the buffer is not full.
constexpr std::uint64_t kSlice = 10'000;

class Lines final : public Source {
 public:
  Lines(Transfer& transfer, std::uint64_t count) : transfer_(transfer), count_(count) {}

  std::uint64_t written() const noexcept { return written_; }

  std::optional<double> done() const override {
    if (count_ == 0) return std::nullopt;
    return static_cast<double>(written_) / static_cast<double>(count_);
  }
  void resume() override {
    const std::uint64_t slice_end = written_ + std::min(kSlice, count_ - written_);
    bool room = true;
    while (room && written_ < slice_end) room = transfer_.print(kLine, written_++);
    if (written_ == count_)
      transfer_.end();
    else if (room)
      transfer_.yield();
    else
      transfer_.pause();
  }

 private:
  Transfer& transfer_;
  std::uint64_t count_;
  std::uint64_t written_ = 0;
};

// The offset of the first line.
std::uint64_t first_byte(const LineOptions& options) {
  if (!options.append) return 0;
  std::error_code missing;
  const auto size = std::filesystem::file_size(options.file, missing);
  return missing ? 0 : size;
}

}  // namespace

int write_lines(const LineOptions& options, std::uint64_t count, bool verify) {
  const std::uint64_t begin = first_byte(options);
  weir::Loop loop;
  Transfer transfer(loop, options);
  Lines lines(transfer, count);
  const Inspection inspection(loop, options.inspection, "weir lines", options.json);
  const Outcome outcome = transfer.run(lines);

  const bool verifies = verify && outcome.complete();
  if (verifies) {
    if (const auto flaw = find_flaw(options.file, begin, count)) {
      complain(*flaw);
      return kFailed;
    }
  }
  return conclude(options, outcome, {.lines = lines.written(), .verified = verifies});
}

}  // namespace tool
