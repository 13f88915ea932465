// The names, subjects and descriptions of objects, as NATS' object store has them (ADR-20).
//
//   OBJ_<bucket>                  the JetStream stream
//   $O.<bucket>.C.<id>            the chunks of an object
//   $O.<bucket>.M.<base64(name)>  its description; a new one replaces the old
#pragma once

#include <weir/nats/object_store.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::nats::internal {

struct StoredObject {
  ObjectInfo info = {};
  bool is_deleted = false;
  // Of a link: the object that it stands for; without a name, a whole bucket.
  bool is_link = false;
  std::string link_bucket = {};
  std::string link_name = {};
};

// ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
void require_object(std::string_view bucket, std::string_view name, std::string_view operation);

std::string stream_of(std::string_view bucket);
std::string chunks_of(const ObjectInfo& object);
std::string description_of(const ObjectInfo& object);

// "SHA-256=..." of a sum's bytes.
std::string digest_text(const std::string& sum);
// The sum's bytes; empty for another digest than SHA-256.
std::string sum_of(std::string_view digest);

std::string to_json(const ObjectInfo& object);
// Nothing for a text that describes no object; a field of another type is empty.
std::optional<StoredObject> read_description(std::string_view text, std::string_view bucket);

// CALLS BACK: `found` once, later: with the description, also of a deleted object; or with nothing;
// or an error: ERR_NATS_PROTOCOL for a description that cannot be read.
void find_object(Connection& connection, std::string bucket, std::string name,
                 Function<void(Error, std::optional<StoredObject>)> found);
// Deletes the chunks of an object. CALLS BACK: `purged` once, later.
void purge_chunks(Connection& connection, const ObjectInfo& object, Callback purged);

}  // namespace weir::nats::internal
