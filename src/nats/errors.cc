#include "nats/errors.h"

#include "base/code_table.h"

#include <string>

#include <fmt/format.h>

namespace weir::nats {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::no_server,
     {"ERR_NATS_NO_SERVER", "Error", "No NATS server could be reached"},
     std::errc::connection_refused},
    {Errc::authorization,
     {"ERR_NATS_AUTHORIZATION", "Error", "The NATS server refused the authorization"},
     std::errc::permission_denied},
    {Errc::tls, {"ERR_NATS_TLS", "Error", "The TLS handshake with the NATS server failed"}},
    {Errc::closed, {"ERR_NATS_CLOSED", "Error", "The NATS connection is closed"}},
    {Errc::protocol, {"ERR_NATS_PROTOCOL", "Error", "The NATS server's answer is malformed"}},
    {Errc::invalid_argument, {"ERR_NATS_INVALID_ARGUMENT", "TypeError", "Invalid argument"}},
    {Errc::payload_too_large,
     {"ERR_NATS_PAYLOAD_TOO_LARGE", "RangeError", "The message is longer than max_payload"},
     std::errc::message_size},
    {Errc::timeout, {"ERR_NATS_TIMEOUT", "Error", "No answer in time"}, std::errc::timed_out},
    {Errc::no_responders, {"ERR_NATS_NO_RESPONDERS", "Error", "Nobody listens to the subject"}},
    {Errc::no_stream, {"ERR_NATS_NO_STREAM", "Error", "The JetStream stream does not exist"}},
    {Errc::no_consumer, {"ERR_NATS_NO_CONSUMER", "Error", "The consumer does not exist"}},
    {Errc::no_message, {"ERR_NATS_NO_MESSAGE", "Error", "The stream has no such message"}},
    {Errc::stream_full,
     {"ERR_NATS_STREAM_FULL", "Error", "The JetStream stream is full"},
     std::errc::no_space_on_device},
    {Errc::slow_consumer,
     {"ERR_NATS_SLOW_CONSUMER", "Error", "Messages came faster than they were read"}},
    {Errc::api, {"ERR_NATS_API", "Error", "JetStream refused the request"}},
    {Errc::no_object, {"ERR_NATS_NO_OBJECT", "Error", "The object does not exist"}},
    {Errc::damaged_object,
     {"ERR_NATS_DAMAGED_OBJECT", "Error", "The object is not what its description says"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("nats", kCodes);
  return table;
}

Errc code_of(natsStatus status) noexcept {
  switch (status) {
    case NATS_NO_SERVER:
      return Errc::no_server;
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return Errc::authorization;
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_WANTED:
    case NATS_SECURE_CONNECTION_REQUIRED:
      return Errc::tls;
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_STALE_CONNECTION:
      return Errc::closed;
    case NATS_ADDRESS_MISSING:
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT:
    case NATS_INVALID_QUEUE_NAME:
      return Errc::invalid_argument;
    case NATS_MAX_PAYLOAD:
      return Errc::payload_too_large;
    case NATS_TIMEOUT:
      return Errc::timeout;
    case NATS_NO_RESPONDERS:
      return Errc::no_responders;
    case NATS_SLOW_CONSUMER:
      return Errc::slow_consumer;
    default:
      return Errc::protocol;
  }
}

}  // namespace

const std::error_category& nats_category() noexcept { return codes(); }

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), codes()}; }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

namespace internal {

Error from_nats(natsStatus status, std::string_view operation, std::string_view subject,
                std::string_view detail) {
  if (status == NATS_OK) return {};
  const Errc code = code_of(status);
  if (detail.empty()) detail = natsStatus_GetText(status);
  return failure(code, operation, subject, detail);
}

Error failure(Errc code, std::string_view operation, std::string_view subject,
              std::string_view detail) {
  std::string message = fmt::format("{}: {}", words_of(code).message, operation);
  if (!subject.empty()) message += fmt::format(" '{}'", subject);
  if (!detail.empty()) message += fmt::format(" ({})", detail);
  return {code, std::move(message)};
}

}  // namespace internal
}  // namespace weir::nats
