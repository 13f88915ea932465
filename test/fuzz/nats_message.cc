// Any JSON as JetStream's answer: its message, its error and its headers are read or refused,
// whatever their types.
#include "nats/api.h"
#include "nats/stored_message.h"
#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace internal = weir::nats::internal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (answer.is_discarded()) return 0;
  static_cast<void>(internal::message_of(answer));
  static_cast<void>(internal::from_answer(answer, "ask", "STREAM"));
  static_cast<void>(internal::is_passing(answer));
  return 0;
}
