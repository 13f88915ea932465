// weir/stream/make_stream.h - make_stream: creates a stream of your own class.
//
//   class Journal : public weir::DerivedStream<Journal, weir::Writable, Rotated> {
//    public:
//     static weir::Ref<Journal> make(weir::Loop& loop, const weir::WritableOptions& options = {}) {
//       return weir::make_stream<Journal>(loop, std::make_unique<JournalSink>(), options);
//     }
//     int rotations() const { return sink_.rotations; }
//
//    protected:
//     Journal(JournalSink& sink, const weir::WritableOptions& options)
//         : DerivedStream(sink, options), sink_(sink) {}
//
//    private:
//     JournalSink& sink_;
//   };
//
// The class's constructor takes the resource by reference and passes it on with the options. It may
// use ticks(), since the base Stream is already constructed. The class must not be final.
#pragma once

#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/internal/stream_core.h>
#include <weir/stream/resource.h>
#include <weir/stream/stream.h>

#include <memory>
#include <stop_token>
#include <utility>

namespace weir {
namespace internal {

// Options of a stream's construction and closing.
struct StreamLife {
  StreamCore::Options core = {};
  bool constructs = false;
  std::stop_token signal = {};
};

// From ReadableOptions, WritableOptions or DuplexOptions.
template <class Options>
StreamLife life_of(const Options& options, bool constructs) {
  return {.core = {.emit_close = options.emit_close, .auto_destroy = options.auto_destroy},
          .constructs = constructs,
          .signal = options.signal};
}

// The most derived class of a stream: it constructs the virtual base, so that no other class does.
template <class S>
class Made final : public S {
 public:
  template <class R, class... Args>
  Made(TickQueue& ticks, std::unique_ptr<Resource> owner, const StreamCore::Options& core,
       R& resource, Args&&... args)
      : Stream(ticks, std::move(owner), core), S(resource, std::forward<Args>(args)...) {}

  using Stream::begin;
};

template <class S, class R, class... Args>
Ref<S> make_stream(TickQueue& ticks, std::unique_ptr<R> resource, const StreamLife& life,
                   Args&&... args) {
  R& kept = *resource;
  auto stream = Ref<Made<S>>::adopt(
      new Made<S>(ticks, std::move(resource), life.core, kept, std::forward<Args>(args)...));
  stream->begin(life.constructs, life.signal);
  return stream;
}

}  // namespace internal

// Makes an S on a resource, with S(*resource, options, args...). `options` are ReadableOptions,
// WritableOptions or DuplexOptions, or derive from them.
// OWNS: resource.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
template <class S, class R, class Options, class... Args>
Ref<S> make_stream(TickQueue& ticks, std::unique_ptr<R> resource, const Options& options,
                   Args&&... args) {
  return internal::make_stream<S>(ticks, std::move(resource),
                                  internal::life_of(options, internal::constructs<R>()), options,
                                  std::forward<Args>(args)...);
}

}  // namespace weir
