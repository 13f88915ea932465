#include <weir/testing/faulty_files.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::test {
namespace {

constexpr int kFd = 77;

}  // namespace

void FaultyFiles::fail_next(const std::string& call, int error) {
  auto& failures = failures_[call];
  std::size_t next = count(call);
  while (failures.contains(next)) ++next;
  failures[next] = error;
}

void FaultyFiles::release() {
  holding_ = false;
  for (auto& call : std::exchange(held_, {})) call();
}

void FaultyFiles::unblock() {
  blocking_ = false;
  for (auto& call : std::exchange(blocked_, {})) call(0);
}

void FaultyFiles::interrupt(int) {
  for (auto& call : std::exchange(blocked_, {})) call(-ERESTART);
}

int FaultyFiles::begin(const std::string& call) {
  if (!calls_.empty()) calls_ += ' ';
  calls_ += call;
  const std::size_t index = counts_[call]++;
  const auto& failures = failures_[call];
  return failures.contains(index) ? failures.at(index) : 0;
}

void FaultyFiles::make(Function<std::int64_t()> call, Completed completed) {
  if (!blocking_) return complete(call(), std::move(completed));
  blocked_.emplace_back([this, call = std::move(call),
                         completed = std::move(completed)](std::int64_t interrupted) mutable {
    if (interrupted) return completed(interrupted);
    complete(call(), std::move(completed));
  });
}

void FaultyFiles::complete(std::int64_t result, Completed completed) {
  auto call = [completed = std::move(completed), result]() mutable { completed(result); };
  if (holding_)
    held_.emplace_back(std::move(call));
  else
    loop_.set_immediate(std::move(call));
}

void FaultyFiles::open(const std::string&, int, int, Completed completed) {
  const int error = begin("open");
  if (!error) ++open_;
  complete(error ? -error : kFd, std::move(completed));
}

void FaultyFiles::close(int, Completed completed) {
  const int error = begin("close");
  --open_;
  complete(-error, std::move(completed));
}

void FaultyFiles::write(int, Views views, std::optional<std::int64_t> offset, Completed completed) {
  make([this, views, offset] { return write_now(views, offset); }, std::move(completed));
}

std::int64_t FaultyFiles::write_here(int, Views views,
                                     std::optional<std::int64_t> offset) noexcept {
  ++written_here_;
  now_ += write_time_;
  if (auto call = std::exchange(during_write_here_, nullptr)) call();
  return write_now(views, offset);
}

std::int64_t FaultyFiles::write_now(Views views, std::optional<std::int64_t> offset) {
  if (const int error = begin("write")) return -error;
  most_views_ = std::max(most_views_, views.size());
  std::string bytes;
  if (kind_ == Kind::forgetful) {
    std::size_t size = 0;
    for (const auto view : views) size += view.size();
    return static_cast<std::int64_t>(size);
  }
  const auto at =
      static_cast<std::size_t>(offset.value_or(static_cast<std::int64_t>(content_.size())));
  for (const auto view : views)
    bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
  bytes.resize(std::min(bytes.size(), most_));
  if (at + bytes.size() > broken_at_) bytes.resize(broken_at_ - std::min(at, broken_at_));
  if (bytes.empty() && at >= broken_at_) return -broken_with_;
  if (content_.size() < at + bytes.size()) content_.resize(at + bytes.size());
  content_.replace(at, bytes.size(), bytes);
  return static_cast<std::int64_t>(bytes.size());
}

void FaultyFiles::read(int, std::span<std::byte> into, std::optional<std::int64_t> offset,
                       Completed completed) {
  make([this, into, offset] { return read_now(into, offset); }, std::move(completed));
}

// Reads only cached content, and only if calls on this thread are allowed.
std::int64_t FaultyFiles::read_here(int, std::span<std::byte> into,
                                    std::optional<std::int64_t> offset) noexcept {
  const auto at = static_cast<std::size_t>(offset.value_or(position_));
  if (!here_ || at > cached_) return -EAGAIN;
  into = into.first(std::min(into.size(), cached_ - at));
  if (into.empty() && at < content_.size()) return -EAGAIN;
  ++read_here_;
  return read_now(into, offset);
}

std::int64_t FaultyFiles::read_now(std::span<std::byte> into, std::optional<std::int64_t> offset) {
  if (const int error = begin("read")) return -error;
  const auto at = static_cast<std::size_t>(offset.value_or(position_));
  const std::size_t count =
      std::min({into.size(), most_, content_.size() - std::min(at, content_.size())});
  std::memcpy(into.data(), content_.data() + at, count);
  if (!offset) position_ += static_cast<std::int64_t>(count);
  return static_cast<std::int64_t>(count);
}

std::int64_t FaultyFiles::regular_size(int) noexcept {
  return kind_ != Kind::irregular ? static_cast<std::int64_t>(content_.size()) : -1;
}

}  // namespace weir::test
