// weir/testing/faulty_files.h - FaultyFiles: files in memory that fail on command, in place of the
// system's.
//
//   auto files = weir::make_ref<weir::test::FaultyFiles>(loop);
//   files->accept_at_most(3);                  // each write takes 3 bytes or fewer
//   files->fail_next("write", ENOSPC);         // and the next one fails
//   auto stream = weir::fs::create_write_stream(loop, "x", {.file_ops = files});
//   stream->end("abc");
//   loop.run();
//   EXPECT_EQ(files->calls(), "open write close");
//
// - All opened files share one content, whatever their paths.
// - A call completes at the end of the loop's turn. Calls have the names "open", "read", "write",
//   "fsync", "fdatasync" and "close".
// - The time of these files stands still unless a fault moves it: which thread writes does not
//   depend on how busy the machine is.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/fs/file_ops.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::test {

class FaultyFiles final : public fs::FileOps {
 public:
  // REQUIRES: loop outlives this.
  explicit FaultyFiles(Loop& loop) : loop_(loop) {}

  // --- Faults; `error` is errno's value ---

  // Reads and writes take this many bytes at most.
  void accept_at_most(std::size_t bytes) { most_ = bytes; }
  // The next call of that name fails; several together: the next ones.
  void fail_next(const std::string& call, int error);
  // The call of that index fails, of those by this name, from 0 on.
  void fail_at(const std::string& call, std::size_t index, int error) {
    failures_[call][index] = error;
  }
  // The file takes the bytes before `offset`; writes beyond fail.
  void break_at(std::size_t offset, int error) {
    broken_at_ = offset;
    broken_with_ = error;
  }
  // Ends break_at: there is space again.
  void mend() noexcept { broken_at_ = std::numeric_limits<std::size_t>::max(); }
  // Calls do not complete until release().
  void hold_writes() { holding_ = true; }
  void release();
  // Reads and writes wait until they are unblocked or interrupted, as of a descriptor that is not
  // ready.
  void block() { blocking_ = true; }
  void unblock();
  bool blocks_any() const { return !blocked_.empty(); }
  // Whether calls may be made on the loop's thread (FileOps::write_here); initially they may.
  void allow_here(bool allowed) { here_ = allowed; }
  // Each write on the loop's thread takes this time.
  void let_writes_take(Clock::duration time) { write_time_ = time; }
  // CALLS BACK: `call` inside of the next write on the loop's thread.
  void during_write_here(Function<void()> call) { during_write_here_ = std::move(call); }
  // Takes writes of any size without keeping their bytes.
  void forget_content() { kind_ = Kind::forgetful; }
  // The file is not a regular one.
  void be_irregular() { kind_ = Kind::irregular; }
  // The page cache has no more than this: beyond it, reads go to the pool.
  void cache_at_most(std::size_t bytes) { cached_ = bytes; }

  // --- The file ---

  void put(std::string content) { content_ = std::move(content); }
  std::string content() const { return content_; }

  // --- The calls so far ---

  std::string calls() const { return calls_; }
  std::size_t count(const std::string& call) const {
    return counts_.contains(call) ? counts_.at(call) : 0;
  }
  std::size_t open_files() const { return open_; }
  // Reads and writes on the loop's thread.
  std::size_t read_here() const { return read_here_; }
  std::size_t written_here() const { return written_here_; }
  bool holds_any() const { return !held_.empty(); }
  // The largest number of views in one write.
  std::size_t most_views() const { return most_views_; }

  // --- For file streams; see file_ops.h ---

  void open(const std::string&, int, int, Completed completed) override;
  void write(int, Views views, std::optional<std::int64_t> offset, Completed completed) override;
  void read(int, std::span<std::byte> into, std::optional<std::int64_t> offset,
            Completed completed) override;
  void interrupt(int) override;
  std::int64_t read_here(int, std::span<std::byte> into,
                         std::optional<std::int64_t> offset) noexcept override;
  std::int64_t regular_size(int) noexcept override;
  bool can_write_here(int) noexcept override { return here_; }
  std::int64_t write_here(int, Views views, std::optional<std::int64_t> offset) noexcept override;
  Clock::time_point now() const noexcept override { return now_; }
  void sync(int, Completed completed) override { complete(-begin("fsync"), std::move(completed)); }
  void datasync(int, Completed completed) override {
    complete(-begin("fdatasync"), std::move(completed));
  }
  void close(int, Completed completed) override;
  void close_now(int) noexcept override { --open_; }

 private:
  enum class Kind : std::uint8_t { regular, irregular, forgetful };

  std::int64_t write_now(Views views, std::optional<std::int64_t> offset);
  std::int64_t read_now(std::span<std::byte> into, std::optional<std::int64_t> offset);
  // Makes the call now, or when it is unblocked.
  void make(Function<std::int64_t()> call, Completed completed);
  // Counts a call, and returns its error, or 0.
  int begin(const std::string& call);
  void complete(std::int64_t result, Completed completed);

  Loop& loop_;
  bool here_ = true;
  std::size_t written_here_ = 0;
  std::size_t read_here_ = 0;
  std::size_t cached_ = std::numeric_limits<std::size_t>::max();
  std::int64_t position_ = 0;
  Kind kind_ = Kind::regular;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  std::size_t broken_at_ = std::numeric_limits<std::size_t>::max();
  int broken_with_ = 0;
  bool holding_ = false;
  bool blocking_ = false;
  Clock::duration write_time_{};
  Clock::time_point now_ = Clock::time_point(std::chrono::hours(1));
  Function<void()> during_write_here_;
  std::map<std::string, std::map<std::size_t, int>> failures_;
  std::map<std::string, std::size_t> counts_;
  std::vector<Function<void()>> held_;
  std::vector<Completed> blocked_;  // each makes its call for 0, or passes the error on
  std::string content_;
  std::string calls_;
  std::size_t open_ = 0;
  std::size_t most_views_ = 0;
};

}  // namespace weir::test
