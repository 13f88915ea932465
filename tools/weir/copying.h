// A copy in progress: all sources in order, into all destinations at once.
#pragma once

#include "weir/copy_options.h"
#include "weir/filter.h"
#include "weir/origin.h"
#include "weir/target.h"
#include <weir/weir.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tool {

// The progress of a copy.
struct CopyFigures {
  std::uint64_t bytes_read = 0;
  std::optional<std::uint64_t> bytes_to_read;  // empty if it is unknown
  std::chrono::duration<double> time{};
  struct Destination {
    std::string name;
    std::uint64_t bytes = 0;  // taken by the system
    std::size_t buffered = 0;
    std::size_t high_water_mark = 0;
  };
  std::vector<Destination> destinations;

  double megabytes_per_second() const noexcept {
    return time.count() > 0 ? static_cast<double>(bytes_read) / 1e6 / time.count() : 0;
  }
};

class Copying {
 public:
  // ERRORS: throws the errors of the destinations and filters.
  Copying(weir::Loop& loop, const CopyOptions& options);
  Copying(const Copying&) = delete;
  Copying& operator=(const Copying&) = delete;

  void start();
  // Destroys all streams, and replaces no destination. Only the first error counts. Stops the loop
  // if a stream does not close within kClosingTime.
  void fail(weir::Error error);

  // Call when the loop has run out: a copy whose streams have not reported success has failed.
  void on_loop_ended();
  const weir::Error& error() const noexcept { return error_; }
  // True if the error is that standard output has no reader any more.
  bool is_unread() const noexcept { return unread_; }
  CopyFigures figures() const;
  // Starts to put all destinations in place. REQUIRES: on_loop_ended() found no error.
  void commit();
  // Call when the loop has run out again.
  void on_committed();
  // Ends the connection of the last source, so that its peer sees an end only after the copy is in
  // place.
  // REQUIRES: on_committed() found no error, and the loop runs again.
  void acknowledge();

  enum class Stage : std::uint8_t { copying, committing, in_place };
  Stage stage() const noexcept { return stage_; }

 private:
  using Clock = std::chrono::steady_clock;

  void open(Target& target);
  void open_emptied();
  void on_target_open(Target& target);
  void on_target_error(const Target& target, const weir::Error& error);
  void open_next();
  void on_source_open(weir::Ref<weir::Readable> source);
  void on_open();
  void pipe_source();
  void on_source_end();
  std::uint64_t bytes_of_source() const;
  std::optional<std::uint64_t> bytes_to_read() const;

  weir::Loop& loop_;
  const CopyOptions& options_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<Filter> filters_;
  std::optional<Origin> origin_;  // of the current source
  weir::Ref<weir::Readable> source_;
  weir::Ref<weir::net::Connection> unacknowledged_;  // the connection of the last source
  std::size_t next_source_ = 0;
  std::size_t awaited_ = 0;             // streams to open before the copy starts
  std::uint64_t bytes_of_earlier_ = 0;  // of earlier sources
  std::uint64_t bytes_piped_ = 0;       // of a source that does not count its bytes
  std::vector<std::optional<std::uint64_t>> source_sizes_;  // the known ones
  bool sources_ended_ = false;
  std::size_t open_targets_ = 0;
  Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> ended_;
  weir::Error error_;
  bool unread_ = false;
  Stage stage_ = Stage::copying;
};

}  // namespace tool
