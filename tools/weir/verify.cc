#include "weir/verify.h"

#include "weir/lines.h"
#include <weir/weir.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tool {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

// A file from an offset on, as text that is compared and consumed from the front.
class Reader {
 public:
  Reader(const std::string& path, std::uint64_t begin)
      : path_(path),
        // O_NONBLOCK: a FIFO without a writer is empty instead of blocking.
        fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
        offset_(begin) {
    if (fd_ < 0) throw weir::Error::system(errno, "open", path_);
    if (begin > 0 && ::lseek(fd_, static_cast<off_t>(begin), SEEK_SET) < 0) {
      const int error = errno;
      ::close(fd_);
      throw weir::Error::system(error, "lseek", path_);
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { ::close(fd_); }

  // The offset of the text that is not consumed yet.
  std::uint64_t offset() const noexcept { return offset_; }

  // Consumes the text; false if the file differs.
  bool take(std::string_view text) {
    while (rest_.size() < text.size() && read_more()) {
    }
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    offset_ += text.size();
    return true;
  }

  bool at_end() { return rest_.empty() && !read_more(); }

 private:
  bool read_more() {
    block_.erase(0, block_.size() - rest_.size());
    const std::size_t kept = block_.size();
    block_.resize(kept + kBlock);
    const ssize_t count = ::read(fd_, block_.data() + kept, kBlock);
    if (count < 0) throw weir::Error::system(errno, "read", path_);
    block_.resize(kept + static_cast<std::size_t>(count));
    rest_ = block_;
    return count > 0;
  }

  const std::string& path_;
  int fd_;
  std::uint64_t offset_;
  std::string block_;
  std::string_view rest_;  // the end of the block
};

}  // namespace

std::optional<std::string> find_flaw(const std::string& path, std::uint64_t begin,
                                     std::uint64_t count) {
  Reader reader(path, begin);
  std::string line;
  for (std::uint64_t i = 0; i < count; ++i) {
    line.clear();
    fmt::format_to(std::back_inserter(line), kLine, i);
    if (!reader.take(line))
      return fmt::format("not verified: '{}' does not contain line {} at byte {}", path, i,
                         reader.offset());
  }
  if (!reader.at_end())
    return fmt::format("not verified: '{}' has more than {} lines, at byte {}", path, count,
                       reader.offset());
  return std::nullopt;
}

}  // namespace tool
