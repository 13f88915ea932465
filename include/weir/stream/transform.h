// weir/stream/transform.h - a Duplex whose output is computed from its input: Node's Transform.
//
//   auto upper = weir::Transform::make(
//       loop, {.transform = [](weir::Transform& stream, weir::Chunk chunk, weir::Done done) {
//         stream.push(to_upper(chunk.text()));
//         done();
//       }});
//   source->pipe(upper)->pipe(destination);
//
// - transform is called for each chunk, one at a time. It pushes any number of chunks until it
//   calls done.
// - flush is called after the last chunk, before End.
// - While the readable side is at its mark, the next chunk waits, and so the writer is slowed down.
// - Other types: weir::ObjectTransform<Row, std::string>; weir::ObjectTransform<weir::Chunk, Row>
//   for bytes as input.
#pragma once

#include <weir/stream/duplex.h>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace weir {

template <class In, class Out>
class BasicTransform;

// The interface of a custom transform. An exception of transform has the effect of an exception of
// a sink's write (sink.h); an exception of another function fails the stream. The transformer is
// destroyed with its stream.
template <class In, class Out>
class BasicTransformer : public virtual Resource {
 public:
  // OWNS: chunk.  Node counterpart: _transform.
  virtual void transform(BasicTransform<In, Out>& stream, In chunk, Done done);
  // Node counterpart: _flush.
  virtual void flush(BasicTransform<In, Out>& stream, Done done);
  // The reader wants more data. For a transformer that stopped within a chunk because push returned
  // false.
  // Node counterpart: _read, overridden.
  virtual void read(BasicTransform<In, Out>& stream);
  // Called before flush. Node counterpart: _final.
  virtual void final(BasicTransform<In, Out>& stream, Done done);
};

// The functions that a transformer overrides.
struct TransformTraits {
  bool construct = false;
  bool final = false;
};

// The functions of a transform, instead of a class.
template <class In, class Out>
struct TransformFunctions {
  internal::StreamFunction<void(Done)> construct = {};
  internal::StreamFunction<void(BasicTransform<In, Out>&, In, Done)> transform = {};
  internal::StreamFunction<void(BasicTransform<In, Out>&, Done)> flush = {};
  internal::StreamFunction<void(BasicTransform<In, Out>&, Done)> final = {};
  internal::StreamFunction<void(Error, Done)> destroy = {};
};

namespace internal {

// A readable mark of 0 makes the writable mark 0, so that a chunk is not buffered twice. As in
// Node.
DuplexOptions transform_options(DuplexOptions options);

template <class In, class Out>
class TransformResource;
template <class In, class Out>
class FunctionTransformer;

// The functions that T overrides. Does not compile if a function of T has the name of an override
// and another signature.
template <class In, class Out, class T>
constexpr TransformTraits transform_traits() {
  using Base = BasicTransformer<In, Out>;
  static_assert(!std::same_as<T, Base>,
                "pass the transformer as its own class, so that the stream can see what it "
                "overrides");
  using TransformCall = void(BasicTransform<In, Out>&, In, Done);
  using Flush = void(BasicTransform<In, Out>&, Done);
  using Read = void(BasicTransform<In, Out>&);
  (void)WEIR_OVERRIDES_(T, Base, transform, TransformCall,
                        "void transform(weir::Transform& stream, weir::Chunk chunk, weir::Done "
                        "done) override, of a BasicTransformer<In, Out> with "
                        "weir::ObjectTransform<In, Out>& and In");
  (void)WEIR_OVERRIDES_(T, Base, flush, Flush,
                        "void flush(weir::Transform& stream, weir::Done done) override, of a "
                        "BasicTransformer<In, Out> with weir::ObjectTransform<In, Out>&");
  (void)WEIR_OVERRIDES_(T, Base, read, Read,
                        "void read(weir::Transform& stream) override, of a BasicTransformer<In, "
                        "Out> with weir::ObjectTransform<In, Out>&");
  return {.construct = constructs<T>(),
          .final = WEIR_OVERRIDES_(T, Base, final, Flush,
                                   "void final(weir::Transform& stream, weir::Done done) override, "
                                   "of a BasicTransformer<In, Out> with "
                                   "weir::ObjectTransform<In, Out>&")};
}

}  // namespace internal

template <class In, class Out>
class BasicTransform : public DerivedStream<BasicTransform<In, Out>, BasicDuplex<In, Out>> {
 public:
  using Functions = TransformFunctions<In, Out>;

  std::string describe() const override { return "a Transform"; }

  // OWNS: transformer.  ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
  template <std::derived_from<BasicTransformer<In, Out>> T>
  static Ref<BasicTransform> make(TickQueue& ticks, std::unique_ptr<T> transformer,
                                  const DuplexOptions& options = {}) {
    return make(ticks, std::move(transformer), internal::transform_traits<In, Out, T>(), options);
  }
  static Ref<BasicTransform> make(TickQueue& ticks, TransformFunctions<In, Out> functions,
                                  const DuplexOptions& options = {}) {
    auto transformer =
        std::make_unique<internal::FunctionTransformer<In, Out>>(std::move(functions));
    const TransformTraits traits = transformer->traits();
    return make(ticks, std::move(transformer), traits, options);
  }
  // For a transformer whose class is known only at run time.
  static Ref<BasicTransform> make(TickQueue& ticks,
                                  std::unique_ptr<BasicTransformer<In, Out>> transformer,
                                  TransformTraits traits, const DuplexOptions& options) {
    return internal::make_stream<BasicTransform>(
        ticks, std::make_unique<TransformResource>(std::move(transformer), traits),
        internal::life_of(options, traits.construct), internal::transform_options(options));
  }

 protected:
  using TransformResource = internal::TransformResource<In, Out>;

