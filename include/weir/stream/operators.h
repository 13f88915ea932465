// weir/stream/operators.h - map, filter, reduce and more: methods of readable streams.
//
//   rows->filter([](const Row& row) { return row.price > 100; })
//       ->map([](const Row& row) { return row.name; })
//       ->take(3)
//       ->to_vector([](const weir::Error& error, std::vector<std::string> names) { ... });
//
// - Types: the result is a stream whose type follows from the function. A function from Row to
//   std::string makes an ObjectReadable<std::string>. A function that returns a Buffer or a Chunk
//   makes a Readable, which can be piped into a file. The parameter may be a value, a const
//   reference or an rvalue reference.
// - Demand: the result reads its stream only when it is read itself, one value at a time, with a
//   mark of 1. It uses read(); do not read the stream in another way.
// - Errors propagate both ways. If the stream fails, the result fails with the same error; if the
//   stream closes too early, with ERR_STREAM_PREMATURE_CLOSE. If the result fails, is destroyed or
//   needs no more values, it destroys the stream with ABORT_ERR, which needs no handler, as in
//   Node. A function that throws fails the result. A stop of `signal` fails it with ABORT_ERR. An
//   empty function throws ERR_INVALID_ARG_TYPE.
// - Ownership: the result owns the stream, and the stream owns its functions. So a chain needs a
//   Ref to its last stream; none if that flows or is consumed.
// - The functions run on the stream's thread while the result is read. Slow work belongs in a
//   Transform.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/consumer.h>
#include <weir/stream/internal/steps.h>
#include <weir/stream/internal/tasks.h>
#include <weir/stream/internal/upstream_reader.h>
#include <weir/stream/source.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace weir {

// The base class of BasicReadable<C>, so readable.h and object_readable.h include it.
template <class C>
class Operators {
 public:
  // --- Operators that create a stream. Node: methods of the same names. ---

  // The results of `function` for each value.
  template <std::invocable<C> F>
  auto map(F function, std::stop_token signal = {}) {
    internal::require_function(function, "fn");
    return apply(internal::MapStep<C, F>(std::move(function)), std::move(signal));
  }
  // The values for which `predicate` returns true.
  template <std::predicate<const C&> F>
  auto filter(F predicate, std::stop_token signal = {}) {
    internal::require_function(predicate, "fn");
    return apply(internal::FilterStep<C, F>(std::move(predicate)), std::move(signal));
  }
  // The values of the C++ ranges that `function` returns. Node: flatMap.
  template <std::invocable<C> F>
  auto flat_map(F function, std::stop_token signal = {}) {
    internal::require_function(function, "fn");
    return apply(internal::FlatMapStep<C, F>(std::move(function)), std::move(signal));
  }
  // The first `count` values. The stream is destroyed after them. As in Node, take(0) reads one
  // value.
  auto take(std::size_t count, std::stop_token signal = {}) {
    return apply(internal::TakeStep<C>(count), std::move(signal));
  }
  // All but the first `count` values.
  auto drop(std::size_t count, std::stop_token signal = {}) {
    return apply(internal::DropStep<C>(count), std::move(signal));
  }

  // --- Operators that read the stream and call back. ---
  //
  // They begin on the next tick.
  // CALLS BACK: the last argument, once: with success and the result; or with the stream's error,
  // the exception of a function or ABORT_ERR, and the partial result.
  // Node: each returns a promise.

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

  // The following operators destroy the stream once their result is known.

  // some: true if `predicate` returns true for a value; every: for all values.
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
