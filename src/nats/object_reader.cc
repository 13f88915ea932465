#include "nats/object_reader.h"

#include "nats/errors.h"
#include <weir/nats/internal/stream_options.h>
#include <weir/stream/make_stream.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::nats {
namespace internal {

ObjectReader::ObjectReader(Connection& connection, std::string bucket, std::string name,
                           std::int64_t mark)
    : LoopShutdownHook(connection.loop().ticks()), connection_(&connection), mark_(mark) {
  require_object(bucket, name, "read");
  object_.bucket = std::move(bucket);
  object_.name = std::move(name);
}

// --- The description ---

void ObjectReader::construct(Done done) {
  find(object_.bucket, object_.name, Via::name, std::move(done));
}

// The Done keeps the stream, and so this.
void ObjectReader::find(std::string bucket, std::string name, Via via, Done done) {
  find_object(*connection_, std::move(bucket), std::move(name),
              [this, via, done = std::move(done)](
                  const Error& error, const std::optional<StoredObject>& found) mutable {
                if (error) return done(error);
                if (!found || found->is_deleted)
                  return done(failure(Errc::no_object, "read", object_.name));
                if (!found->is_link) {
                  object_ = found->info;
                  return open(std::move(done));
                }
                if (via == Via::link || found->link_name.empty())
                  return done(failure(
                      Errc::no_object, "read", object_.name,
                      found->link_name.empty() ? "a link to a bucket" : "a link to a link"));
                find(found->link_bucket, found->link_name, Via::link, std::move(done));
              });
}

void ObjectReader::open(Done done) {
  sum_ = sum_of(object_.digest);
  if (sum_.empty())
    return done(failure(Errc::protocol, "read", object_.name,
                        fmt::format("the digest '{}' is not SHA-256", object_.digest)));
  if (object_.chunks == 0) return done();
  // Other clients' chunks may have any length.
  const std::uint64_t average = object_.size / object_.chunks;
  const auto chunk = std::max<std::uint64_t>({object_.chunk_size, average, 1});
  ConsumeOptions how;
  how.high_water_mark = std::clamp<std::int64_t>(mark_ / static_cast<std::int64_t>(chunk), 1, 1024);
  how.acks = Acks::none;
  how.until_empty = true;
  how.headers = false;
  how.filter_subject = chunks_of(object_);
  chunks_ = create_consume_stream(*connection_, stream_of(object_.bucket), "", how);
  chunks_->pause();
  chunks_->on<DataOf<Message>>([this](const DataOf<Message>& data) { take(data.chunk); });
  chunks_->on<Error>([this](const Error& error) { fail(error); });
  chunks_->on<End>([this] {
    if (chunk_count_ < object_.chunks)
      fail(damage(fmt::format("{} of its {} chunks are there", chunk_count_, object_.chunks)));
  });
  done();
}

// --- The chunks ---

void ObjectReader::read(Readable& stream, std::size_t) {
  stream_ = Ref<Readable>(&stream);
  if (failed_) return fail(failed_);
  if (chunk_count_ == object_.chunks) return finish();
  chunks_->resume();
}

void ObjectReader::take(const Message& message) {
  const Ref<Readable> stream = stream_;
  if (!stream) return;
  size_ += message.data.size();
  ++chunk_count_;
  if (size_ > object_.size) return fail(damage(fmt::format("{} bytes are there", size_)));
  read_sum_.update(message.data.bytes());
  if (!stream->push(message.data)) chunks_->pause();
  if (stream_ && chunk_count_ == object_.chunks) finish();
}

void ObjectReader::finish() {
  if (size_ != object_.size) return fail(damage(fmt::format("{} bytes are there", size_)));
  if (read_sum_.finish() != sum_) return fail(damage("its digest is another one"));
  const Ref<Readable> stream = std::move(stream_);
  if (chunks_) chunks_->destroy();
  stream->push(nullptr);
}

void ObjectReader::fail(Error error) {
  if (const Ref<Readable> stream = std::move(stream_))
    stream->destroy(std::move(error));
  else if (!failed_)
    failed_ = std::move(error);
}

Error ObjectReader::damage(std::string_view what) const {
  return failure(Errc::damaged_object, "read", object_.name,
                 fmt::format("{} bytes in {} chunks; {}", object_.size, object_.chunks, what));
}

void ObjectReader::destroy(Error error, Done done) {
  if (chunks_) chunks_->destroy();
  done(std::move(error));
  stream_ = nullptr;
}

void ObjectReader::let_go() noexcept { const Ref<Readable> stream = std::move(stream_); }

}  // namespace internal

Ref<Readable> create_object_read_stream(Connection& connection, std::string bucket,
                                        std::string name, const ObjectReadOptions& options) {
  auto source = std::make_unique<internal::ObjectReader>(connection, std::move(bucket),
                                                         std::move(name), options.high_water_mark);
  ReadableOptions readable = internal::readable_options(options);
  readable.encoding = options.encoding;
  return Readable::make(connection.loop(), std::move(source), readable);
}

}  // namespace weir::nats
