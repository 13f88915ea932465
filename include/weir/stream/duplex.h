// weir/stream/duplex.h - a stream that is readable and writable: Node's Duplex.
//
//   struct Echo : weir::Source, weir::Sink {                    // one resource, both directions
//     void write(weir::Chunk chunk, weir::Done done) override { stream->push(chunk); done(); }
//     void final(weir::Done done) override { stream->push(nullptr); done(); }
//     void read(weir::Readable& readable, std::size_t) override {}
//     weir::Duplex* stream;
//   };
//   auto resource = std::make_unique<Echo>();
//   Echo& echo = *resource;
//   auto stream = weir::Duplex::make(loop, std::move(resource));
//   echo.stream = stream.get();
//
// The two sides have separate buffers and high-water marks. Only the resource relates them. They
// share one lifetime: an error of either side ends both, and Close comes after both have ended. For
// output that is computed from the input, use a Transform (transform.h), which adds backpressure
// between its sides.
#pragma once

#include <weir/stream/internal/joint.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir {

// Node's constructor options. Each default is Node's, except the high-water mark: the loop's, see
// Loop::set_default_high_water_mark.
struct DuplexOptions {
  std::optional<std::int64_t> high_water_mark = {};  // of both sides
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::optional<EncodingName> encoding = {};
  EncodingName default_encoding = Encoding::utf8;
  bool decode_strings = true;
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;
  bool allow_half_open = true;  // if false, End ends the writable side
  bool readable = true;         // if false, the stream has no readable side
  bool writable = true;         // if false, the stream has no writable side
  // Of the writable side; weir's own, see WritableOptions.
  std::int64_t low_water_mark = 0;
  std::optional<std::int64_t> max_buffered = {};
};

// The functions of a duplex, instead of a class. An empty function is not implemented.
template <class In, class Out>
struct DuplexFunctions {
  internal::StreamFunction<void(Done)> construct = {};
  internal::StreamFunction<void(ReadableOf<Out>&, std::size_t)> read = {};
  internal::StreamFunction<void(In, Done)> write = {};
  internal::StreamFunction<void(BasicBatch<In>, Done)> writev = {};
  internal::StreamFunction<void(Done)> final = {};
  internal::StreamFunction<void(Error, Done)> destroy = {};
  internal::StreamFunction<void(Done)> sync = {};
};

namespace internal {

WriteSide::Settings write_settings(const TickQueue& ticks, const DuplexOptions& options,
                                   SinkTraits traits, bool object_mode);
ReadSide::Settings read_settings(const TickQueue& ticks, const DuplexOptions& options,
                                 bool object_mode, const EventKey* data_event);
WritableOptions writable_options(const DuplexOptions& options);
ReadableOptions readable_options(const DuplexOptions& options);

template <class In, class Out>
class FunctionDuplex;

// The two sides of a duplex, and the events of both.
template <class In, class Out>
class DuplexSides : public ReadableOf<Out>, public WritableOf<In> {
 public:
  using Emitted = EventList<DataOf<Out>, ReadableEvent, End, Pause, Resume, Drain, Prefinish,
                            Finish, Pipe, Unpipe, Error, Close>;
  using ReadableOf<Out>::set_encoding;
  using WritableOf<In>::end;
  using WritableOf<In>::set_default_encoding;

 protected:
  DuplexSides(BasicSink<In>& sink, BasicSource<Out>& source, const WriteSide::Settings& writes,
              const ReadSide::Settings& reads, const DuplexOptions& options)
      : ReadableOf<Out>(source, reads, readable_options(options)),
        WritableOf<In>(sink, writes, writable_options(options)) {}
};

}  // namespace internal

// A stream that takes chunks of type In and gives chunks of type Out. Chunk stands for bytes.
template <class In, class Out>
class BasicDuplex : public DerivedStream<BasicDuplex<In, Out>, internal::DuplexSides<In, Out>> {
 public:
  using Functions = DuplexFunctions<In, Out>;

