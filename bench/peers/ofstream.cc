// std::ofstream with a buffer of the mark's size.
#include "peer.h"

#include <ios>
#include <vector>

namespace {

class File {
 public:
  explicit File(const peer::Job& job) : buffer_(job.mark) {
    stream_.exceptions(std::ios::badbit | std::ios::failbit);
    // A buffer that is set after open() is ignored.
    stream_.rdbuf()->pubsetbuf(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    stream_.open(job.path, std::ios::binary);
  }
  std::ofstream* operator->() noexcept { return &stream_; }
  std::ofstream& operator*() noexcept { return stream_; }

 private:
  std::vector<char> buffer_;
  std::ofstream stream_;
};

void lines(const peer::Job& job) {
  File file(job);
  for (long i = 0; i < job.count; ++i) *file << "Line " << i << '\n';
  file->close();
}

void bulk(const peer::Job& job) {
  File file(job);
  for (long i = 0; i < job.count; ++i)
    file->write(job.chunk.data(), static_cast<std::streamsize>(job.chunk.size()));
  file->close();
}

}  // namespace

int main(int argc, char** argv) {
  return peer::run(argc, argv, "ofstream", {.lines = lines, .bulk = bulk});
}
