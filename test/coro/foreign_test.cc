// Other coroutine types await weir's awaitables, and a Task awaits the awaitables of others.
#include "support/coro_test.h"
#include <weir/coro/event.h>
#include <weir/coro/read.h>
#include <weir/coro/try.h>
#include <weir/coro/when.h>
#include <weir/coro/write.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <coroutine>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace weir {
namespace {

using namespace std::chrono_literals;

// The smallest coroutine type: it starts at once, and has no awaiter.
struct Fire {
  struct promise_type {
    Fire get_return_object() const { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { std::terminate(); }
  };
};

// One that can be stopped, and that is destroyed by its owner.
class Job {
 public:
  struct promise_type {
    explicit promise_type(std::stop_token token, auto&&...) : stop(std::move(token)) {}
    Job get_return_object() { return Job(Handle::from_promise(*this)); }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() { thrown = Error::from_current_exception(); }
    std::stop_token stop_token() const { return stop; }

    std::stop_token stop;
    Error thrown;
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit Job(Handle handle) : handle_(handle) {}
  Job(Job&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Job& operator=(Job&&) = delete;
  ~Job() {
    if (handle_) handle_.destroy();
  }
  bool is_over() const { return handle_.done(); }
  const Error& thrown() const { return handle_.promise().thrown; }

 private:
  Handle handle_;
};

// An awaitable of another library: a gate that another coroutine opens.
class Gate {
 public:
  auto operator co_await() {
    struct Awaiter {
      Gate& gate;
      bool await_ready() const { return gate.is_open_; }
      void await_suspend(std::coroutine_handle<> coroutine) const { gate.waiting_ = coroutine; }
      int await_resume() const { return 7; }
    };
    return Awaiter{*this};
  }
  void open() {
    is_open_ = true;
    if (waiting_) std::exchange(waiting_, nullptr).resume();
  }

 private:
  bool is_open_ = false;
  std::coroutine_handle<> waiting_;
};

using ForeignTest = test::CoroTest;

Fire use_everything(Loop& loop, Writable& out, Readable& in, test::EventLog& log) {
  co_await co::sleep(loop, 1ms);
  co_await co::yield(loop);
  co_await co::ready(out);
  co_await co::write(out, "0123456789");
  log.add((co_await co::read(in, 4))->text());
  co_await co::print(out, "{}", 1);
  const auto task = []() -> Task<std::string> { co_return "task"; };
  log.add(co_await task());
  co_await co::when_all(co::sleep(loop, 1ms), task());
  loop.set_immediate([&] { out.destroy(); });
  const auto tried = co_await co::try_(co::next<Drain>(in.ticks(), out));
  EXPECT_EQ(tried.error(), Errc::stream_premature_close);
  log.add("over");
}

TEST_F(ForeignTest, AnyCoroutineAwaitsThem) {
  auto out =
      Writable::make(loop,
                     {.write =
                          [&](Chunk, Done done) {
                            loop.set_immediate([done = std::move(done)]() mutable { done(); });
                          }},
                     {.high_water_mark = 8});
  auto in = Readable::from(loop, "0123456789");
  use_everything(loop, *out, *in, log);
  EXPECT_EQ(after_run(), "0123 task over");
}

Job sleep_for_long(std::stop_token, Loop& loop) { co_await co::sleep(loop, 1h); }
Job await_a_task(std::stop_token, Loop& loop) {
  const auto task = [](Loop& on) -> Task<> { co_await co::sleep(on, 1h); };
  co_await task(loop);
}

TEST_F(ForeignTest, APromiseThatOffersAStopTokenIsStopped) {
  const Job direct = sleep_for_long(stop.get_token(), loop);
  const Job through_a_task = await_a_task(stop.get_token(), loop);
  stop.request_stop();
  loop.run();
  EXPECT_TRUE(direct.is_over());
  EXPECT_EQ(direct.thrown(), Errc::aborted);
  EXPECT_TRUE(through_a_task.is_over());
  EXPECT_EQ(through_a_task.thrown(), Errc::aborted);
}

TEST_F(ForeignTest, ACoroutineThatItsOwnerDestroysIsNotResumed) {
  {
    const Job job = sleep_for_long({}, loop);
    const Job with_task = await_a_task({}, loop);
    EXPECT_FALSE(job.is_over());
  }
  loop.run();  // without their timers
}

TEST_F(ForeignTest, TheLoopsEndResumesThem) {
  std::optional<Loop> other(std::in_place);
  const Job job = sleep_for_long({}, *other);
  other.reset();
  EXPECT_TRUE(job.is_over());
  EXPECT_EQ(job.thrown(), Errc::aborted);
}

TEST_F(ForeignTest, ATaskAwaitsTheAwaitableOfAnother) {
  Gate gate;
  loop.set_timeout(1ms, [&] { gate.open(); });
  const int value = co::run(loop, [&]() -> Task<int> {
    const auto inner = [](Gate& on) -> Task<int> { co_return co_await on; };
    const int first = co_await inner(gate);
    co_return first + co_await gate;
  });
  EXPECT_EQ(value, 14);
}

}  // namespace
}  // namespace weir
