// A stream's accounting of its writes matches the file's contents, even if the file misbehaves.

#include "fs/write_routes.h"
#include <weir/fs/file_handle.h>
#include <weir/fs/write_stream.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::fs {
namespace {

// Writes pieces of every small length, waiting for Drain where it is asked to, and keeps the books.
class Writer {
 public:
  static constexpr std::size_t kPieces = 12;

  // `first` is the letter of the first piece; each next one has the next letter.
  Writer(Ref<WriteStream> stream, bool waits, char first = 'a')
      : stream_(std::move(stream)), waits_(waits), first_(first) {
    stream_->on<Drain>([this] {
      ++drains_;
      EXPECT_EQ(stream_->writable_length(), 0u);
      if (waits_) go_on();
    });
    stream_->on<Error>([this](const Error& error) { failure_ = error; });
    stream_->on<Finish>([this] { finished_ = true; });
    stream_->on<Close>([this] { closed_ = true; });
  }

  void go_on() {
    while (next_ < kPieces && !stream_->destroyed()) {
      const std::size_t index = next_++;
      const std::string piece = text_of(index);
      const bool more = stream_->write(piece, [this, index, piece](const Error& error) {
        called_.push_back(index);
        EXPECT_FALSE(failed_ && !error) << "one was written after one that failed";
        failed_ = failed_ || error;
        if (!error) acknowledged_ += piece.size();
      });
      if (more || stream_->destroyed() || stream_->errored()) continue;
      ++refusals_;
      if (waits_) return;
    }
    stream_->end();
  }

  std::string text_of(std::size_t index) const {
    return std::string(1 + index % 5, static_cast<char>(first_ + static_cast<char>(index)));
  }
  std::string text() const {
    std::string all;
    for (std::size_t i = 0; i < kPieces; ++i) all += text_of(i);
    return all;
  }

  // Checks the stream's accounting against a file with `content`.
  void check(const std::string& content) const {
    EXPECT_TRUE(closed_);
    EXPECT_EQ(content, text().substr(0, content.size()));
    EXPECT_EQ(stream_->bytes_written(), content.size());
    EXPECT_LE(acknowledged_, content.size()) << "acknowledged, but not in the file";
    EXPECT_EQ(called_.size(), next_) << "not every callback was called";
    EXPECT_TRUE(std::ranges::is_sorted(called_));
    EXPECT_EQ(std::ranges::adjacent_find(called_), called_.end()) << "one was called twice";
    EXPECT_EQ(finished_, !failure_);
    if (failure_) return;
    EXPECT_EQ(content, text());
    EXPECT_EQ(acknowledged_, content.size());
    EXPECT_EQ(drains_, waits_ ? refusals_ : 0) << "no Drain comes after the end";
  }

  WriteStream& stream() const { return *stream_; }
  const Error& failure() const { return failure_; }
  std::size_t refusals() const { return refusals_; }
  std::size_t drains() const { return drains_; }

 private:
  Ref<WriteStream> stream_;
  bool waits_;
  char first_;
  std::size_t next_ = 0;
  std::size_t refusals_ = 0;
  std::size_t drains_ = 0;
  std::size_t acknowledged_ = 0;
  std::vector<std::size_t> called_;
  bool failed_ = false;
  bool finished_ = false;
  bool closed_ = false;
  Error failure_;
};

class AccountingTest : public test::RouteTest {
 protected:
  // Runs `with(disk, writer, run)` for each mark, and for a writer that waits for Drain and one
  // that does not; the writer is run by `run`.
  template <class With>
  void each_writer(With with) {
    for (const std::int64_t mark : {1, 4, 16, 1000})
      for (const bool waits : {true, false}) {
        SCOPED_TRACE(testing::Message() << "mark " << mark << (waits ? ", waits" : ", hurries"));
        Loop own;
        auto disk = files_on(own);
        Writer writer(
            create_write_stream(own, "x", routed({.high_water_mark = mark, .file_ops = disk})),
            waits);
        with(*disk, writer, [&] {
          writer.go_on();
          own.run();
          writer.check(disk->content());
          EXPECT_EQ(disk->open_files(), 0u);
        });
      }
  }

