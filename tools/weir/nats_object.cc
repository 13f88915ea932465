#include "weir/nats_object.h"

#include "weir/nats.h"
#include "weir/nats_connection.h"
#include <weir/nats/connection.h>
#include <weir/nats/object_store.h>

#include <filesystem>
#include <string>

#include <fmt/format.h>

namespace tool {
namespace {

namespace nats = weir::nats;

bool is_open(const ObjectPlace& place) {
  return place.object.empty() || place.object.ends_with('/');
}

weir::Error nameless(const Endpoint& endpoint) {
  return weir::Error(
      fmt::format("'{}': the object is missing: nats://HOST/BUCKET/OBJECT", endpoint.shown()));
}

}  // namespace

ObjectPlace object_to_write(const Endpoint& destination, const CopyOptions& options) {
  ObjectPlace place = parse_object(destination.name);
  if (!is_open(place)) return place;
  if (options.sources.size() != 1 || !options.sources.front().is_file())
    throw nameless(destination);
  place.object += std::filesystem::path(options.sources.front().path).filename().string();
  return place;
}

weir::Ref<weir::Readable> open_object(weir::Loop& loop, const Endpoint& source,
                                      const CopyOptions& options) {
  const ObjectPlace place = parse_object(source.name);
  if (is_open(place)) throw nameless(source);
  const auto connection = connect_to_nats(loop, place.urls, options);
  auto object = nats::create_object_read_stream(*connection, place.bucket, place.object);
  object->set_name(source.shown());
  return object;
}

std::string file_name_of_object(const Endpoint& source) {
  const ObjectPlace place = parse_object(source.name);
  if (is_open(place)) throw nameless(source);
  return std::filesystem::path(place.object).filename().string();
}

}  // namespace tool
