#include <weir/fs/flags.h>

#include <weir/base/error.h>

#include <fcntl.h>
#include <fmt/format.h>

namespace weir::fs {
namespace {

struct Letters {
  std::string_view text;
  int bits;
};

constexpr int kWrite = O_TRUNC | O_CREAT | O_WRONLY;
constexpr int kReadWrite = O_TRUNC | O_CREAT | O_RDWR;
constexpr int kAppend = O_APPEND | O_CREAT | O_WRONLY;
constexpr int kReadAppend = O_APPEND | O_CREAT | O_RDWR;

constexpr Letters kLetters[] = {
    {"r", O_RDONLY},
    {"rs", O_RDONLY | O_SYNC},
    {"sr", O_RDONLY | O_SYNC},
    {"r+", O_RDWR},
    {"rs+", O_RDWR | O_SYNC},
    {"sr+", O_RDWR | O_SYNC},
    {"w", kWrite},
    {"wx", kWrite | O_EXCL},
    {"xw", kWrite | O_EXCL},
    {"w+", kReadWrite},
    {"wx+", kReadWrite | O_EXCL},
    {"xw+", kReadWrite | O_EXCL},
    {"a", kAppend},
    {"ax", kAppend | O_EXCL},
    {"xa", kAppend | O_EXCL},
    {"as", kAppend | O_SYNC},
    {"sa", kAppend | O_SYNC},
    {"a+", kReadAppend},
    {"ax+", kReadAppend | O_EXCL},
    {"xa+", kReadAppend | O_EXCL},
    {"as+", kReadAppend | O_SYNC},
    {"sa+", kReadAppend | O_SYNC},
};

int bits_of(std::string_view letters) {
  for (const Letters& entry : kLetters)
    if (entry.text == letters) return entry.bits;
  throw invalid_argument_value("flags", fmt::format("'{}'", letters));
}

}  // namespace

OpenFlags::OpenFlags(std::string_view letters) : bits_(bits_of(letters)) {}

bool OpenFlags::appends() const noexcept { return (bits_ & O_APPEND) != 0; }

}  // namespace weir::fs
