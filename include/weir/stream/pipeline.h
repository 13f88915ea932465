// weir/stream/pipeline.h - pipeline: pipes streams so that they succeed or fail as one.
//
//   weir::pipeline(source, gzip, destination, [](const weir::Error& error) {
//     if (error) fmt::print(stderr, "{}\n", error.what());
//   });
//
// Unlike pipe, a pipeline forwards errors: if one stream fails, or ends or closes too early, all
// others are destroyed with the same error, so no descriptor stays open; without destroy_source,
// the first stream stays open. A stream is a Ref or, as in a server's handler, a reference; the
// pipeline keeps it until it is over. The streams between the first and the last are Duplexes or
// Transforms. Chunk types that do not match do not compile.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ref.h>
#include <weir/stream/duplex.h>

#include <concepts>
#include <cstddef>
#include <stop_token>
#include <tuple>
#include <utility>
#include <vector>

namespace weir {

struct PipelineOptions {
  std::stop_token signal = {};  // a stop destroys all streams with ABORT_ERR
  bool end = true;              // end the last stream; if false, it stays open
  // Destroy the first stream, too, if another one fails or a stop comes. If false, it is unpiped
  // and paused then, and has no listener of the pipeline's any more: a request can still be
  // answered. No Node counterpart.
  bool destroy_source = true;
};

namespace internal {

// A stream of a pipeline, and the function that pipes it to the next one, if any.
struct PipelineStage {
  Ref<Stream> stream;
  Function<void(const PipeOptions&)> pipe_to_next;
};

void start_pipeline(std::vector<PipelineStage> stages, const PipelineOptions& options,
                    Callback callback);

template <class S>
Ref<S> hold(Ref<S> stream) noexcept {
  return stream;
}
template <std::derived_from<Stream> S>
Ref<S> hold(S& stream) noexcept {
  return Ref<S>(&stream);
}
template <class S>
concept HeldStream = requires(S&& stream) { hold(std::forward<S>(stream)); };

// A stream is held; the callback is passed on.
template <class A>
decltype(auto) hold_stream(A&& argument) {
  if constexpr (HeldStream<A>)
    return hold(std::forward<A>(argument));
  else
    return std::forward<A>(argument);
}

template <class From, class To>
PipelineStage stage(const Ref<From>& from, const Ref<To>& to) {
  return {from, [from = from.get(), to](const PipeOptions& options) { from->pipe(to, options); }};
}

template <class... Streams, std::size_t... Index>
void start_pipeline(const std::tuple<Streams...>& streams, std::index_sequence<Index...>,
                    const PipelineOptions& options, Callback callback) {
  std::vector<PipelineStage> stages;
  (stages.push_back(stage(std::get<Index>(streams), std::get<Index + 1>(streams))), ...);
  stages.push_back({std::get<sizeof...(Index)>(streams), {}});
  start_pipeline(std::move(stages), options, std::move(callback));
}

}  // namespace internal

// Pipes each stream to the next one and returns the last.
// REQUIRES: at least two streams.
// CALLS BACK: `callback` once, on a tick after all streams are over: with success, or with the
// first error (a later error replaces ERR_STREAM_PREMATURE_CLOSE and ABORT_ERR).
// ERRORS: throws ERR_INVALID_ARG_TYPE for an empty callback, before it pipes, and
// ERR_STREAM_UNABLE_TO_PIPE for a destroyed stream; the streams before that one are piped by then.
// Node counterpart: stream.pipeline.
//   pipeline(first, ..., last, callback)       pipeline(options, first, ..., last, callback)
template <internal::HeldStream First, internal::HeldStream Second, class... Rest>
auto pipeline(const PipelineOptions& options, First&& first, Second&& second, Rest&&... rest) {
  std::tuple all(internal::hold(std::forward<First>(first)),
                 internal::hold(std::forward<Second>(second)),
                 internal::hold_stream(std::forward<Rest>(rest))...);
  constexpr std::size_t kCount = sizeof...(Rest) + 1;  // without the callback
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    internal::start_pipeline(std::tie(std::get<I>(all)...), std::make_index_sequence<kCount - 1>(),
                             options, Callback(std::move(std::get<kCount>(all))));
    return std::get<kCount - 1>(all);
  }(std::make_index_sequence<kCount>());
}

template <internal::HeldStream First, internal::HeldStream Second, class... Rest>
auto pipeline(First&& first, Second&& second, Rest&&... rest) {
  return pipeline(PipelineOptions{}, std::forward<First>(first), std::forward<Second>(second),
                  std::forward<Rest>(rest)...);
}

// A pipeline of byte streams whose number is known only at run time.
void pipeline(Ref<Readable> source, std::vector<Ref<Duplex>> between, Ref<Writable> destination,
              Callback callback, const PipelineOptions& options = {});

}  // namespace weir
