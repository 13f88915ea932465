// A source that is a JetStream stream: each message is a line.
#pragma once

#include "weir/copy_options.h"
#include "weir/nats_place.h"
#include <weir/nats/consume_stream.h>
#include <weir/weir.h>

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

// The consumer of a source: `first` is the first sequence; without one, the endpoint says where.
weir::Ref<weir::nats::ConsumeStream> open_messages(weir::Loop& loop, const NatsPlace& place,
                                                   std::optional<std::uint64_t> first,
                                                   const CopyOptions& options);
// The line of a message, with its end.
std::string line_of(const weir::nats::Message& message);

}  // namespace tool
