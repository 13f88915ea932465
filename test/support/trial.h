// support/trial.h - a scenario, run once for each of its allocations that can fail.
//
//   TEST(FileAllocation, AWriteStream) {
//     expect_borne([](Trial& trial) {
//       Loop loop;
//       auto stream = trial.watch(fs::create_write_stream(loop, path));
//       trial.write(*stream, "text");
//       trial.end(*stream);
//       trial.run(loop);
//       trial.expect(content() == "text");        // or an error was reported
//     });
//   }
//
// - The N-th allocation of the scenario's thread throws std::bad_alloc, for N from 1 until it is
//   not reached; in a second sweep, all after it throw as well, until the program sees a failure.
// - An Error follows, or a std::bad_alloc that a call throws: each stream closes, after a destroy()
//   if the call was the program's last, and each accepted write has completed once.
// - Or run() throws the std::bad_alloc, or std::terminate ends the process in a function that may
//   not throw (docs/guide.md, "Exceptions").
// - In no case the program hangs or crashes, or an allocation is left after the Loop's end.
#pragma once

#include "support/failing_new.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/stream/events.h>
#include <weir/stream/stream.h>
#include <weir/stream/writable.h>

#include <array>
#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

namespace weir::test {

class Trial {
 public:
  // A stream that has to close.
  template <class S>
  Ref<S> watch(Ref<S> stream) {
    attempt([&] {
      stream->template on<Error>([this](const Error&) { report(); });
      stream->template on<Close>([this] { ++closed_; });
      streams_.at(watched_++) = Ref<Stream>(stream.get());
    });
    return stream;
  }
  // A write that has to complete, unless it throws: then the program destroys the stream.
  void write(Writable& stream, std::string_view text) {
    if (!accept([&](Callback callback) { stream.write(text, std::move(callback)); }))
      stream.destroy();
  }
  // A destroyed stream does not call back, as in Node.
  void end(Writable& stream) {
    if (stream.destroyed()) return;
    if (!accept([&](Callback callback) { stream.end(std::move(callback)); })) stream.destroy();
  }
  // Any call with a callback that has to be called once; at most once if the call throws.
  template <class Call>
  bool accept(Call call) {
    const std::size_t place = accepted_++;
    completions_.at(place) = 0;
    const bool is_accepted = attempt([&] {
      call(Callback([this, place](const Error& error) {
        ++completions_[place];
        if (error) report();
      }));
    });
    has_thrown_.at(place) = !is_accepted;
    return is_accepted;
  }
  // A call that may throw std::bad_alloc. Returns false if it did.
  template <class Call>
  bool attempt(Call call) {
    try {
      call();
      return true;
    } catch (const std::bad_alloc&) {
      report();
    } catch (const Error&) {
      report();
    }
    return false;
  }
  // The scenario has met a failure: from here on there is memory.
  void report() noexcept {
    reported_ = true;
    failing_new().disarm();
  }
  bool reported() const noexcept { return reported_; }

  // Runs the loop, and checks the streams and completions unless a failure leaves run().
  void run(Loop& loop);
  // The scenario has its result, or a failure was reported.
  void expect(bool result, const char* what = "the result") {
    if (!result && !reported_) wrong(what);
  }

  // For expect_borne. Null if all is well.
  const char* complaint() const noexcept { return complaint_; }

 private:
  void wrong(const char* what) noexcept {
    if (!complaint_) complaint_ = what;
  }
  void check(Loop& loop);

  std::array<Ref<Stream>, 8> streams_;
  std::size_t watched_ = 0;
  std::size_t closed_ = 0;
  std::array<int, 64> completions_{};
  std::array<bool, 64> has_thrown_{};
  std::size_t accepted_ = 0;
  bool reported_ = false;
  bool interrupted_ = false;  // run() has thrown
  const char* complaint_ = nullptr;
};

using Scenario = void (*)(Trial&);

// Runs the scenario in children of this process.
void expect_borne(Scenario scenario);

}  // namespace weir::test
