// A NATS endpoint of `weir cp`:
// nats://[USER:PASSWORD@]HOST[:PORT][,HOST...]/NAME[?OPTION=VALUE&...]
//
// NAME is the subject of a destination, and the JetStream stream of a source. With --whole, it is
// BUCKET/OBJECT.
#pragma once

#include "weir/endpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

struct NatsPlace {
  std::vector<std::string> urls;  // of servers
  std::string name;
  // Options of a source.
  std::string durable = {};
  std::string from = "first";  // first, new, last, or a sequence
  std::optional<std::uint64_t> sequence = {};
  std::string subject = {};  // only these messages
  // Options of a destination: the stream to create if it does not exist, on so many servers.
  std::string stream = {};
  std::optional<int> replicas = {};
};

// ERRORS: throws an Error with a message for users if the name is invalid.
NatsPlace parse_nats(std::string_view name);

struct ObjectPlace {
  std::vector<std::string> urls;
  std::string bucket;
  std::string object;  // empty, or ends with "/": the file's name is to follow
  // Of a destination: the bucket to create if it does not exist, on so many servers.
  std::optional<int> replicas = {};
};

// ERRORS: as parse_nats.
ObjectPlace parse_object(std::string_view name);

}  // namespace tool
