// weir/stream/compose.h - compose: combines a chain of streams into one. Node's stream.compose.
//
//   auto unpack = weir::compose(weir::zlib::create_gunzip(loop), weir::fs::read_lines(loop));
//   socket->pipe(unpack);                       // a Duplex from bytes to lines
//
// Writes go to the first stream, reads come from the last. An error of any stream destroys all of
// them and is the result's error.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/duplex.h>
#include <weir/stream/internal/joint.h>
#include <weir/stream/pipeline.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

template <class C>
C read_from(const BasicReadable<C>&);
void read_from(const Stream&);
template <class C>
C written_to(const BasicWritable<C>&);
void written_to(const Stream&);

// The chunk type of the stream; void if the stream does not have this side.
template <class S>
using ReadFrom = decltype(read_from(std::declval<const S&>()));
template <class S>
using WrittenTo = decltype(written_to(std::declval<const S&>()));

// Refuses a stream that has ended, as in Node.
template <class... Streams>
void require_open(const Ref<Streams>&... streams) {
  std::size_t index = 0;
  const auto require = [&]<class S>(const Ref<S>& stream) {
    const auto refuse = [&](std::string_view reason) {
      throw invalid_argument_value("streams[" + std::to_string(index) + "]", "one that is over",
                                   reason);
    };
    if constexpr (std::derived_from<S, ReadableBase>)
      if (index + 1 < sizeof...(Streams) && !stream->readable()) refuse("must be readable");
    if constexpr (std::derived_from<S, WritableBase>)
      if (index > 0 && !stream->writable()) refuse("must be writable");
    ++index;
  };
  (require(streams), ...);
}

// `output` is the last stream if it is readable.
template <class In, class Out, class Last, class... Streams>
Ref<BasicDuplex<In, Out>> compose(Ref<WritableOf<In>> head, ReadableOf<Out>* output,
                                  const Ref<Last>& last, const DuplexOptions& options,
                                  const Ref<Streams>&... streams) {
  require_open(streams...);
  using Chain = JointResource<In, Out>;
  const std::tuple all(streams...);
  const bool fed = head != nullptr;
  auto resource = std::make_unique<Chain>(std::move(head), output, last, fed);
  Chain& joint = *resource;
  auto duplex = BasicDuplex<In, Out>::make(last->ticks(), std::move(resource),
                                           {.write = true, .final = true}, options);
  joint.serve(*duplex);
  start_pipeline(all, std::make_index_sequence<sizeof...(Streams) - 1>(), {},
                 joint.chain_callback());
  joint.start_chain();
  return duplex;
}

}  // namespace internal

// The streams are chained as in pipeline; their chunk types must match. The result is a Duplex if
// the first stream is writable and the last readable; a readable stream if the first is only
// readable; a writable stream if the last is only writable.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a stream that has ended.
// Node counterpart: compose.
template <class First, class Second, class... Rest>
auto compose(Ref<First> first, Ref<Second> second, Ref<Rest>... rest) {
  const auto last = std::get<sizeof...(Rest)>(std::tie(second, rest...));
  using Last = std::remove_reference_t<decltype(*last)>;
  using In = internal::WrittenTo<First>;
  using Out = internal::ReadFrom<Last>;
  static_assert(!std::is_void_v<In> || !std::is_void_v<Out>,
                "nothing is left to write to or to read from: this is a pipeline");
  if constexpr (std::is_void_v<In>) {
    return Ref<ReadableOf<Out>>(internal::compose<Out, Out>(
        nullptr, last.get(), last, {.readable = last->readable(), .writable = false}, first, second,
        rest...));
  } else if constexpr (std::is_void_v<Out>) {
    return Ref<WritableOf<In>>(internal::compose<In, In>(
        first, nullptr, last, {.readable = false, .writable = first->writable()}, first, second,
        rest...));
  } else {
    return internal::compose<In, Out>(first, last.get(), last,
                                      {.readable = last->readable(), .writable = first->writable()},
                                      first, second, rest...);
  }
}

}  // namespace weir
