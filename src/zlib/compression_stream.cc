#include <weir/zlib/compression_stream.h>

#include "zlib/codec_transformer.h"
#include "zlib/make_stream.h"
#include "zlib/zlib_settings.h"
#include <weir/stream/finished.h>
#include <weir/stream/make_stream.h>

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

CompressionStream::CompressionStream(TransformResource& resource, CodecTransformer& codec,
                                     const DuplexOptions& options)
    : DerivedStream(resource, options), codec_(codec) {}

ZlibStream::ZlibStream(TransformResource& resource, CodecTransformer& codec,
                       const DuplexOptions& options, int level, Strategy strategy)
    : DerivedStream(resource, codec, options), level_(level), strategy_(strategy) {}

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

template <class S, class... Args>
Ref<S> make(TickQueue& ticks, std::unique_ptr<CodecTransformer> transformer,
            const StreamSettings& settings, Args... args) {
  using Resource = internal::TransformResource<Chunk, Chunk>;
  CodecTransformer& codec = *transformer;
  const DuplexOptions options = internal::transform_options(settings.duplex);
  return internal::make_stream<S>(
      ticks, std::make_unique<Resource>(std::move(transformer), TransformTraits{.final = true}),
      internal::life_of(options, false), codec, options, args...);
}

}  // namespace

Ref<CompressionStream> make_compression_stream(TickQueue& ticks,
                                               std::unique_ptr<CodecTransformer> transformer,
                                               const StreamSettings& settings) {
  return make<CompressionStream>(ticks, std::move(transformer), settings);
}

Ref<ZlibStream> make_zlib_stream(TickQueue& ticks, std::unique_ptr<CodecTransformer> transformer,
                                 const StreamSettings& settings, int level, Strategy strategy) {
  return make<ZlibStream>(ticks, std::move(transformer), settings, level, strategy);
}

}  // namespace weir::zlib
