// The request of a page to pause or resume a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::internal {

struct FlowRequest {
  std::uint64_t process;
  std::uint64_t id;  // of the stream
  bool pauses;       // or resumes
};

// Parses "streams/PROCESS/ID/pause" or ".../resume"; empty for other text.
std::optional<FlowRequest> flow_request_of(std::string_view path);

}  // namespace weir::internal
