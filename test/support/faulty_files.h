// support/faulty_files.h - files in memory that fail on command, in place of the system's.
//
//   files.accept_at_most(3);
//   files.fail_next("write", EAGAIN);
//   files.let_writes_take(50ms);
//   ...
//   EXPECT_EQ(files.content(), "abcdefghij");
//   EXPECT_EQ(files.calls(), "open write write fsync close");
//
// However many are opened, there is one content. Their time stands still unless a fault moves it,
// so that how busy the machine is does not change which thread writes.
#pragma once

#include <weir/fs/file_ops.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::test {

class FaultyFiles final : public fs::FileOps {
 public:
  explicit FaultyFiles(Loop& loop) : loop_(loop) {}

  // The faults.
  void accept_at_most(std::size_t bytes) { most_ = bytes; }
  void fail_next(const std::string& call, int error) {
    auto& failures = failures_[call];
    std::size_t next = count(call);
    while (failures.contains(next)) ++next;
    failures[next] = error;
  }
  // The call of that index, of those by this name.
  void fail_at(const std::string& call, std::size_t index, int error) {
    failures_[call][index] = error;
  }
  // The next write takes these bytes; the ones after it fail.
  void break_at(std::size_t offset, int error) {
    broken_at_ = offset;
    broken_with_ = error;
  }
  void hold_writes() { holding_ = true; }
  void release() {
    holding_ = false;
    for (auto& call : std::exchange(held_, {})) call();
  }
  // Reads and writes wait until they are unblocked or interrupted, as of a descriptor that is not
  // ready.
  void block() { blocking_ = true; }
  void unblock() {
    blocking_ = false;
    for (auto& call : std::exchange(blocked_, {})) call(0);
  }
  bool blocks_any() const { return !blocked_.empty(); }
  // Whether writes may be inline; otherwise all go through `write`.
  void allow_here(bool allowed) { here_ = allowed; }
  // Writes on the loop's thread do.
  void let_writes_take(Clock::duration time) { write_time_ = time; }
  // Called inside of the next write on the loop's thread.
  void during_write_here(Function<void()> call) { during_write_here_ = std::move(call); }
  void forget_content() { keeps_content_ = false; }

  // The content, and whether the file is regular.
  void put(std::string content) { content_ = std::move(content); }
  void be_irregular() { is_regular_ = false; }
  // The page cache has no more than this.
  void cache_at_most(std::size_t bytes) { cached_ = bytes; }

  std::size_t read_here() const { return read_here_; }
  std::size_t written_here() const { return written_here_; }
  bool holds_any() const { return !held_.empty(); }

  std::string content() const { return content_; }
  std::string calls() const { return calls_; }
  std::size_t count(const std::string& call) const {
    return counts_.contains(call) ? counts_.at(call) : 0;
  }
  std::size_t open_files() const { return open_; }
  std::size_t most_views() const { return most_views_; }

