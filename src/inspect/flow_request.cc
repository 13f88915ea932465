#include "inspect/flow_request.h"

#include <charconv>
#include <system_error>

namespace weir::internal {
namespace {

// Removes a part and the slash after it.
std::string_view take_part(std::string_view& path) {
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size() < path.size() ? part.size() + 1 : part.size());
  return part;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<FlowRequest> flow_request_of(std::string_view path) {
  if (take_part(path) != "streams") return std::nullopt;
  const auto process = number_in(take_part(path));
  const auto id = number_in(take_part(path));
  if (!process || !id || (path != "pause" && path != "resume")) return std::nullopt;
  return FlowRequest{.process = *process, .id = *id, .pauses = path == "pause"};
}

}  // namespace weir::internal
