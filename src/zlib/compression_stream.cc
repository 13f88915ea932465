#include <weir/zlib/compression_stream.h>

#include "zlib/codec_transformer.h"
#include "zlib/make_stream.h"
#include "zlib/zlib_codec.h"
#include <weir/stream/finished.h>

#include <utility>

namespace weir::zlib {

void CompressionStream::flush(Flush kind, Callback callback) {
  if (writable_finished()) {
    if (callback) ticks().next_tick([callback = std::move(callback)]() mutable { callback(); });
  } else if (writable_ended()) {
    if (callback) once<End>([callback = std::move(callback)]() mutable { callback(); });
  } else {
    write(CodecTransformer::flush_mark(kind), std::move(callback));
  }
}

void CompressionStream::reset() { codec_.reset(*this); }

void CompressionStream::close(Callback closed) {
  if (closed) finished(*this, std::move(closed));
  destroy();
}

std::uint64_t CompressionStream::bytes_written() const noexcept { return codec_.bytes_written(); }

CompressionStream::CompressionStream(TickQueue& ticks, std::unique_ptr<TransformResource> owner,
                                     TransformResource& resource, CodecTransformer& codec,
                                     const DuplexOptions& options)
    : Stream(ticks, std::move(owner), {options.emit_close, options.auto_destroy}),
      DerivedStream(ticks, nullptr, resource, options),
      codec_(codec) {}

ZlibStream::ZlibStream(TickQueue& ticks, std::unique_ptr<TransformResource> owner,
                       TransformResource& resource, CodecTransformer& codec,
                       const DuplexOptions& options, int level, Strategy strategy)
    : Stream(ticks, std::move(owner), {options.emit_close, options.auto_destroy}),
      DerivedStream(ticks, nullptr, resource, codec, options),
      level_(level),
      strategy_(strategy) {}

void ZlibStream::params(int level, Strategy strategy, Callback callback) {
  check_params(level, strategy, "");
  if (level == level_ && strategy == strategy_) {
    if (callback) ticks().next_tick([callback = std::move(callback)]() mutable { callback(); });
    return;
  }
  if (writable_ended()) return flush(Flush::sync, std::move(callback));
  write(codec().params_mark({level, strategy}),
        [this, level, strategy, callback = std::move(callback)](const Error& error) mutable {
          if (!error) {
            level_ = level;
            strategy_ = strategy;
          }
          if (callback) callback(error);
        });
}

namespace {

// The parts of every stream of this layer.
struct Parts {
  using Resource = internal::TransformResource<Chunk, Chunk>;

  explicit Parts(std::unique_ptr<CodecTransformer> transformer, const StreamSettings& settings)
      : codec(*transformer),
        owner(std::make_unique<Resource>(std::move(transformer), TransformTraits{.final = true})),
        resource(*owner),
        options(internal::transform_options(settings.duplex)) {}

  CodecTransformer& codec;
  std::unique_ptr<Resource> owner;
  Resource& resource;
  DuplexOptions options;
};

}  // namespace

Ref<CompressionStream> make_compression_stream(TickQueue& ticks,
                                               std::unique_ptr<CodecTransformer> transformer,
                                               const StreamSettings& settings) {
  Parts parts(std::move(transformer), settings);
  auto stream = Ref<CompressionStream>::adopt(new CompressionStream(
      ticks, std::move(parts.owner), parts.resource, parts.codec, parts.options));
  stream->begin(false, parts.options.signal);
  return stream;
}

Ref<ZlibStream> make_zlib_stream(TickQueue& ticks, std::unique_ptr<CodecTransformer> transformer,
                                 const StreamSettings& settings, int level, Strategy strategy) {
  Parts parts(std::move(transformer), settings);
  auto stream = Ref<ZlibStream>::adopt(new ZlibStream(ticks, std::move(parts.owner), parts.resource,
                                                      parts.codec, parts.options, level, strategy));
  stream->begin(false, parts.options.signal);
  return stream;
}

}  // namespace weir::zlib