  // `D` is a BasicSink<In> and a BasicSource<Out>.
  // OWNS: duplex.
  // ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
  template <class D>
    requires std::derived_from<D, BasicSink<In>> && std::derived_from<D, BasicSource<Out>>
  static Ref<BasicDuplex> make(TickQueue& ticks, std::unique_ptr<D> duplex,
                               const DuplexOptions& options = {}) {
    (void)internal::source_constructs<Out, D>();
    return make(ticks, std::move(duplex), internal::sink_traits<In, D>(), options);
  }
  static Ref<BasicDuplex> make(TickQueue& ticks, DuplexFunctions<In, Out> functions,
                               const DuplexOptions& options = {}) {
    auto duplex = std::make_unique<internal::FunctionDuplex<In, Out>>(std::move(functions));
    const SinkTraits traits = duplex->traits();
    return make(ticks, std::move(duplex), traits, options);
  }
  template <class D>
  static Ref<BasicDuplex> make(TickQueue& ticks, std::unique_ptr<D> duplex, SinkTraits traits,
                               const DuplexOptions& options) {
    return internal::make_stream<BasicDuplex>(
        ticks, std::move(duplex), internal::life_of(options, traits.construct), traits, options);
  }

  // Combines two streams: writes go to `writable`, reads come from `readable`. The result ends when
  // both have ended. If it or one of them fails, the others are destroyed; with ABORT_ERR if it is
  // destroyed before its end, which is an Error only if that has a listener. A null stream omits
  // its side. The options `readable` and `writable` are ignored.
  // REQUIRES: at least one stream.
  // Node counterpart: Duplex.from({readable, writable}).
  static Ref<BasicDuplex> from(Ref<ReadableOf<Out>> readable, Ref<WritableOf<In>> writable,
                               DuplexOptions options = {}) {
    options.readable = readable && readable->readable();
    options.writable = writable && writable->writable();
    TickQueue& ticks = readable ? readable->ticks() : writable->ticks();
    using Halves = internal::JointResource<In, Out>;
    auto resource = std::make_unique<Halves>(std::move(writable), readable.get(), readable, false);
    Halves& joint = *resource;
    auto duplex = make(ticks, std::move(resource), {.write = true, .final = true}, options);
    joint.serve(*duplex);
    joint.start_halves();
    return duplex;
  }

  bool allow_half_open() const noexcept { return allow_half_open_; }

 protected:
  // For make_stream. The duplex has its own class, so that the stream sees its overrides.
  template <class D>
  BasicDuplex(D& duplex, const DuplexOptions& options)
      : BasicDuplex(duplex, internal::sink_traits<In, D>(), options) {}
  template <class D>
  BasicDuplex(D& duplex, SinkTraits traits, const DuplexOptions& options)
      : BasicDuplex(
            duplex, duplex,
            internal::write_settings(internal::ticks_of(duplex), options, traits,
                                     !std::same_as<In, Chunk>),
            internal::read_settings(internal::ticks_of(duplex), options, !std::same_as<Out, Chunk>,
                                    &internal::kEventKey<DataOf<Out>>),
            options) {}
  BasicDuplex(BasicSink<In>& sink, BasicSource<Out>& source,
              const internal::WriteSide::Settings& write_settings,
              const internal::ReadSide::Settings& read_settings, const DuplexOptions& options)
      : BasicDuplex::DerivedStream(sink, source, write_settings, read_settings, options),
        allow_half_open_(options.allow_half_open) {}

  internal::ReadSide& readable_side() noexcept { return ReadableOf<Out>::side(); }
  internal::WriteSide& writable_side() noexcept { return WritableOf<In>::side(); }

 private:
  bool allow_half_open_;
};

using Duplex = BasicDuplex<Chunk, Chunk>;
template <class In, class Out>
using ObjectDuplex = BasicDuplex<In, Out>;

namespace internal {

template <class In, class Out>
class FunctionDuplex final : public FunctionSink<In, DuplexFunctions<In, Out>>,
                             public BasicSource<Out> {
 public:
  using FunctionDuplex::FunctionSink::FunctionSink;

  void read(ReadableOf<Out>& stream, std::size_t size) override {
    if (!this->functions_.read) return BasicSource<Out>::read(stream, size);
    this->functions_.read(stream, size);
  }
};

}  // namespace internal
}  // namespace weir
