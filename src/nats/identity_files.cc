#include "nats/identity_files.h"

#include "nats/descriptor.h"
#include "nats/errors.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <nats/nats.h>
#include <openssl/crypto.h>
#include <unistd.h>

namespace weir::nats::internal {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 10;

// The text of a file with a secret, which is wiped at the end.
class Secret {
 public:
  // A FIFO without a writer is empty: the loop does not wait.
  explicit Secret(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd() < 0) throw Error::system(errno, "open", path);
    text_.resize(kLongest + 1);
    const ssize_t count = ::read(file.fd(), text_.data(), text_.size());
    if (count < 0) throw Error::system(errno, "read", path);
    text_.resize(static_cast<std::size_t>(count));
    if (text_.size() > kLongest)
      throw failure(Errc::invalid_argument, "connect", path, "it is longer than 64 KiB");
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

  // Those that are not empty.
  std::vector<std::string_view> lines() const {
    constexpr std::string_view kEnds = "\r\n";
    std::vector<std::string_view> lines;
    const std::string_view text = text_;
    for (std::size_t from = text.find_first_not_of(kEnds); from < text.size();) {
      const std::size_t end = std::min(text.find_first_of(kEnds, from), text.size());
      lines.push_back(text.substr(from, end - from));
      from = text.find_first_not_of(kEnds, end);
    }
    return lines;
  }

 private:
  std::string text_;
};

bool is_rule(std::string_view line) noexcept {
  constexpr std::string_view kDashes = "---";
  return line.size() >= 2 * kDashes.size() && line.ends_with(kDashes) &&
         line.substr(0, line.size() - kDashes.size()).find(kDashes) != line.npos;
}

// Those that stand alone between two rules.
std::vector<std::string_view> enclosed(const std::vector<std::string_view>& lines) {
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i + 2 < lines.size(); ++i) {
    if (!is_rule(lines[i]) || !is_rule(lines[i + 2])) continue;
    found.push_back(lines[i + 1]);
    i += 2;
  }
  return found;
}

bool is_jwt(std::string_view text) noexcept { return std::ranges::count(text, '.') == 2; }

// A seed has a checksum, and cnats' one call that examines it signs.
bool is_seed(std::string_view text) {
  std::string seed(text);
  unsigned char* signature = nullptr;
  int length = 0;
  const natsStatus status = nats_Sign(seed.c_str(), "nonce", &signature, &length);
  std::free(signature);
  OPENSSL_cleanse(seed.data(), seed.size());
  return status == NATS_OK;
}

Error malformed(const std::string& path, std::string_view reason) {
  return failure(Errc::invalid_argument, "connect", path, reason);
}

}  // namespace

void require_credentials(const std::string& path) {
  const Secret file(path);
  const std::vector<std::string_view> parts = enclosed(file.lines());
  if (parts.empty() || !is_jwt(parts[0])) throw malformed(path, "it has no user's JWT");
  if (parts.size() < 2 || !is_seed(parts[1])) throw malformed(path, "it has no valid seed");
}

void require_seed(const std::string& path) {
  const Secret file(path);
  if (!std::ranges::any_of(file.lines(), is_seed)) throw malformed(path, "it has no valid seed");
}

}  // namespace weir::nats::internal
