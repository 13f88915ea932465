// weir/nats/object_store.h - objects: files of any size in buckets that NATS servers keep.
//
//   auto in = weir::fs::create_read_stream(loop, "report.pdf");
//   weir::pipeline(in, weir::nats::create_object_write_stream(*nats, "reports", "2026/report.pdf"),
//                  [](weir::Error error) { /* the servers have it, complete */ });
//
//   weir::nats::create_object_read_stream(*nats, "reports", "2026/report.pdf")->pipe(file);
//
// The format is that of NATS' other clients (ADR-20): a bucket is the JetStream stream
// OBJ_<bucket>; an object is the messages of its chunks, and one that describes it: size, chunks,
// SHA-256.
//
// - An object is visible, and complete, when its write stream has finished. Until then readers get
//   the object that had the name before, whatever happens to the writer.
// - Its chunks are counted, and their order is checked, before it is described. The chunks of the
//   object that it replaces are deleted afterwards: a reader that is still at them fails with
//   ERR_NATS_DAMAGED_OBJECT. Of two writers of one name, the one that finishes last wins; if both
//   finish at the same moment, the other one's chunks may stay in the bucket.
// - A write stream that is destroyed or fails before it has finished deletes the chunks that it has
//   stored, as far as the connection allows that within some seconds; those of a program that was
//   killed stay in the bucket, and no reader sees them.
// - A lost connection costs no chunk and doubles none, as with publish and consume streams.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/nats/connection.h>
#include <weir/nats/jetstream.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir::nats {

struct BucketConfig {
  std::string name = {};  // of letters, digits, "-" and "_"
  int replicas = 1;       // 3: one of three servers may fail
  Storage storage = Storage::file;
  // A full bucket refuses chunks (ERR_NATS_STREAM_FULL). Negative: no limit.
  std::int64_t max_bytes = -1;
};

// Creates the bucket; one that exists is left as it is.
// CALLS BACK: `got` once, later, with its JetStream stream.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT. To the callback: as ensure_stream.
void ensure_bucket(Connection& connection, const BucketConfig& config, GotStream got);

struct ObjectInfo {
  std::string bucket = {};
  std::string name = {};
  std::string id = {};  // another one for each object that is written
  std::string description = {};
  std::uint64_t size = 0;  // in bytes
  std::uint64_t chunks = 0;
  std::size_t chunk_size = 0;  // of each but the last one; 0: unknown
  std::string digest = {};     // "SHA-256=" and the sum in base64url
};

// What the bucket has of an object. CALLS BACK: `got` once, later.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT. To the callback ERR_NATS_NO_OBJECT, ERR_NATS_NO_STREAM
// (there is no such bucket), and as get_stream.
void get_object(Connection& connection, std::string_view bucket, std::string_view name,
                Function<void(Error, const ObjectInfo&)> got);

struct ObjectWriteOptions {
  // As in PublishOptions.
  std::optional<std::int64_t> high_water_mark = {};
  EncodingName default_encoding = Encoding::utf8;
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;
  std::optional<std::int64_t> low_water_mark = {};
  std::optional<std::int64_t> max_buffered = {};

  std::string description = {};
  // Less where the server's max_payload is less.
  std::size_t chunk_size = std::size_t{128} << 10;
  std::chrono::milliseconds ack_timeout{5000};
  std::chrono::milliseconds give_up_after{60'000};
};

// A stream whose bytes become the object. A write completes when JetStream has acknowledged its
// chunks; bytes that do not fill a chunk wait for more, beside the mark, and their write counts as
// complete. Only Finish, and the callback of end(), say that the object is stored.
// `name`: any text that is not empty.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT. An Error event: ERR_NATS_NO_STREAM (there is no such
// bucket), ERR_NATS_STREAM_FULL, ERR_NATS_TIMEOUT, ERR_NATS_DAMAGED_OBJECT (JetStream has lost,
// doubled or exchanged chunks), and the error that ended the connection.
Ref<Writable> create_object_write_stream(Connection& connection, std::string bucket,
                                         std::string name, const ObjectWriteOptions& options = {});

// See ReadableOptions.
struct ObjectReadOptions {
  std::int64_t high_water_mark = std::int64_t{1} << 20;
  std::optional<EncodingName> encoding = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;
};

// A stream of an object's bytes, which pulls as many chunks as the mark has room for, and at least
// one; the stream holds at most twice the mark. A link to an object reads that object.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT. An Error event: ERR_NATS_NO_OBJECT, ERR_NATS_NO_STREAM
// (there is no such bucket); ERR_NATS_DAMAGED_OBJECT, instead of End, if chunks are missing or the
// bytes have another digest: the bytes read so far are not the object then.
Ref<Readable> create_object_read_stream(Connection& connection, std::string bucket,
                                        std::string name, const ObjectReadOptions& options = {});

}  // namespace weir::nats
