// The parts of a Snapshot as JSON, for to_json and the inspector.
#pragma once

#include <weir/insight/snapshot.h>

#include <cstdint>

#include <nlohmann/json.hpp>

namespace weir::insight {

using Json = nlohmann::ordered_json;

// The ids of several loops are distinct: each is that of the Loop, times 2^40, plus the stream's.
std::uint64_t id_on(std::uint64_t loop, std::uint64_t id) noexcept;

// `latency` is that of the turns to show.
Json loop_json(const Snapshot& snapshot, const DurationHistogram& latency, std::uint64_t loop,
               const std::string& name);
Json stream_json(const StreamSnapshot& stream, std::uint64_t loop);

// Text in which bytes that are not UTF-8 are replaced.
std::string dump(const Json& json);

}  // namespace weir::insight
