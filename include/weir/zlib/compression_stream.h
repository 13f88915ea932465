// weir/zlib/compression_stream.h - what the streams of streams.h can do besides what a Transform
// can.
//
//   auto gzip = weir::zlib::create_gzip(loop);
//   gzip->pipe(socket);
//   gzip->write("event: 1\n");
//   gzip->flush();                     // so that the other end sees it now
//
// Events: a Transform's. A failure destroys the stream.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ref.h>
#include <weir/stream/transform.h>
#include <weir/zlib/options.h>

#include <cstdint>
#include <memory>

namespace weir::zlib {

class CodecTransformer;
struct StreamSettings;

class CompressionStream : public DerivedStream<CompressionStream, Transform> {
 public:
  // Has what was written so far come out, without waiting for more. It takes its turn behind that.
  // CALLS BACK: `callback` as a write's; on End where the stream has ended already; on a tick where
  // it has finished. Node counterpart: flush.
  void flush(Callback callback = {}) { flush(Flush::full, std::move(callback)); }
  void flush(Flush kind, Callback callback = {});

  // Starts anew with the next chunk, as if nothing had been written.
  // ERRORS: throws ERR_INTERNAL_ASSERTION where the stream was destroyed, and a generic Error where
  // a chunk is being worked on. Node counterpart: reset.
  void reset();

  // Destroys the stream. CALLS BACK: `closed` once it is closed, with ERR_STREAM_PREMATURE_CLOSE
  // where it had not come to its end. Node counterpart: close.
  void close(Callback closed = {});

  // Of the input, what the codec has taken. Node counterpart: bytesWritten.
  std::uint64_t bytes_written() const noexcept;

 protected:
  friend Ref<CompressionStream> make_compression_stream(TickQueue&,
                                                        std::unique_ptr<CodecTransformer>,
                                                        const StreamSettings&);

  // The last two are of the first: a class that is derived from has to be told.
  CompressionStream(TickQueue& ticks, std::unique_ptr<TransformResource> owner,
                    TransformResource& resource, CodecTransformer& codec,
                    const DuplexOptions& options);

  CodecTransformer& codec() const noexcept { return codec_; }

 private:
  CodecTransformer& codec_;
};

// Of gzip and deflate.
class ZlibStream final : public DerivedStream<ZlibStream, CompressionStream> {
 public:
  // Compresses what comes from now on in another way; what was written before is flushed (sync).
  // To decompress there is nothing to be changed, and only the flush is done.
  // CALLS BACK: `callback` as flush does; on a tick where nothing changes.
  // ERRORS: throws ERR_OUT_OF_RANGE. Node counterpart: params, which does nothing to gzip.
  void params(int level, Strategy strategy, Callback callback = {});

 private:
  friend Ref<ZlibStream> make_zlib_stream(TickQueue&, std::unique_ptr<CodecTransformer>,
                                          const StreamSettings&, int, Strategy);

  ZlibStream(TickQueue& ticks, std::unique_ptr<TransformResource> owner,
             TransformResource& resource, CodecTransformer& codec, const DuplexOptions& options,
             int level, Strategy strategy);

  int level_;
  Strategy strategy_;
};

}  // namespace weir::zlib