  void open(const std::string&, int, int, Completed completed) override {
    const int error = begin("open");
    if (!error) ++open_;
    complete(error ? -error : kFd, std::move(completed));
  }
  void write(int, Views views, std::optional<std::int64_t> offset, Completed completed) override {
    unless_blocked(std::move(completed), [this, views, offset] { return write(views, offset); });
  }
  void read(int, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override {
    unless_blocked(std::move(completed), [this, into, offset] { return read(into, offset); });
  }
  void interrupt(int) override {
    for (auto& call : std::exchange(blocked_, {})) call(-ERESTART);
  }
  // Only cached content, and only if inline reads are allowed.
  std::int64_t read_here(int, std::span<std::byte> into,
                         std::optional<std::int64_t> offset) noexcept override {
    const auto at = static_cast<std::size_t>(offset.value_or(position_));
    if (!here_ || at > cached_) return -EAGAIN;
    into = into.first(std::min(into.size(), cached_ - at));
    if (into.empty() && at < content_.size()) return -EAGAIN;
    ++read_here_;
    return read(into, offset);
  }
  std::int64_t regular_size(int) noexcept override {
    return is_regular_ ? static_cast<std::int64_t>(content_.size()) : -1;
  }
  bool can_write_here(int) noexcept override { return here_; }
  std::int64_t write_here(int, Views views, std::optional<std::int64_t> offset) noexcept override {
    ++written_here_;
    now_ += write_time_;
    if (auto call = std::exchange(during_write_here_, nullptr)) call();
    return write(views, offset);
  }
  Clock::time_point now() const noexcept override { return now_; }
  void sync(int, Completed completed) override { complete(-begin("fsync"), std::move(completed)); }
  void datasync(int, Completed completed) override {
    complete(-begin("fdatasync"), std::move(completed));
  }
  void close(int, Completed completed) override {
    const int error = begin("close");
    --open_;
    complete(-error, std::move(completed));
  }
  void close_now(int) noexcept override { --open_; }

 private:
  static constexpr int kFd = 77;

  std::int64_t write(Views views, std::optional<std::int64_t> offset) {
    if (const int error = begin("write")) return -error;
    most_views_ = std::max(most_views_, views.size());
    if (!keeps_content_) {
      std::size_t size = 0;
      for (const auto view : views) size += view.size();
      return static_cast<std::int64_t>(size);
    }
    auto at = static_cast<std::size_t>(offset.value_or(static_cast<std::int64_t>(content_.size())));
    std::string bytes;
    for (const auto view : views)
      bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
    bytes.resize(std::min(bytes.size(), most_));
    if (at + bytes.size() > broken_at_) bytes.resize(broken_at_ - std::min(at, broken_at_));
    if (bytes.empty() && at >= broken_at_) return -broken_with_;
    if (content_.size() < at + bytes.size()) content_.resize(at + bytes.size());
    content_.replace(at, bytes.size(), bytes);
    return static_cast<std::int64_t>(bytes.size());
  }
  std::int64_t read(std::span<std::byte> into, std::optional<std::int64_t> offset) {
    if (const int error = begin("read")) return -error;
    const auto at = static_cast<std::size_t>(offset.value_or(position_));
    const std::size_t count =
        std::min({into.size(), most_, content_.size() - std::min(at, content_.size())});
    std::memcpy(into.data(), content_.data() + at, count);
    if (!offset) position_ += static_cast<std::int64_t>(count);
    return static_cast<std::int64_t>(count);
  }
  template <class Call>
  void unless_blocked(Completed completed, Call call) {
    if (!blocking_) return complete(call(), std::move(completed));
    blocked_.emplace_back(
        [this, call, completed = std::move(completed)](std::int64_t interrupted) mutable {
          if (interrupted) return completed(interrupted);
          complete(call(), std::move(completed));
        });
  }
  int begin(const std::string& call) {
    if (!calls_.empty()) calls_ += ' ';
    calls_ += call;
    const std::size_t index = counts_[call]++;
    const auto& failures = failures_[call];
    return failures.contains(index) ? failures.at(index) : 0;
  }
  void complete(std::int64_t result, Completed completed) {
    auto call = [completed = std::move(completed), result]() mutable { completed(result); };
    if (holding_)
      held_.emplace_back(std::move(call));
    else
      loop_.set_immediate(std::move(call));
  }

  Loop& loop_;
  bool here_ = true;
  std::size_t written_here_ = 0;
  std::size_t read_here_ = 0;
  std::size_t cached_ = std::numeric_limits<std::size_t>::max();
  std::int64_t position_ = 0;
  bool is_regular_ = true;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  std::size_t broken_at_ = std::numeric_limits<std::size_t>::max();
  int broken_with_ = 0;
  bool holding_ = false;
  bool blocking_ = false;
  Clock::duration write_time_{};
  Clock::time_point now_ = Clock::time_point(std::chrono::hours(1));
  Function<void()> during_write_here_;
  bool keeps_content_ = true;
  std::map<std::string, std::map<std::size_t, int>> failures_;
  std::map<std::string, std::size_t> counts_;
  std::vector<Function<void()>> held_;
  std::vector<Completed> blocked_;
  std::string content_;
  std::string calls_;
  std::size_t open_ = 0;
  std::size_t most_views_ = 0;
};

}  // namespace weir::test
