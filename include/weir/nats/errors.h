// weir/nats/errors.h - the error codes of NATS connections, streams and consumers.
//
//   if (error == weir::nats::Errc::stream_full) ...
//   if (error.name() == "ERR_NATS_STREAM_FULL") ...             // the same
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::nats {

// Node has no such codes; the names follow its pattern.
enum class Errc {
  no_server = 1,      // no server of the list could be reached
  authorization,      // a server refused the credentials, or a permission is missing
  tls,                // the handshake failed
  closed,             // the connection was closed
  protocol,           // the server's answer cannot be understood
  invalid_argument,   // a subject, URL or option that cannot be used
  payload_too_large,  // a message is longer than the server's max_payload
  timeout,            // no answer within the time that an option sets
  no_responders,      // nobody listens to the subject of a request
  no_stream,          // no JetStream stream stores the subject, or the stream was deleted
  no_consumer,        // the consumer does not exist, or was deleted
  no_message,         // the stream has no such message
  stream_full,        // the stream has reached max_bytes or max_messages, with Discard::newest
  slow_consumer,      // a plain subscription got messages faster than they were read
  api,                // another refusal by JetStream; the message has its description
  no_object,          // the bucket has no object of the name, or it was deleted
  damaged_object,     // the stored chunks are not the object that its description says
};

const std::error_category& nats_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir::nats

template <>
struct std::is_error_code_enum<weir::nats::Errc> : std::true_type {};
