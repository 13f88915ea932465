#include "nats/object_writer.h"

#include "nats/api.h"
#include "nats/connecting.h"
#include "nats/errors.h"
#include "nats/fields.h"
#include <weir/nats/internal/stream_options.h>
#include <weir/stream/make_stream.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::nats {
namespace internal {
namespace {

// The id of a message, and its headers, count against max_payload.
constexpr std::size_t kHeaders = 512;
// What a destroyed stream takes at most to delete its chunks.
constexpr std::chrono::milliseconds kMostClearing{5000};
// Between counts of the chunks that are stored.
constexpr std::chrono::milliseconds kRecount{200};
constexpr int kMostCounts = 10;

Error destroyed() {
  return {weir::Errc::stream_destroyed, "Cannot call end after a stream was destroyed"};
}

// Deletes the chunks of an object that is not to be stored. CALLS BACK: `cleared` once, later.
void clear(Connection& connection, const ObjectInfo& object, bool may_be_described,
           const SharedFunction<void()>& cleared) {
  const auto purge = [alive = Ref<Connection>(&connection), object, cleared] {
    purge_chunks(*alive, object, [cleared](const Error&) { cleared(); });
  };
  if (!may_be_described) return purge();
  find_object(connection, object.bucket, object.name,
              [purge, cleared, id = object.id](const Error& error,
                                               const std::optional<StoredObject>& found) {
                const bool stays = error || (found && found->info.id == id);
                stays ? cleared() : purge();
              });
}

}  // namespace

ObjectWriter::ObjectWriter(Connection& connection, std::string bucket, std::string name,
                           const ObjectWriteOptions& options)
    : connection_(&connection) {
  require_object(bucket, name, "store");
  if (options.chunk_size == 0)
    throw failure(Errc::invalid_argument, "store", name, "a chunk size of 0");
  object_.bucket = std::move(bucket);
  object_.name = std::move(name);
  object_.id = random_name();
  object_.description = options.description;
  object_.chunk_size = options.chunk_size;

  PublishOptions how;
  how.ack_timeout = options.ack_timeout;
  how.give_up_after = options.give_up_after;
  // The description is sent when no chunk can be sent again.
  how.subject = [this](const Buffer&) {
    return state_ == State::chunks ? chunks_of(object_) : description_of(object_);
  };
  how.headers = [this](const Buffer&, Headers& headers) {
    if (state_ != State::chunks) headers.emplace_back("Nats-Rollup", "sub");
  };
  publisher_ = std::make_unique<Publisher>(connection, chunks_of(object_), std::move(how));
  publisher_->watch_order();
}

// --- The chunks ---

void ObjectWriter::writev(Batch batch, Done done) {
  begin();
  std::vector<Buffer> chunks;
  for (const Chunk& chunk : batch.chunks) cut(chunk, chunks);
  publisher_->publish(std::move(chunks), std::move(done));
}

void ObjectWriter::begin() {
  const std::size_t most = connection_->max_payload();
  if (object_.size == 0 && most > 2 * kHeaders)
    object_.chunk_size = std::min(object_.chunk_size, most - kHeaders);
}

void ObjectWriter::cut(const Buffer& data, std::vector<Buffer>& chunks) {
  sum_.update(data.bytes());
  object_.size += data.size();
  std::size_t from = 0;
  while (data.size() - from >= object_.chunk_size - tail_.size()) {
    const std::size_t to = from + object_.chunk_size - tail_.size();
    if (tail_.empty()) {
      chunks.push_back(data.slice(from, to));
    } else {
      tail_.append(data.text().substr(from, to - from));
      chunks.push_back(Buffer::adopt(std::exchange(tail_, {})));
    }
    ++object_.chunks;
    from = to;
  }
  if (from == data.size()) return;
  if (tail_.empty()) tail_.reserve(object_.chunk_size);
  tail_.append(data.text().substr(from));
}

// --- The description ---

// Each step's Done keeps the stream, and so this.
void ObjectWriter::final(Done done) {
  begin();
  std::vector<Buffer> last;
  if (!tail_.empty()) {
    last.push_back(Buffer::adopt(std::exchange(tail_, {})));
    ++object_.chunks;
  }
  publisher_->publish(std::move(last), [this, done = std::move(done)](const Error& error) mutable {
    error ? done(error) : check_chunks(std::move(done));
  });
}

// A chunk may be stored twice after an outage that is longer than the stream's duplicate_window, or
// late when a leader fails.
void ObjectWriter::check_chunks(Done done) {
  if (is_destroyed_) return done(destroyed());
  if (object_.chunks == 0) return describe(std::move(done));
  const std::string subject = chunks_of(object_);
  ask(*connection_, "STREAM.INFO." + stream_of(object_.bucket), {{"subjects_filter", subject}},
      [this, subject, done = std::move(done)](const Error& error,
                                              const nlohmann::json& answer) mutable {
        if (error) return done(error);
        const auto* const state = find_field(answer, "state");
        const auto* const subjects = state ? find_field(*state, "subjects") : nullptr;
        const std::uint64_t found = subjects ? count_field(*subjects, subject.c_str()) : 0;
        if (counts_again(found, done)) return;
        if (found != object_.chunks || !publisher_->is_in_order()) return done(damage(found));
        describe(std::move(done));
      });
}

// A server that has just become the leader may know less than was acknowledged, for a moment.
bool ObjectWriter::counts_again(std::uint64_t found, Done& done) {
  if (found >= object_.chunks || !publisher_->is_in_order() || ++counts_ > kMostCounts)
    return false;
  counting_ = connection_->loop().set_timeout(
      kRecount, [this, done = std::move(done)]() mutable { check_chunks(std::move(done)); });
  return true;
}

Error ObjectWriter::damage(std::uint64_t found) const {
  return failure(Errc::damaged_object, "store", object_.name,
                 fmt::format("JetStream has stored {} messages for {} chunks{}", found,
                             object_.chunks, publisher_->is_in_order() ? "" : ", out of order"));
}

void ObjectWriter::describe(Done done) {
  if (is_destroyed_) return done(destroyed());
  object_.digest = digest_text(sum_.finish());
  find_object(*connection_, object_.bucket, object_.name,
              [this, done = std::move(done)](const Error& error,
                                             const std::optional<StoredObject>& found) mutable {
                // One that cannot be read is replaced.
                if (error && error != Errc::protocol) return done(error);
                publish_description(std::move(done), found ? found->info : ObjectInfo{});
              });
}

void ObjectWriter::publish_description(Done done, const ObjectInfo& replaced) {
  if (is_destroyed_) return done(destroyed());
  state_ = State::described;
  std::vector<Buffer> description;
  description.push_back(Buffer::adopt(to_json(object_)));
  publisher_->publish(std::move(description),
                      [this, replaced, done = std::move(done)](const Error& error) mutable {
                        if (error) return done(error);
                        state_ = State::stored;
                        if (replaced.id.empty()) return done();
                        // The object is stored, whether or not that succeeds.
                        purge_chunks(*connection_, replaced,
                                     [done = std::move(done)](const Error&) mutable { done(); });
                      });
}

// --- The end ---

// Waits for the chunks in flight first, so that none is stored after the others are deleted.
void ObjectWriter::destroy(Error error, Done done) {
  is_destroyed_ = true;
  const bool is_clear = state_ == State::stored || publisher_->counts().sent == 0;
  if (is_clear || !connection_->connected()) {
    publisher_->stop();
    return done(std::move(error));
  }
  // The first call counts. The Done keeps the stream, and so this, until then.
  const auto kept = std::make_shared<std::optional<Done>>(std::move(done));
  const auto end = [this, kept, error = std::move(error)] {
    if (!*kept) return;
    Done ended = *std::exchange(*kept, std::nullopt);
    const Error reason = error;
    clearing_.clear();
    publisher_->stop();
    std::move(ended)(reason);
  };
  clearing_ = connection_->loop().set_timeout(kMostClearing, end);
  publisher_->publish({}, [this, end](const Error&) {
    if (state_ == State::stored) return end();
    clear(*connection_, object_, state_ == State::described, end);
  });
}

}  // namespace internal

Ref<Writable> create_object_write_stream(Connection& connection, std::string bucket,
                                         std::string name, const ObjectWriteOptions& options) {
  auto sink = std::make_unique<internal::ObjectWriter>(connection, std::move(bucket),
                                                       std::move(name), options);
  const SinkTraits traits = sink->traits();
  return Writable::make(connection.loop(), std::move(sink), traits,
                        internal::writable_options(options, internal::kMarkOfBytes));
}

}  // namespace weir::nats
