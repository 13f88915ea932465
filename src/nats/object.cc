#include "nats/object.h"

#include "nats/api.h"
#include "nats/errors.h"
#include "nats/fields.h"
#include <weir/base/encoding.h>

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::nats {
namespace internal {
namespace {

using nlohmann::json;

constexpr std::string_view kDigest = "SHA-256=";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_bucket(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_';
  });
}

// Padded, unlike Node's.
std::string base64url(std::string_view bytes) {
  std::string text = encode(std::as_bytes(std::span(bytes)), Encoding::base64url);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

}  // namespace

void require_object(std::string_view bucket, std::string_view name, std::string_view operation) {
  if (!is_bucket(bucket))
    throw failure(Errc::invalid_argument, operation, bucket, "not the name of a bucket");
  if (name.empty())
    throw failure(Errc::invalid_argument, operation, bucket, "the name of the object is empty");
}

std::string stream_of(std::string_view bucket) { return fmt::format("OBJ_{}", bucket); }

std::string chunks_of(const ObjectInfo& object) {
  return fmt::format("$O.{}.C.{}", object.bucket, object.id);
}

std::string description_of(const ObjectInfo& object) {
  return fmt::format("$O.{}.M.{}", object.bucket, base64url(object.name));
}

std::string digest_text(const std::string& sum) { return std::string(kDigest) + base64url(sum); }

std::string sum_of(std::string_view digest) {
  const bool is_known =
      std::ranges::equal(digest.substr(0, kDigest.size()), kDigest, {}, lower, lower);
  if (!is_known) return {};
  std::string sum = decode(digest.substr(kDigest.size()), Encoding::base64url);
  return sum.size() == 32 ? sum : std::string();
}

// The time is that of the message, and so no part of it.
std::string to_json(const ObjectInfo& object) {
  json description{{"name", object.name},     {"options", {{"max_chunk_size", object.chunk_size}}},
                   {"bucket", object.bucket}, {"nuid", object.id},
                   {"size", object.size},     {"chunks", object.chunks},
                   {"digest", object.digest}};
  if (!object.description.empty()) description["description"] = object.description;
  // A name that is not UTF-8 is kept by the subject.
  return description.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<StoredObject> read_description(std::string_view text, std::string_view bucket) {
  const json read = json::parse(text, nullptr, false);
  StoredObject object;
  object.info.bucket = bucket;
  object.info.name = text_field(read, "name");
  object.info.id = text_field(read, "nuid");
  object.info.description = text_field(read, "description");
  object.info.size = count_field(read, "size");
  object.info.chunks = count_field(read, "chunks");
  object.info.digest = text_field(read, "digest");
  const auto* const deleted = find_field(read, "deleted");
  object.is_deleted = deleted && *deleted == true;
  const auto* const options = find_field(read, "options");
  const auto* const link = options ? find_field(*options, "link") : nullptr;
  if (options) object.info.chunk_size = count_field(*options, "max_chunk_size");
  if (link && link->is_object()) {
    object.is_link = true;
    object.link_bucket = text_field(*link, "bucket");
    object.link_name = text_field(*link, "name");
  }
  if (object.info.name.empty() || (object.info.id.empty() && !object.is_link)) return std::nullopt;
  return object;
}

void find_object(Connection& connection, std::string bucket, std::string name,
                 Function<void(Error, std::optional<StoredObject>)> found) {
  ObjectInfo object;
  object.bucket = std::move(bucket);
  object.name = std::move(name);
  get_last_message(
      connection, stream_of(object.bucket), description_of(object),
      [object, found = std::move(found)](Error error,
                                         const std::optional<Message>& message) mutable {
        if (error || !message) return found(std::move(error), std::nullopt);
        auto stored = read_description(message->data.text(), object.bucket);
        if (stored) return found({}, std::move(stored));
        found(failure(Errc::protocol, "object", object.name, message->data.text().substr(0, 80)),
              std::nullopt);
      });
}

void purge_chunks(Connection& connection, const ObjectInfo& object, Callback purged) {
  ask(connection, "STREAM.PURGE." + stream_of(object.bucket), {{"filter", chunks_of(object)}},
      [purged = std::move(purged)](const Error& error, const json&) mutable { purged(error); });
}

}  // namespace internal

void ensure_bucket(Connection& connection, const BucketConfig& config, GotStream got) {
  internal::require_object(config.name, "any", "ensure_bucket");
  const StreamConfig stream{
      .name = internal::stream_of(config.name),
      .subjects = {fmt::format("$O.{}.C.>", config.name), fmt::format("$O.{}.M.>", config.name)},
      .replicas = config.replicas,
      .storage = config.storage,
      .discard = Discard::newest,
      .max_bytes = config.max_bytes,
      .rollups = true,
      .direct = true};
  ensure_stream(connection, stream, std::move(got));
}

void get_object(Connection& connection, std::string_view bucket, std::string_view name,
                Function<void(Error, const ObjectInfo&)> got) {
  internal::require_object(bucket, name, "get_object");
  internal::find_object(
      connection, std::string(bucket), std::string(name),
      [name = std::string(name), got = std::move(got)](
          Error error, const std::optional<internal::StoredObject>& found) mutable {
        if (!error && (!found || found->is_deleted))
          error = internal::failure(Errc::no_object, "get_object", name);
        got(error, error ? ObjectInfo{} : found->info);
      });
}

}  // namespace weir::nats
