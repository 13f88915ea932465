// Any JSON as JetStream's answer, and as the description of an object: its message, its error, its
// headers and its fields are read or refused, whatever their types.
#include "nats/api.h"
#include "nats/object.h"
#include "nats/stored_message.h"
#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

namespace internal = weir::nats::internal;

namespace {

// The description that is written for an object is read as that object.
void read_as_object(std::string_view text) {
  const auto object = internal::read_description(text, "bucket");
  if (!object) return;
  static_cast<void>(internal::sum_of(object->info.digest));
  const auto again = internal::read_description(internal::to_json(object->info), "bucket");
  if (object->is_link && !again) return;  // a link may have no id
  if (!again || again->info.size != object->info.size || again->info.name != object->info.name)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_object(text);
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (answer.is_discarded()) return 0;
  static_cast<void>(internal::message_of(answer));
  static_cast<void>(internal::from_answer(answer, "ask", "STREAM"));
  static_cast<void>(internal::is_passing(answer));
  return 0;
}
