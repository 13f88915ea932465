// weir/stream/operators.h - map, filter and their like: members of every stream that is read from.
//
//   rows->filter([](const Row& row) { return row.price > 100; })
//       ->map([](const Row& row) { return row.name; })
//       ->take(3)
//       ->to_vector([](const weir::Error& error, std::vector<std::string> names) { ... });
//
// An operator's result is a stream, and typed: of rows and a function from Row to std::string comes
// an ObjectReadable<std::string>. A function that answers a Buffer or a Chunk makes a stream of
// bytes, a Readable, which may be piped into a file. A function takes its value as it likes: by
// reference to const, by value, or by rvalue reference.
//
// Nothing is read ahead: a result reads its stream once it is read itself, one value at a time, and
// has a mark of 1. The stream is read with read(); do not read it in another way as well.
//
// Errors go both ways. Where the stream fails, so does the result, with the same error (one that
// closes too early: ERR_STREAM_PREMATURE_CLOSE). Where the result fails, is destroyed, or has
// enough, the stream is destroyed with ABORT_ERR, which is nobody's to handle, as in Node. A
// function that throws fails the result. `signal`, when stopped, fails it with ABORT_ERR. Each
// throws ERR_INVALID_ARG_TYPE for an empty function.
//
// Who keeps whom: the result keeps the stream, so a chain needs a Ref to its last stream only; and
// none where that one flows or is consumed. Functions go with their stream.
//
// The functions are called while the result is read, on the stream's thread. Those that need time
// belong into a Transform.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/consumer.h>
#include <weir/stream/internal/relay.h>
#include <weir/stream/internal/steps.h>
#include <weir/stream/internal/tasks.h>
#include <weir/stream/source.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace weir {

// Base of BasicReadable<C>, which is why readable.h and object_readable.h bring it.
template <class C>
class Operators {
 public:
  // --- Those that make a stream. Node: each is a method of the same name. ---

  // What `function` makes of each value.
  template <std::invocable<C> F>
  auto map(F function, std::stop_token signal = {}) {
    internal::require_function(function, "fn");
    return apply(internal::MapStep<C, F>(std::move(function)), std::move(signal));
  }
  // The values for which `predicate` answers true.
  template <std::predicate<const C&> F>
  auto filter(F predicate, std::stop_token signal = {}) {
    internal::require_function(predicate, "fn");
    return apply(internal::FilterStep<C, F>(std::move(predicate)), std::move(signal));
  }
  // Each value of each range that `function` answers. Node: flatMap.
  template <std::invocable<C> F>
  auto flat_map(F function, std::stop_token signal = {}) {
    internal::require_function(function, "fn");
    return apply(internal::FlatMapStep<C, F>(std::move(function)), std::move(signal));
  }
  // The first `count` values; then the stream is destroyed. As in Node take(0) reads one value.
  auto take(std::size_t count, std::stop_token signal = {}) {
    return apply(internal::TakeStep<C>(count), std::move(signal));
  }
  // All but the first `count` values.
  auto drop(std::size_t count, std::stop_token signal = {}) {
    return apply(internal::DropStep<C>(count), std::move(signal));
  }

  // --- Those that read it all and call back. ---
  //
  // They begin on the next tick.
  // CALLS BACK: the last argument, once: with success and the result; or with the stream's error,
  // what a function threw, or ABORT_ERR, and what there was until then. Node: each returns a
  // promise of that.

  // Calls `function` with each value. Node: forEach.
  template <std::invocable<C> F>
  void for_each(F function, Callback callback, std::stop_token signal = {}) {
    internal::require_function(function, "fn");
    internal::require_function(callback, "callback");
    consume(internal::ForEachTask<C, F>{std::move(function), std::move(callback)}, signal);
  }
  // All values. Node: toArray.
  template <std::invocable<const Error&, std::vector<C>> F>
  void to_vector(F callback, std::stop_token signal = {}) {
    internal::require_function(callback, "callback");
    consume(internal::CollectTask<C, F>{std::move(callback)}, signal);
  }
  // function(function(initial, first), second) and so on. Node: reduce, with an initial value.
  template <class A, std::invocable<A, C> F, std::invocable<const Error&, A> G>
  void reduce(A initial, F function, G callback, std::stop_token signal = {}) {
    internal::require_function(function, "reducer");
    internal::require_function(callback, "callback");
    consume(internal::ReduceTask<C, A, F, G>{std::move(initial), std::move(function),
                                             std::move(callback)},
            signal);
  }

  // The next ones destroy the stream once they know.

  // Whether `predicate` answers true for any value; for each value.
  template <std::predicate<const C&> F, std::invocable<const Error&, bool> G>
  void some(F predicate, G callback, std::stop_token signal = {}) {
    internal::require_function(predicate, "fn");
    internal::require_function(callback, "callback");
    consume(internal::SeekTask<C, F, G>{true, std::move(predicate), std::move(callback)}, signal);
  }
  template <std::predicate<const C&> F, std::invocable<const Error&, bool> G>
  void every(F predicate, G callback, std::stop_token signal = {}) {
    internal::require_function(predicate, "fn");
    internal::require_function(callback, "callback");
    consume(internal::SeekTask<C, F, G>{false, std::move(predicate), std::move(callback)}, signal);
  }
  // The first value for which `predicate` answers true.
  template <std::predicate<const C&> F, std::invocable<const Error&, std::optional<C>> G>
  void find(F predicate, G callback, std::stop_token signal = {}) {
    internal::require_function(predicate, "fn");
    internal::require_function(callback, "callback");
    consume(internal::FindTask<C, F, G>{std::move(predicate), std::move(callback)}, signal);
  }

 protected:
  ~Operators() = default;

 private:
  ReadableOf<C>& self() noexcept { return static_cast<ReadableOf<C>&>(*this); }

  template <class Step>
  Ref<ReadableOf<typename Step::Out>> apply(Step step, std::stop_token signal) {
    using Result = ReadableOf<typename Step::Out>;
    auto source = std::make_unique<internal::OperatorSource<C, Step>>(self(), std::move(step));
    auto& kept = *source;
    auto result = Result::make(self().ticks(), std::move(source),
                               {.high_water_mark = 1, .signal = std::move(signal)});
    kept.start(*result);
    return result;
  }

  template <class Task>
  void consume(Task task, const std::stop_token& signal) {
    internal::consume<C>(self(), std::move(task), signal);
  }
};

}  // namespace weir
