// weir/thread/producer.h - Producer: a handle by which any thread writes records into a stream.
//
//   weir::Loop loop;
//   std::vector<std::jthread> threads;
//   {
//     const weir::Producer log(loop, weir::fs::create_write_stream(loop, "app.log"));
//     for (int i = 0; i < 4; ++i)
//       threads.emplace_back([log, i] { log.print("thread {} has started\n", i); });
//   }
//   loop.run();      // until the last copy of `log` is destroyed and the file is closed
//
// - A record is the text of one call. Records of one thread keep their order; a record is never
//   torn, nor mixed with another one. A record comes after those that were accepted before its
//   call, on whichever threads.
// - Memory: the records that the stream has not written yet take at most `capacity` bytes. If a
//   record does not fit, `when_full` decides: the call blocks (default) or drops the record. The
//   functions try_write and try_print never block. co::write and co::print (coro/producer.h) wait
//   without blocking their thread.
// - Waiting records and threads are served in the order of their calls.
// - The stream is used on its Loop's thread alone, as always. The loop is woken once when the queue
//   becomes non-empty. While the stream is at its high-water mark, records stay in the queue.
// - When the last copy is destroyed, the queued records are written and the stream is ended. end()
//   does the same while copies exist.
// - If the stream fails or is closed, or its Loop is destroyed, every blocked thread continues, and
//   every later call returns false; error() has the reason. Records that were accepted and not
//   written are lost: counts() has their number, and the Loop emits a LostRecordsWarning. The
//   stream's Error needs a listener on the stream, as without a Producer.
// - A blocked call continues when the loop has written records, or at end(). Before you join a
//   thread while nothing runs the loop, call end().
// - The state is shared by the copies and outlives the Loop: a copy may be a static variable, and
//   may be used and destroyed on any thread, before, during and after the Loop's destruction.
// - A signal handler may use no function of a Producer, since they lock. It may set a flag;
//   or use weir::Signal, whose call runs on the loop and may use try_write.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/stream/writable.h>
#include <weir/thread/internal/record_waiter.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace weir {

namespace internal {
class RecordQueue;
}

// What a call does with a record that does not fit into the queue.
enum class WhenFull : std::uint8_t { block, drop };

struct ProducerOptions {
  // The limit of the bytes that are accepted and not written yet, and so of one record.
  std::size_t capacity = std::size_t{1} << 20;
  WhenFull when_full = WhenFull::block;
  // A record that is written after records were dropped, once there is room: a format of {fmt} with
  // their number, for example "{} records dropped\n". Empty: none.
  std::string dropped_record = {};
  // Call the stream's end() after the last record.
  bool end = true;
  // Keep the Loop running until the last copy is destroyed or the stream is closed. If false, only
  // queued records keep it running.
  bool keep_running = true;
};

struct ProducerCounts {
  std::uint64_t accepted = 0;    // records
  std::uint64_t written = 0;     // records that the stream has completed
  std::uint64_t dropped = 0;     // records that did not fit
  std::uint64_t lost = 0;        // records that were accepted and will not be written
  std::size_t queued_bytes = 0;  // accepted and not written; at most the capacity
};

class Producer {
 public:
  // Call on the Loop's thread. The capacity bounds the stream's buffer as well, so the stream needs
  // no max_buffered; if it has one, of less than the capacity, records may be refused with
  // ERR_BUFFER_OVERFLOW, which ends the Producer.
  // OWNS: a share of the stream, until the records are written.
  // ERRORS: throws ERR_INVALID_ARG_VALUE if the stream is on another Loop, for a capacity of 0, and
  // for a dropped_record that is not a format of one number or is longer than the capacity.
  Producer(Loop& loop, const Ref<Writable>& stream, const ProducerOptions& options = {});
  // The copies are handles of one queue.
  Producer(const Producer& other) noexcept;
  Producer(Producer&& other) noexcept;
  Producer& operator=(Producer other) noexcept;
  ~Producer();

  // The functions below are thread-safe, and may be called while the Loop is destroyed.
  // REQUIRES: this was not moved from.

  // Adds a record. Returns true if it was accepted; false if it was dropped, or the Producer or the
  // stream has ended: see error(). An empty record is accepted, and not counted.
  // ERRORS: throws ERR_BUFFER_TOO_LARGE for a record that is larger than the capacity, and EDEADLK
  // where it would block the thread of the Loop, which is its creator's thread until run(). The
  // record is then not accepted.
  bool write(std::string_view record) const;
  // The record is formatted before the queue is locked, so formatters may use the Producer.
  // ERRORS: also those of the formatters.
  template <class... Args>
  bool print(fmt::format_string<Args...> format, Args&&... args) const {
    return vprint(format, fmt::make_format_args(args...));
  }
  bool vprint(fmt::string_view format, fmt::format_args args) const;

  // The same, without waiting and without counting: returns false if the record does not fit.
  bool try_write(std::string_view record) const;
  template <class... Args>
  bool try_print(fmt::format_string<Args...> format, Args&&... args) const {
    return try_vprint(format, fmt::make_format_args(args...));
  }
  bool try_vprint(fmt::string_view format, fmt::format_args args) const;

  // Waits until the stream has completed every record that was accepted before this call: for a
  // file, until the system has the bytes. Returns false if the time is over first, or the records
  // are lost.
  // ERRORS: throws EDEADLK where it would block the thread of the Loop.
  bool flush_and_wait() const;
  bool flush_and_wait(std::chrono::nanoseconds timeout) const;

  // The same, and waits until the disk has the records, as sync() of the stream does. One sync of
  // the file serves all threads that wait (group commit). If it fails, the stream does, with its
  // error.
  // ERRORS: as flush_and_wait, and throws ERR_METHOD_NOT_IMPLEMENTED if the stream has no sync, as
  // that of a socket or a standard stream; the records are then written.
  bool sync_and_wait() const;
  bool sync_and_wait(std::chrono::nanoseconds timeout) const;

  // Accepts no more records from any copy. The queued ones are written, then the stream is ended.
  void end() const noexcept;

  // Why records are not accepted any more: ERR_STREAM_WRITE_AFTER_END after end() and the stream's
  // end, the stream's error, ERR_STREAM_DESTROYED, ABORT_ERR after the Loop's destruction. Success
  // while they are.
  Error error() const;
  ProducerCounts counts() const;
  std::size_t capacity() const noexcept;

 private:
  friend internal::Offer internal::offer_record(const Producer& producer,
                                                const Ref<internal::RecordWaiter>& waiter);
  friend internal::Offer internal::withdraw_record(const Producer& producer,
                                                   const internal::RecordWaiter& waiter) noexcept;

  Ref<internal::RecordQueue> queue_;
};

}  // namespace weir
