// write(2): the limit of the system. Lines are gathered in a buffer by hand until the mark is
// reached; chunks are written directly.
#include "peer.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr std::size_t kLongestLine = 32;

void check(bool ok, const char* call) {
  if (!ok) throw std::system_error(errno, std::generic_category(), call);
}

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666)) {
    check(descriptor_ >= 0, "open");
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  void write(const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor_, bytes, size);
      check(written >= 0, "write");
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

 private:
  int descriptor_;
};

void lines(const peer::Job& job) {
  File file(job.path);
  // Not a vector: it would be filled before it is used.
  const auto buffer = std::make_unique_for_overwrite<char[]>(job.mark + kLongestLine);
  char* const begin = buffer.get();
  char* end = begin;
  for (long i = 0; i < job.count; ++i) {
    std::memcpy(end, "Line ", 5);
    end = std::to_chars(end + 5, end + kLongestLine, i).ptr;
    *end++ = '\n';
    if (const auto size = static_cast<std::size_t>(end - begin); size >= job.mark) {
      file.write(begin, size);
      end = begin;
    }
  }
  file.write(begin, static_cast<std::size_t>(end - begin));
}

void bulk(const peer::Job& job) {
  File file(job.path);
  for (long i = 0; i < job.count; ++i) file.write(job.chunk.data(), job.chunk.size());
}

}  // namespace

int main(int argc, char** argv) {
  return peer::run(argc, argv, "write(2)", {.lines = lines, .bulk = bulk});
}