  // How many calls it takes where none of them fails.
  static constexpr std::size_t kMostCalls = Writer::kPieces + 1;
};

TEST_P(AccountingTest, IsExactWhereACallTakesOnlyAFewBytes) {
  for (std::size_t most = 1; most <= 34; ++most)
    each_writer([&](test::FaultyFiles& disk, Writer& writer, auto run) {
      SCOPED_TRACE(most);
      disk.accept_at_most(most);
      run();
      EXPECT_FALSE(writer.failure());
      EXPECT_EQ(disk.content(), writer.text());
    });
}

TEST_P(AccountingTest, IsExactWhereTheDiskIsFullAtAnyByte) {
  for (std::size_t room = 0; room < 34; ++room)
    each_writer([&](test::FaultyFiles& disk, Writer& writer, auto run) {
      SCOPED_TRACE(room);
      disk.break_at(room, ENOSPC);
      run();
      if (room >= writer.text().size()) return;
      EXPECT_EQ(writer.failure().name(), "ENOSPC");
      EXPECT_EQ(disk.content().size(), room);
    });
}

TEST_P(AccountingTest, IsExactWhereAnyCallFails) {
  for (std::size_t index = 0; index < kMostCalls; ++index)
    each_writer([&](test::FaultyFiles& disk, Writer& writer, auto run) {
      SCOPED_TRACE(index);
      disk.fail_at("write", index, EIO);
      run();
      EXPECT_EQ(writer.failure().name(), disk.count("write") > index ? "EIO" : "");
      EXPECT_LE(disk.count("write"), index + 1) << "written after it had failed";
    });
}

TEST_P(AccountingTest, IsExactWhereAnyCallIsToBeTriedAgain) {
  for (std::size_t index = 0; index < kMostCalls; ++index)
    each_writer([&](test::FaultyFiles& disk, Writer& writer, auto run) {
      SCOPED_TRACE(index);
      disk.fail_at("write", index, EAGAIN);
      disk.accept_at_most(7);
      run();
      EXPECT_FALSE(writer.failure());
    });
}

TEST_P(AccountingTest, EveryRefusalIsFollowedByOneDrain) {
  Writer writer(make({.high_water_mark = 4}), true);
  writer.go_on();
  loop.run();
  writer.check(files->content());
  EXPECT_GT(writer.refusals(), 3u);
  EXPECT_EQ(writer.drains(), writer.refusals());
}

TEST_P(AccountingTest, IsExactWithARealFile) {
  for (const std::int64_t mark : {1, 4, 16, 1000})
    for (const bool waits : {true, false})
      for (const std::optional<std::int64_t> start : {std::optional<std::int64_t>(), {3}}) {
        Writer writer(make_real({.high_water_mark = mark, .start = start}), waits);
        writer.go_on();
        loop.run();
        writer.check(read(path()).substr(static_cast<std::size_t>(start.value_or(0))));
      }
}

TEST_P(AccountingTest, AnAppenderCountsItsOwnBytesOnly) {
  put(path(), "before ");
  Writer writer(make_real({.high_water_mark = 4, .flags = "a"}), true);
  writer.go_on();
  loop.run();
  const std::string content = read(path());
  ASSERT_TRUE(content.starts_with("before "));
  writer.check(content.substr(7));
}

TEST_P(AccountingTest, StreamsOnOneFileKeepToTheirRanges) {
  std::vector<std::unique_ptr<Writer>> writers;
  constexpr std::size_t kApart = 100;
  put(path(), "");
  for (std::size_t i = 0; i < 5; ++i) {
    const auto start = static_cast<std::int64_t>(i * kApart);
    writers.push_back(std::make_unique<Writer>(
        make_real({.high_water_mark = 4, .flags = "r+", .start = start}), i % 2 == 0, 'a'));
  }
  for (auto& writer : writers) writer->go_on();
  loop.run();
  const std::string content = read(path());
  for (std::size_t i = 0; i < writers.size(); ++i)
    writers[i]->check(content.substr(i * kApart, writers[i]->text().size()));
  for (std::size_t at = writers[0]->text().size(); at < kApart; ++at) EXPECT_EQ(content[at], '\0');
}

TEST_P(AccountingTest, StreamsOfOneHandleWriteOneAfterTheOther) {
  for (const bool real : {false, true}) {
    Ref<FileOps> ops;
    if (real)
      ops = real_files();
    else
      ops = files;
    open(
        loop, path(), "w", 0666,
        [&](const Error& error, Ref<FileHandle> handle) {
          ASSERT_FALSE(error) << error;
          const auto stream = [&] {
            return listened(
                handle->create_write_stream(routed({.high_water_mark = 4, .auto_close = false})));
          };
          auto lower = std::make_shared<Writer>(stream(), true, 'a');
          auto upper = std::make_shared<Writer>(stream(), true, 'A');
          const auto check = [this, real, lower, upper] {
            std::string lowers, uppers;
            for (const char letter : real ? read(path()) : files->content())
              (letter >= 'a' ? lowers : uppers) += letter;
            lower->check(lowers);
            upper->check(uppers);
            log.add("checked");
          };
          const auto finished = std::make_shared<int>(0);
          for (Writer* writer : {lower.get(), upper.get()}) {
            writer->stream().on<Finish>([this, finished, handle, check] {
              if (++*finished == 2) handle->close([this, check] { loop.set_immediate(check); });
            });
            writer->go_on();
          }
        },
        ops);
    EXPECT_NE(after_run().find("checked"), std::string::npos);
  }
}

WEIR_ON_EVERY_ROUTE(AccountingTest);

}  // namespace
}  // namespace weir::fs