  BasicTransform(TransformResource& resource, const DuplexOptions& options)
      : BasicTransform::DerivedStream(
            resource, resource,
            internal::write_settings(internal::ticks_of(resource), options,
                                     {.write = true, .final = true}, !std::same_as<In, Chunk>),
            read_settings(internal::ticks_of(resource), options), options),
        resource_(resource) {
    resource_.start(*this);
  }

 private:
  friend internal::TransformResource<In, Out>;

  static internal::ReadSide::Settings read_settings(const TickQueue& ticks,
                                                    const DuplexOptions& options) {
    auto settings = internal::read_settings(ticks, options, !std::same_as<Out, Chunk>,
                                            &internal::kEventKey<DataOf<Out>>);
    settings.source_is_called = true;
    return settings;
  }

  void on_transformed(internal::Operation operation, Error error) override {
    if (operation == internal::Operation::transform)
      resource_.on_transformed(std::move(error));
    else
      resource_.on_flushed(std::move(error));
  }

  TransformResource& resource_;
};

using Transform = BasicTransform<Chunk, Chunk>;
using Transformer = BasicTransformer<Chunk, Chunk>;
template <class In, class Out>
using ObjectTransform = BasicTransform<In, Out>;

template <class In, class Out>
void BasicTransformer<In, Out>::transform(BasicTransform<In, Out>&, In, Done) {
  throw method_not_implemented("_transform()");
}
template <class In, class Out>
void BasicTransformer<In, Out>::flush(BasicTransform<In, Out>&, Done done) {
  done();
}
template <class In, class Out>
void BasicTransformer<In, Out>::read(BasicTransform<In, Out>&) {}
template <class In, class Out>
void BasicTransformer<In, Out>::final(BasicTransform<In, Out>&, Done done) {
  done();
}

namespace internal {

// Connects the two sides: Node's lib/internal/streams/transform.js.
class TransformJoint {
 protected:
  void join(StreamCore& core, WriteSide& write_side, ReadSide& read_side) noexcept {
    core_ = &core;
    write_side_ = &write_side;
    read_side_ = &read_side;
  }
  WriteSide& write_side() const noexcept { return *write_side_; }

  void before_transform() noexcept { length_before_ = read_side_->length(); }
  // Requests the next chunk, now or when the readable side has room.
  void after_transform();
  void on_read();

 private:
  StreamCore* core_ = nullptr;
  WriteSide* write_side_ = nullptr;
  ReadSide* read_side_ = nullptr;
  std::size_t length_before_ = 0;
  bool withholds_ = false;
};

template <class In, class Out>
class TransformResource final : public BasicSink<In>,
                                public BasicSource<Out>,
                                private TransformJoint {
 public:
  TransformResource(std::unique_ptr<BasicTransformer<In, Out>> transformer, TransformTraits traits)
      : transformer_(std::move(transformer)), has_own_final_(traits.final) {}

  void start(BasicTransform<In, Out>& stream) {
    stream_ = &stream;
    join(stream.core(), stream.writable_side(), stream.readable_side());
    // A transform with its own final is flushed as well.
    if (has_own_final_)
      stream.template on<Prefinish>([this] { flush(Done(*stream_, Operation::flush)); });
  }

  void construct(Done done) override { transformer_->construct(std::move(done)); }
  void destroy(Error error, Done done) override {
    transformer_->destroy(std::move(error), std::move(done));
  }
  void write(In chunk, Done done) override {
    before_transform();
    transformer_->transform(*stream_, std::move(chunk), std::move(done).as(Operation::transform));
  }
  void read(ReadableOf<Out>&, std::size_t) override {
    transformer_->read(*stream_);
    on_read();
  }
  void final(Done done) override {
    if (has_own_final_) return transformer_->final(*stream_, std::move(done));
    flush(std::move(done).as(Operation::flush));
  }

  void on_transformed(Error error) {
    if (error) return write_side().on_write_failed(std::move(error));
    after_transform();
  }
  void on_flushed(Error error) {
    if (!error) stream_->push(nullptr);
    if (!has_own_final_)
      write_side().on_finalized(std::move(error));
    else if (error)
      stream_->destroy(std::move(error));
  }

 private:
  void flush(Done done) {
    if (stream_->destroyed()) return done();
    transformer_->flush(*stream_, std::move(done));
  }

  std::unique_ptr<BasicTransformer<In, Out>> transformer_;
  BasicTransform<In, Out>* stream_ = nullptr;
  bool has_own_final_;
};

template <class In, class Out>
class FunctionTransformer final : public BasicTransformer<In, Out> {
 public:
  explicit FunctionTransformer(TransformFunctions<In, Out> functions)
      : functions_(std::move(functions)) {}

  TransformTraits traits() const noexcept {
    return {.construct = static_cast<bool>(functions_.construct),
            .final = static_cast<bool>(functions_.final)};
  }

  void construct(Done done) override { functions_.construct(std::move(done)); }
  void transform(BasicTransform<In, Out>& stream, In chunk, Done done) override {
    if (!functions_.transform)
      return BasicTransformer<In, Out>::transform(stream, std::move(chunk), std::move(done));
    functions_.transform(stream, std::move(chunk), std::move(done));
  }
  void flush(BasicTransform<In, Out>& stream, Done done) override {
    if (!functions_.flush) return done();
    functions_.flush(stream, std::move(done));
  }
  void final(BasicTransform<In, Out>& stream, Done done) override {
    functions_.final(stream, std::move(done));
  }
  void destroy(Error error, Done done) override {
    if (!functions_.destroy) return Resource::destroy(std::move(error), std::move(done));
    functions_.destroy(std::move(error), std::move(done));
  }

 private:
  TransformFunctions<In, Out> functions_;
};

}  // namespace internal
}  // namespace weir
