// The source of a file stream: opens the file, reads one chunk at a time, and closes it.
#pragma once

#include "fs/open_file.h"
#include "loop/file_range.h"
#include <weir/fs/read_stream.h>
#include <weir/stream/source.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace weir::fs {

class FileSource final : public Source {
 public:
  struct Settings {
    Loop& loop;
    OpenFile::Settings file;
    bool opens;  // the source opened the file, and reads from its beginning or `start`
    std::optional<std::int64_t> start;  // empty: the file's position
    std::optional<std::int64_t> end;
    ReadMode read_mode;
    bool fast_pipe;
  };

  explicit FileSource(Settings settings);
  ~FileSource() override;

  // REQUIRES: called once, before any other function.
  void serve(ReadStream& stream) noexcept { stream_ = &stream; }

  OpenFile& file() noexcept { return file_; }
  const OpenFile& file() const noexcept { return file_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

  void construct(Done done) override { file_.open(std::move(done)); }
  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;
  std::uint64_t system_calls() const noexcept override { return system_calls_; }

 private:
  // A read in progress. The calls of FileOps own it, so it is destroyed, and releases the stream,
  // if a destroyed Loop drops a call.
  struct Request;
  struct Destroy {
    Error error;
    Done done;
  };

  void look_at_file();
  std::size_t wanted(std::size_t size) const noexcept;
  std::size_t range_size(std::size_t wanted);
  bool open_ranges();
  void push_range(std::unique_ptr<Request> request, std::size_t size);
  void submit(std::unique_ptr<Request> request);
  void on_read(std::unique_ptr<Request> request, std::int64_t result);
  void advance(std::size_t count) noexcept;
  void on_missing(std::size_t count, const Error& error);

  Settings settings_;
  OpenFile file_;
  ReadStream* stream_ = nullptr;
  std::optional<std::int64_t> position_;  // empty: the file's own
  std::uint64_t bytes_read_ = 0;
  std::uint64_t system_calls_ = 0;
  std::optional<bool> is_regular_;  // determined at the first read
  Ref<internal::RangedFile> ranges_;
  bool reading_ = false;
  bool destroyed_ = false;
  std::optional<Destroy> waiting_destroy_;  // until the read in progress has completed
};

}  // namespace weir::fs
