#include "nats/stored_message.h"

#include "nats/fields.h"
#include <weir/base/encoding.h>

#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace weir::nats::internal {
namespace {

// "NATS/1.0\r\nName: value\r\n...\r\n\r\n"
Headers headers_of(std::string_view text) {
  Headers headers;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
    const auto colon = line.find(':');
    if (colon == line.npos) continue;  // the first line, the last one
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    headers.emplace_back(line.substr(0, colon), value);
  }
  return headers;
}

}  // namespace

Message message_of(const nlohmann::json& stored) {
  Message message;
  message.subject = text_field(stored, "subject");
  message.sequence = count_field(stored, "seq");
  message.data = Buffer::adopt(decode(text_field(stored, "data"), Encoding::base64));
  message.headers = headers_of(decode(text_field(stored, "hdrs"), Encoding::base64));
  return message;
}

}  // namespace weir::nats::internal
