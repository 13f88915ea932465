#include "nats/outgoing.h"

#include "nats/errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir::nats {

std::optional<std::string_view> find_header(const Headers& headers,
                                            std::string_view name) noexcept {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return std::nullopt;
}

namespace internal {
namespace {

// Begins the reply of a message that JetStream has stored.
constexpr std::string_view kAckSubject = "$JS.ACK.";

std::string_view data_of(natsMsg* message) noexcept {
  const char* const data = natsMsg_GetData(message);
  return {data ? data : "", static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

// A line end in a header would begin another one.
bool is_header_text(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

Headers headers_of(natsMsg* message) {
  Headers headers;
  const char** keys = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message, &keys, &count) != NATS_OK) return headers;
  for (int i = 0; i < count; ++i) {
    const char** values = nullptr;
    int number = 0;
    if (natsMsgHeader_Values(message, keys[i], &values, &number) != NATS_OK) continue;
    for (int j = 0; j < number; ++j) headers.emplace_back(keys[i], values[j]);
    std::free(values);  // NOLINT: cnats allocates with malloc
  }
  std::free(keys);  // NOLINT
  return headers;
}

// $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>; servers
// with a domain put two tokens before the stream, and one at the end. In one pass, since this is
// done for each message.
void read_numbers(Message& message) {
  if (!message.reply.starts_with(kAckSubject)) return;
  std::array<std::uint64_t, 16> tokens{};  // those that are numbers
  std::size_t count = 0;
  std::uint64_t number = 0;
  for (const char c : std::string_view(message.reply).substr(kAckSubject.size())) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (c != '.') {
      number = digit < 10 ? number * 10 + digit : 0;
      continue;
    }
    tokens[count] = std::exchange(number, 0);
    if (++count == tokens.size()) return;
  }
  tokens[count++] = number;
  if (count < 7) return;
  const std::span<const std::uint64_t> numbers = std::span(tokens).subspan(count >= 9 ? 4 : 2);
  message.deliveries = numbers[0];
  message.sequence = numbers[1];
  message.consumer_sequence = numbers[2];
  message.time = std::chrono::nanoseconds(static_cast<std::int64_t>(numbers[3]));
  message.pending = numbers[4];
}

}  // namespace

OwnedMessage make_message(std::string_view subject, std::string_view reply, std::string_view data,
                          const Headers& headers) {
  natsMsg* memory = nullptr;
  const std::string to(subject);
  const std::string back(reply);
  const natsStatus status =
      natsMsg_Create(&memory, to.c_str(), back.empty() ? nullptr : back.c_str(), data.data(),
                     static_cast<int>(data.size()));
  if (status != NATS_OK) throw from_nats(status, "publish", subject);
  OwnedMessage message(memory);
  for (const auto& [name, value] : headers) {
    if (!is_header_text(name) || !is_header_text(value) || name.empty() ||
        name.find(':') != name.npos)
      throw failure(Errc::invalid_argument, "publish", subject,
                    "a header has a character like \\n or :");
    // cnats reads the next header as the value of one that is empty.
    if (value.find_first_not_of(" \t") == value.npos)
      throw failure(Errc::invalid_argument, "publish", subject,
                    fmt::format("the header '{}' is empty", name));
    if (const natsStatus added = natsMsgHeader_Add(memory, name.c_str(), value.c_str());
        added != NATS_OK)
      throw from_nats(added, "publish", subject);
  }
  return message;
}

Message read_message(OwnedMessage message, ReadHeaders headers) {
  Message read;
  natsMsg* const raw = message.get();
  read.subject = natsMsg_GetSubject(raw);
  if (const char* const reply = natsMsg_GetReply(raw)) read.reply = reply;
  if (headers == ReadHeaders::yes) read.headers = headers_of(raw);
  const std::string_view data = data_of(raw);
  if (data.empty()) return read;
  read.data = Buffer::adopt(std::as_bytes(std::span(data)), [owned = std::move(message)] {});
  return read;
}

Message read_delivery(OwnedMessage message, ReadHeaders headers) {
  Message read = read_message(std::move(message), headers);
  read_numbers(read);
  return read;
}

std::string_view header_of(natsMsg* message, const char* name) noexcept {
  const char* value = nullptr;
  return natsMsgHeader_Get(message, name, &value) == NATS_OK && value ? value : "";
}

int status_of(natsMsg* message) noexcept {
  const char* const reply = natsMsg_GetReply(message);
  const bool is_stored = reply && std::string_view(reply).starts_with(kAckSubject);
  if (is_stored || natsMsg_GetDataLength(message) > 0) return 0;
  const std::string_view status = header_of(message, "Status");
  int number = 0;
  std::from_chars(status.data(), status.data() + status.size(), number);
  return number;
}

}  // namespace internal
}  // namespace weir::nats
