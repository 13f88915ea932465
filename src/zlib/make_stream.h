// Makes a stream from a codec.
#pragma once

#include "zlib/codec_transformer.h"
#include "zlib/settings.h"
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/zlib/compression_stream.h>

#include <memory>

namespace weir::zlib {

Ref<CompressionStream> make_compression_stream(TickQueue& ticks,
                                               std::unique_ptr<CodecTransformer> transformer,
                                               const StreamSettings& settings);
Ref<ZlibStream> make_zlib_stream(TickQueue& ticks, std::unique_ptr<CodecTransformer> transformer,
                                 const StreamSettings& settings, int level, Strategy strategy);

}  // namespace weir::zlib
