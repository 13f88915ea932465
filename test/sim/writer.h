// sim/writer.h - Writer: a writable stream of a life, and the rules that it must keep.
//
// - Each accepted write is called back once, in order; each flush and sync once, after the writes
//   before it. After one that failed, none succeeds.
// - A write returns false if the length reaches the mark, unless the sink completes it at once. A
//   false is followed by one Drain, at the low-water mark, or by the end of the stream.
// - A pipe fills the buffer by at most one chunk beyond the mark.
// - The destination has a prefix of what was accepted; nothing counts as written that it lacks.
// - Finish comes once, after end(), with everything delivered. At most one Error, which has a
//   cause. One Close, and nothing after it.
#pragma once

#include "sim/pattern.h"
#include "sim/rotated_files.h"
#include "sim/world.h"
#include <weir/base/callback.h>
#include <weir/base/ref.h>
#include <weir/fs/rotating_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sim {

class Writer : public std::enable_shared_from_this<Writer> {
 public:
  struct Settings {
    std::string name;
    std::shared_ptr<Origin> origin = {};
    bool emits_close = true;
    bool flushes = false;  // a Close without an error means that the disk has everything
    std::size_t low_water_mark = 0;
    std::optional<std::size_t> max_buffered = {};
    // A socket completes writes ahead that nobody is called back for, waits for its peer to read,
    // and has no sync.
    bool is_socket = false;
    bool stays_open = false;                     // until the program destroys it
    std::shared_ptr<RotatedFiles> rotated = {};  // of a RotatingStream
    std::size_t max_size = 0;                    // of each of its files; 0: any
    fs::RecordEnd record_end = fs::RecordEnd::line;
    // What the destination has of this stream.
    Function<std::string_view()> delivered = {};
  };

  Writer(World& world, Ref<Writable> stream, Settings settings)
      : world_(world), stream_(std::move(stream)), settings_(std::move(settings)) {}
  void listen();
  void on_event(std::string_view name);

  const std::string& name() const noexcept { return settings_.name; }
  Writable& stream() const noexcept { return *stream_; }
  const Ref<Writable>& ref() const noexcept { return stream_; }
  unsigned pattern() const noexcept { return settings_.origin->pattern(); }
  const std::shared_ptr<Origin>& origin() const noexcept { return settings_.origin; }
  // From now on, a pipe writes chunks of at most this size; their bytes come from there.
  void feed_by_pipe(std::shared_ptr<const Origin> origin, std::optional<std::size_t> chunk,
                    Function<bool()> is_source_destroyed) {
    is_piped_ = true;
    largest_chunk_ = chunk;
    is_source_destroyed_ = std::move(is_source_destroyed);
    settings_.origin->follow(std::move(origin));
  }
  // From now on, a Producer writes. What it accepts counts as the stream's.
  void feed_by_producer() noexcept { is_piped_ = true; }
  void accept_record(std::size_t size) noexcept { accepted_ += size; }
  void take_back_record(std::size_t size) noexcept { accepted_ -= size; }
  // True if a pipe or a Producer writes.
  bool is_piped() const noexcept { return is_piped_; }
  bool is_socket() const noexcept { return settings_.is_socket; }
  bool stays_open() const noexcept { return settings_.stays_open; }
  bool has_limit() const noexcept { return settings_.max_buffered.has_value(); }
  bool is_closed() const noexcept { return closes_ > 0 || (!settings_.emits_close && is_over()); }
  bool emits_close() const noexcept { return settings_.emits_close; }
  bool has_finished() const noexcept { return finishes_ > 0; }
  // The number of bytes that survive a loss of power.
  std::size_t synced() const noexcept { return synced_; }
  std::size_t accepted() const noexcept { return accepted_; }
  std::string_view delivered() { return settings_.delivered(); }

  // --- What a program does. ---

  enum class Way : std::uint8_t { copied, shared, printed, reserved, parts };
  bool write(std::size_t size, Way way, bool with_callback, Function<void()> then = {});
  void end();
  void end_with(std::size_t size);
  // A file stream's close().
  void close_file();
  // Of a RotatingStream.
  void rotate();
  void reopen(bool moves_away);
  void flush() { await("flush", false); }
  void sync() { await("sync", true); }
  void destroy(Error error);
  // Drops its Ref: the stream goes on with what it has accepted, unless it is corked.
  void drop();
  void cork();
  void uncork_all();
  // Writes until false, continues on Drain, and ends.
  void produce(std::size_t size, std::size_t chunk);

  // --- The rules. ---

  // Those that hold at any time.
  void check();
  // Those of a stream that can do no more, and is not to be destroyed.
  void check_idle();
  // Those of a stream without a Ref, at the end.
  void check_dropped(bool is_calm);
  // Those of the end: everything is called back and closed.
  void check_over(bool is_calm);

 private:
  struct Entry {
    std::string what;
    std::size_t end;        // the place after its bytes
    bool is_stage = false;  // a flush or a sync
    bool is_sync = false;
    int calls = 0;
  };

  bool is_over() const noexcept { return stream_->closed(); }
  Callback entry(std::string what, std::size_t end, Function<void()> then = {});
  void check_order(std::size_t index);
  void on_called_back(std::size_t index, const Error& error);
  bool accepts(std::size_t size) const;
  void await(const char* what, bool is_sync);
  void check_answer(bool answer, bool was_accepted, std::size_t before, std::size_t size);
  void go_on_producing();
  void check_bytes();
  void check_rotation(std::size_t asked);
  void check_switches(bool is_calm);
  void check_sizes();
  bool is_record_end(std::size_t place) const;

  World& world_;
  Ref<Writable> stream_;  // null: dropped
  Settings settings_;
  std::vector<Entry> entries_;
  std::size_t next_entry_ = 0;  // to be called back
  std::size_t accepted_ = 0;
  std::vector<std::size_t> write_ends_;  // of the accepted writes
  std::size_t called_back_ = 0;          // bytes whose success was reported
  std::size_t synced_ = 0;
  std::size_t verified_ = 0;
  bool is_piped_ = false;
  std::optional<std::size_t> largest_chunk_;  // of the pipe; empty: unknown
  Function<bool()> is_source_destroyed_;      // of the pipe
  bool has_failed_entry_ = false;
  bool has_failed_ = false;
  bool owes_drain_ = false;
  int corks_ = 0;
  int closes_ = 0;
  int finishes_ = 0;
  std::size_t to_produce_ = 0;
  std::size_t producing_by_ = 0;
};

}  // namespace weir::sim
