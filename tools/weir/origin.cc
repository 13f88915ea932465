#include "weir/origin.h"

#include "weir/input.h"
#include "weir/nats.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tool {
namespace {

// A pipe or a terminal, read without blocking the loop; see input.h.
class InputSource final : public weir::Source {
 public:
  explicit InputSource(weir::Loop& loop)
      : input_(loop, STDIN_FILENO,
               [this](std::string_view text, int error) { take(text, error); }) {}

  void read(weir::Readable& stream, std::size_t) override {
    stream_ = weir::Ref<weir::Readable>(&stream);
    input_.next();
  }
  void destroy(weir::Error error, weir::Done done) override {
    input_.stop();
    done(std::move(error));
    stream_ = nullptr;
  }

 private:
  void take(std::string_view text, int error) {
    const auto stream = std::exchange(stream_, nullptr);
    if (!stream) return;
    if (error != 0)
      stream->destroy(weir::Error::system(error, "read", "standard input"));
    else if (text.empty())
      stream->push(nullptr);
    else
      stream->push(text);
  }

  weir::Ref<weir::Readable> stream_;  // while a read is in progress
  Input input_;
};

weir::fs::ReadStreamOptions stream_options(const Endpoint& source, const CopyOptions& options) {
  weir::fs::ReadStreamOptions stream;
  if (options.pool) stream.read_mode = weir::fs::ReadMode::pool;
  stream.fast_pipe = !options.plain;
  if (source.start > 0) stream.start = static_cast<std::int64_t>(source.start);
  if (source.length) stream.end = static_cast<std::int64_t>(*source.length) - 1;
  return stream;
}

}  // namespace

SourceStat look_at(const Endpoint& source) {
  if (!source.is_file() && !source.is_standard()) return {};
  struct stat status{};
  const int failed =
      source.is_standard() ? ::fstat(STDIN_FILENO, &status) : ::stat(source.path.c_str(), &status);
  if (failed || !S_ISREG(status.st_mode)) return {};
  const ::off_t at = source.is_standard() ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
  return {static_cast<std::uint64_t>(std::max<::off_t>(status.st_size - at, 0)),
          status.st_mode & 0777, status.st_blocks > 0};
}

std::optional<std::uint64_t> stable_size(const Endpoint& source) {
  const SourceStat known = look_at(source);
  const bool is_kernels =
      !known.is_stored && known.size == static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return known.size == 0 || is_kernels ? std::nullopt : known.size;
}

Origin::~Origin() {
  if (!shared_) return;
  const auto read = static_cast<::off_t>(shared_->bytes_read());
  ::lseek(STDIN_FILENO, shared_from_ + read, SEEK_SET);
}

weir::Ref<weir::Readable> Origin::open_here() {
  weir::fs::ReadStreamOptions stream = stream_options(source_, options_);
  if (source_.is_nats()) return open_nats(loop_, source_, options_);
  if (source_.is_standard()) return open_standard(std::move(stream));
  return weir::fs::create_read_stream(loop_, source_.path, std::move(stream));
}

// Standard input that is a file is read from its current offset, like any file.
weir::Ref<weir::Readable> Origin::open_standard(weir::fs::ReadStreamOptions stream) {
  shared_from_ = look_at(source_).size ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) : -1;
  if (shared_from_ < 0) {
    auto input = weir::Readable::make(loop_, std::make_unique<InputSource>(loop_));
    input->set_name("standard input");
    return input;
  }
  const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw weir::Error::system(errno, "dup");
  stream.fd = fd;
  stream.start = shared_from_;
  if (stream.end) *stream.end += shared_from_;
  shared_ = weir::fs::create_read_stream(loop_, "standard input", std::move(stream));
  return shared_;
}

void Origin::open(Opened opened) {
  if (source_.is_socket()) {
    // Half-open: the connection to the peer, which has ended its side, stays until the copy is in
    // place.
    const ConnectingOptions how{
        .allow_half_open = true, .json = options_.json, .trust = options_.trust};
    connecting_.emplace(loop_, source_, how, std::move(opened));
    return;
  }
  weir::Error error;
  weir::Ref<weir::Readable> stream;
  try {
    if (source_.is_web())
      return static_cast<void>(asking_.emplace(loop_, source_, options_, std::move(opened)));
    stream = open_here();
  } catch (...) {
    error = weir::Error::from_current_exception();
  }
  opened(std::move(error), std::move(stream));
}

}  // namespace tool
