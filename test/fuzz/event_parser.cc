// Any bytes as server-sent events, whole and in pieces: the pieces do not change the events.
#include "inspect/event_parser.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string parse(std::string_view text, std::size_t piece) {
  weir::internal::EventParser parser;
  std::string log;
  while (!text.empty()) {
    const bool goes_on =
        parser.add(text.substr(0, piece), [&](std::string_view name, std::string_view data) {
          log.append(name).append("=").append(data).append(";");
          return name != "stop";
        });
    if (!goes_on) return log + "stopped";
    text.remove_prefix(std::min(piece, text.size()));
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = parse(text, size);
  if (parse(text, 1) != whole || parse(text, 1 + data[0]) != whole) std::abort();
  return 0;
}
