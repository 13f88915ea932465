// weir/zlib/compression_stream.h - the streams of streams.h: a Transform with flush, reset, close.
//
//   auto gzip = weir::zlib::create_gzip(loop);
//   gzip->pipe(socket);
//   gzip->write("event: 1\n");
//   gzip->flush();                     // the peer can read the event now
//
// Events: a Transform's. An error destroys the stream.
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
  // Outputs all earlier writes without waiting for more input.
  // CALLS BACK: `callback` as a write's; on End if the stream has ended; on a tick if it has
  // finished.
  // Node counterpart: flush.
  void flush(Callback callback = {}) { flush(Flush::full, std::move(callback)); }
  void flush(Flush kind, Callback callback = {});

  // Starts over with the next chunk, as if there had been no writes.
  // ERRORS: throws ERR_INTERNAL_ASSERTION after destroy, and a generic Error while a chunk is being
  // processed.
  // Node counterpart: reset.
  void reset();

  // Destroys the stream.
  // CALLS BACK: `closed` once it is closed; with ERR_STREAM_PREMATURE_CLOSE if it had not ended.
  // Node counterpart: close.
  void close(Callback closed = {});

  std::string describe() const override { return "a CompressionStream"; }

  // The number of input bytes that the codec has processed. Node counterpart: bytesWritten.
  std::uint64_t bytes_written() const noexcept;

 protected:
  CompressionStream(TransformResource& resource, CodecTransformer& codec,
                    const DuplexOptions& options);

  CodecTransformer& codec() const noexcept { return codec_; }

 private:
  CodecTransformer& codec_;
};

// A stream of the formats gzip and deflate.
class ZlibStream : public DerivedStream<ZlibStream, CompressionStream> {
 public:
  // Changes the parameters for later input; earlier writes are flushed (sync). A decompressor only
  // flushes.
  // CALLS BACK: `callback` as flush does; on a tick if no parameter changes.
  // ERRORS: throws ERR_OUT_OF_RANGE.
  // Node counterpart: params, which does not affect gzip.
  void params(int level, Strategy strategy, Callback callback = {});

 protected:
  ZlibStream(TransformResource& resource, CodecTransformer& codec, const DuplexOptions& options,
             int level, Strategy strategy);

 private:
  int level_;
  Strategy strategy_;
};

}  // namespace weir::zlib
