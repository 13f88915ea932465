// weir/loop/asio.h - AsioDriver: an Asio io_context that runs a Loop.
//
//   asio::io_context io;
//   weir::Loop loop;
//   weir::AsioDriver driver(loop, io);
//   ...                                    // streams on the loop, Asio's operations on io
//   io.run();                              // runs both
//
// - Thread: all on the one thread that calls io.run(), poll() or run_one(). Another thread calls
//   Loop::post or asio::post.
// - io.run() returns when Asio has no work and the Loop has none: streams, timers, servers and
//   KeepAlives of the Loop are work of the io_context. What does not keep a Loop running (a Signal,
//   an unref'ed timer) is served while io.run() runs, and does not keep that running either.
// - An exception of the Loop's callbacks, and an Error without a listener, leaves io.run(), unless
//   Loop::on_uncaught has a handler. io.run() can be called again; nothing else is lost.
// - io.stop() stops both. Loop::stop has no effect that lasts.
// - Loop::run and co::run may be called before io.run(), after it and in a handler of Asio, but not
//   in a callback of the Loop.
// - The driver may be destroyed before the Loop, which then runs by itself, or after it.
//
// This header and coro/asio.h are the only ones that need Asio (1.22 or later, with its TS
// executors, the default).
#pragma once

#include <weir/base/durations.h>
#include <weir/loop/loop.h>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace weir {

namespace internal {

// Calls Loop::poll when the loop has something to do. Asio's handlers share it with the driver.
class AsioTurns final : public std::enable_shared_from_this<AsioTurns> {
 public:
  AsioTurns(Loop& loop, asio::io_context& context)
      : loop_(&loop), executor_(context.get_executor()), backend_(context), timer_(context) {}

  void start() {
    backend_.assign(loop_->backend_fd());
    loop_->on_poll_due(OnPollDue(shared_from_this()));
    post_turn();
  }

  // The driver or the Loop is destroyed.
  void stop() noexcept {
    Loop* const loop = std::exchange(loop_, nullptr);
    if (!loop) return;
    backend_.release();  // the descriptor is the loop's
    timer_.cancel();
    work_.reset();
    loop->on_poll_due({});
  }

 private:
  // The Loop owns it, and destroys it at its end.
  class OnPollDue {
   public:
    explicit OnPollDue(std::shared_ptr<AsioTurns> turns) noexcept : turns_(std::move(turns)) {}
    OnPollDue(OnPollDue&&) noexcept = default;
    OnPollDue& operator=(OnPollDue&&) = delete;
    ~OnPollDue() {
      if (turns_) turns_->stop();
    }
    void operator()() { turns_->post_turn(); }

   private:
    std::shared_ptr<AsioTurns> turns_;
  };

  void post_turn() {
    if (std::exchange(is_posted_, true)) return;
    asio::post(executor_, [self = shared_from_this()] {
      self->is_posted_ = false;
      self->turn();
    });
  }

  void turn() {
    if (!loop_ || loop_->is_running()) return;  // in a callback of the loop: the outer turn waits
    const struct Waiting {
      AsioTurns& turns;
      ~Waiting() { turns.wait(); }
    } afterwards{*this};
    loop_->poll();
  }

  void wait() {
    if (!loop_) return;
    if (!loop_->alive())
      work_.reset();
    else if (!work_)
      work_.emplace(executor_);
    wait_for_backend();
    if (const auto timeout = loop_->timeout()) wait_for(*timeout);
  }

  void wait_for_backend() {
    if (std::exchange(is_waiting_, true)) return;
    backend_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](const std::error_code& error) {
                          self->count_handler();
                          self->is_waiting_ = false;
                          if (!error) self->turn();
                        });
    count_no_wait();
  }

  void wait_for(std::chrono::milliseconds timeout) {
    if (timeout.count() == 0) return post_turn();
    const auto due = std::chrono::steady_clock::now() + timeout;
    if (due_ && *due_ <= due) return;  // that turn finds the new timeout
    timer_.expires_at(due);
    due_ = due;
    timer_.async_wait([self = shared_from_this()](const std::error_code& error) {
      self->count_handler();
      if (error) return;
      self->due_.reset();
      self->turn();
    });
    count_no_wait();
  }

  // A pending wait is not work of the io_context, which a Loop without work must not keep running.
  // Asio counts each wait until its handler returns.
  void count_no_wait() const noexcept { executor_.on_work_finished(); }
  void count_handler() const noexcept { executor_.on_work_started(); }

  Loop* loop_;  // null after stop
  asio::io_context::executor_type executor_;
  asio::posix::stream_descriptor backend_;
  asio::steady_timer timer_;
  std::optional<std::chrono::steady_clock::time_point> due_;  // of the timer
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  bool is_posted_ = false;
  bool is_waiting_ = false;
};

}  // namespace internal

class AsioDriver {
 public:
  // REQUIRES: the io_context outlives the driver, and has no other driver of this Loop. The Loop
  // has its own libuv loop.
  AsioDriver(Loop& loop, asio::io_context& context)
      : turns_(std::make_shared<internal::AsioTurns>(loop, context)) {
    turns_->start();
  }
  AsioDriver(const AsioDriver&) = delete;
  AsioDriver& operator=(const AsioDriver&) = delete;
  ~AsioDriver() { turns_->stop(); }

 private:
  std::shared_ptr<internal::AsioTurns> turns_;
};

}  // namespace weir
