#include <weir/base/error.h>

#include "base/system_errors.h"

#include <ostream>

namespace weir {
namespace {

struct NodeError {
  Errc code;
  const char* name;
  const char* type;     // the class that Node makes of it
  const char* message;  // where the error takes no arguments
};

constexpr NodeError kNodeErrors[] = {
    {Errc::generic, "", "Error", "error"},
    {Errc::aborted, "ABORT_ERR", "AbortError", "The operation was aborted"},
    {Errc::buffer_too_large, "ERR_BUFFER_TOO_LARGE", "RangeError",
     "Cannot create a Buffer of that size"},
    {Errc::http_body_not_allowed, "ERR_HTTP_BODY_NOT_ALLOWED", "Error",
     "Adding content for this request method or response status is not allowed."},
    {Errc::http_content_length_mismatch, "ERR_HTTP_CONTENT_LENGTH_MISMATCH", "Error",
     "Response body's content-length is not the one announced"},
    {Errc::http_headers_sent, "ERR_HTTP_HEADERS_SENT", "Error",
     "Cannot set headers after they are sent to the client"},
    {Errc::http_invalid_header_value, "ERR_HTTP_INVALID_HEADER_VALUE", "TypeError",
     "Invalid header value"},
    {Errc::http_invalid_status_code, "ERR_HTTP_INVALID_STATUS_CODE", "RangeError",
     "Invalid status code"},
    {Errc::http_request_timeout, "ERR_HTTP_REQUEST_TIMEOUT", "Error", "Request timeout"},
    {Errc::http_socket_assigned, "ERR_HTTP_SOCKET_ASSIGNED", "Error",
     "ServerResponse has an already assigned socket"},
    {Errc::http_trailer_invalid, "ERR_HTTP_TRAILER_INVALID", "Error",
     "Trailers are invalid with this transfer encoding"},
    {Errc::internal_assertion, "ERR_INTERNAL_ASSERTION", "Error", "An assertion failed"},
    {Errc::invalid_arg_type, "ERR_INVALID_ARG_TYPE", "TypeError", "invalid argument type"},
    {Errc::invalid_arg_value, "ERR_INVALID_ARG_VALUE", "TypeError", "invalid argument value"},
    {Errc::invalid_char, "ERR_INVALID_CHAR", "TypeError", "Invalid character"},
    {Errc::invalid_fd_type, "ERR_INVALID_FD_TYPE", "TypeError", "Unsupported fd type"},
    {Errc::invalid_http_token, "ERR_INVALID_HTTP_TOKEN", "TypeError", "Not a valid HTTP token"},
    {Errc::invalid_ip_address, "ERR_INVALID_IP_ADDRESS", "TypeError", "Invalid IP address"},
    {Errc::invalid_protocol, "ERR_INVALID_PROTOCOL", "TypeError", "Protocol not supported"},
    {Errc::invalid_url, "ERR_INVALID_URL", "TypeError", "Invalid URL"},
    {Errc::method_not_implemented, "ERR_METHOD_NOT_IMPLEMENTED", "Error",
     "The method is not implemented"},
    {Errc::missing_args, "ERR_MISSING_ARGS", "TypeError", "An argument is missing"},
    {Errc::multiple_callback, "ERR_MULTIPLE_CALLBACK", "Error", "Callback called multiple times"},
    {Errc::out_of_range, "ERR_OUT_OF_RANGE", "RangeError", "The value is out of range"},
    {Errc::server_already_listen, "ERR_SERVER_ALREADY_LISTEN", "Error",
     "Listen method has been called more than once without closing."},
    {Errc::server_not_running, "ERR_SERVER_NOT_RUNNING", "Error", "Server is not running."},
    {Errc::socket_bad_port, "ERR_SOCKET_BAD_PORT", "RangeError",
     "Port should be >= 0 and < 65536."},
    {Errc::socket_closed, "ERR_SOCKET_CLOSED", "Error", "Socket is closed"},
    {Errc::socket_closed_before_connection, "ERR_SOCKET_CLOSED_BEFORE_CONNECTION", "Error",
     "Socket closed before the connection was established"},
    {Errc::socket_connection_timeout, "ERR_SOCKET_CONNECTION_TIMEOUT", "Error",
     "Socket connection timeout"},
    {Errc::stream_already_finished, "ERR_STREAM_ALREADY_FINISHED", "Error",
     "Cannot call end after a stream was finished"},
    {Errc::stream_cannot_pipe, "ERR_STREAM_CANNOT_PIPE", "Error", "Cannot pipe, not readable"},
    {Errc::stream_destroyed, "ERR_STREAM_DESTROYED", "Error",
     "Cannot call write after a stream was destroyed"},
    {Errc::stream_null_values, "ERR_STREAM_NULL_VALUES", "TypeError",
     "May not write null values to stream"},
    {Errc::stream_premature_close, "ERR_STREAM_PREMATURE_CLOSE", "Error", "Premature close"},
    {Errc::stream_push_after_eof, "ERR_STREAM_PUSH_AFTER_EOF", "Error", "stream.push() after EOF"},
    {Errc::stream_unable_to_pipe, "ERR_STREAM_UNABLE_TO_PIPE", "Error",
     "Cannot pipe to a closed or destroyed stream"},
    {Errc::stream_unshift_after_end_event, "ERR_STREAM_UNSHIFT_AFTER_END_EVENT", "Error",
     "stream.unshift() after end event"},
    {Errc::stream_write_after_end, "ERR_STREAM_WRITE_AFTER_END", "Error", "write after end"},
    {Errc::system_error, "ERR_SYSTEM_ERROR", "SystemError", "A system error occurred"},
    {Errc::tls_alpn_callback_invalid_result, "ERR_TLS_ALPN_CALLBACK_INVALID_RESULT", "TypeError",
     "ALPN callback returned a value that did not match any of the client's offered protocols"},
    {Errc::tls_cert_altname_invalid, "ERR_TLS_CERT_ALTNAME_INVALID", "Error",
     "Hostname/IP does not match certificate's altnames"},
    {Errc::tls_handshake_timeout, "ERR_TLS_HANDSHAKE_TIMEOUT", "Error", "TLS handshake timeout"},
    {Errc::tls_required_server_name, "ERR_TLS_REQUIRED_SERVER_NAME", "Error",
     "\"servername\" is required parameter for Server.addContext"},
    {Errc::unescaped_characters, "ERR_UNESCAPED_CHARACTERS", "TypeError",
     "Path contains unescaped characters"},
    {Errc::unhandled_error, "ERR_UNHANDLED_ERROR", "Error", "Unhandled error."},
    {Errc::unknown_encoding, "ERR_UNKNOWN_ENCODING", "TypeError", "Unknown encoding"},
    {Errc::zlib_initialization_failed, "ERR_ZLIB_INITIALIZATION_FAILED", "Error",
     "Initialization failed"},
    {Errc::callback_dropped, "ERR_CALLBACK_DROPPED", "Error",
     "A sink dropped its Done without calling it"},
    {Errc::line_too_long, "ERR_LINE_TOO_LONG", "RangeError", "A line is too long"},
};

const NodeError& describe(Errc code) noexcept {
  for (const NodeError& error : kNodeErrors)
    if (error.code == code) return error;
  return kNodeErrors[0];
}

class NodeCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "node"; }
  std::string message(int value) const override {
    return describe(static_cast<Errc>(value)).message;
  }
  // So that these can be compared with a std::errc, as the system's errors can.
  std::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<Errc>(value)) {
      case Errc::aborted:
        return std::errc::operation_canceled;
      case Errc::http_request_timeout:
      case Errc::socket_connection_timeout:
      case Errc::tls_handshake_timeout:
        return std::errc::timed_out;
      case Errc::invalid_arg_type:
      case Errc::invalid_arg_value:
        return std::errc::invalid_argument;
      case Errc::out_of_range:
        return std::errc::result_out_of_range;
      default:
        return {value, *this};
    }
  }
};

std::string print_node_error(const NodeError& error, std::string_view message) {
  if (error.code == Errc::generic) return std::string(message);
  if (error.code == Errc::aborted) return fmt::format("{}: {}", error.type, message);
  return fmt::format("{} [{}]: {}", error.type, error.name, message);
}

std::string system_message(int number, std::string_view syscall,
                           std::optional<std::string_view> subject) {
  const SystemError error = describe_system_error(number);
  std::string text = fmt::format("{}: {}, {}", error.name, error.message, syscall);
  if (subject) fmt::format_to(std::back_inserter(text), " '{}'", *subject);
  return text;
}

}  // namespace

const std::error_category& node_category() noexcept {
  static const NodeCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), node_category()};
}

struct Error::Detail final : SharedRefCounted {
  std::error_code code;
  std::string name;
  std::string message;
  std::string printed;
  std::string syscall;
  std::string subject;
  std::exception_ptr cause;
  std::vector<Error> errors;
};

Error::Error(Ref<Detail> detail) noexcept : detail_(std::move(detail)) {}

Error::Detail& Error::detail() const noexcept { return static_cast<Detail&>(*detail_); }

Error::Error(std::string message) : Error(Errc::generic, std::move(message)) {}
Error::Error(Errc code) : Error(code, describe(code).message) {}
Error::Error(Errc code, std::string message) : detail_(make_ref<Detail>()) {
  const NodeError& error = describe(code);
  detail().code = code;
  detail().name = error.name;
  detail().printed = print_node_error(error, message);
  detail().message = std::move(message);
}

Error Error::system(int error_number, std::string_view syscall,
                    std::optional<std::string_view> subject) {
  auto detail = make_ref<Detail>();
  detail->code = {error_number, std::system_category()};
  detail->name = describe_system_error(error_number).name;
  detail->message = system_message(error_number, syscall, subject);
  detail->printed = detail->message;
  detail->syscall = syscall;
  detail->subject = subject.value_or("");
  return Error(std::move(detail));
}

Error Error::on_connection(int error_number, std::string_view syscall, std::string_view subject) {
  return on_connection({error_number, std::system_category()},
                       describe_system_error(error_number).name, syscall, subject);
}

Error Error::on_listening(int error_number, std::string_view address) {
  const SystemError system = describe_system_error(error_number);
  Error error = on_connection(error_number, "listen", address);
  error.detail().message = fmt::format("listen {}: {} {}", system.name, system.message, address);
  error.detail().printed = error.detail().message;
  return error;
}

Error Error::on_connection(std::error_code code, std::string_view name, std::string_view syscall,
                           std::string_view subject) {
  auto detail = make_ref<Detail>();
  detail->code = code;
  detail->name = name;
  detail->message = fmt::format("{} {}", syscall, detail->name);
  if (!subject.empty()) fmt::format_to(std::back_inserter(detail->message), " {}", subject);
  detail->printed = detail->message;
  detail->syscall = syscall;
  detail->subject = subject;
  return Error(std::move(detail));
}

Error Error::named(std::error_code code, std::string name, std::string message) {
  auto detail = make_ref<Detail>();
  detail->code = code;
  detail->printed = fmt::format("{}: {}", name, message);
  detail->name = std::move(name);
  detail->message = std::move(message);
  return Error(std::move(detail));
}

Error Error::all_of(std::vector<Error> errors) {
  if (errors.size() == 1) return std::move(errors.front());
  auto detail = make_ref<Detail>();
  detail->code = errors.front().code();
  detail->name = errors.front().name();
  for (const Error& error : errors) {
    if (!detail->message.empty()) detail->message += "; ";
    detail->message += error.message();
  }
  detail->printed = detail->message;
  detail->errors = std::move(errors);
  return Error(std::move(detail));
}

Error Error::about(std::string_view subject) const {
  if (!detail_ || detail().code.category() != std::system_category()) return *this;
  return system(detail().code.value(), detail().syscall, subject);
}

Error Error::aggregate(Error inner, Error outer) {
  if (!inner || !outer || inner.detail_ == outer.detail_) return outer ? outer : inner;
  auto detail = make_ref<Detail>();
  detail->code = outer.detail().code;
  detail->name = outer.detail().name;
  detail->message = outer.detail().message;
  detail->printed = fmt::format("{} (after: {})", outer.what(), inner.what());
  detail->syscall = outer.detail().syscall;
  detail->subject = outer.detail().subject;
  if (detail->errors = outer.errors(); detail->errors.empty()) detail->errors = {std::move(outer)};
  detail->errors.push_back(std::move(inner));
  return Error(std::move(detail));
}

Error Error::from_current_exception() {
  std::string message = "unknown exception";
  try {
    throw;
  } catch (const Error& error) {
    if (error) return error;
  } catch (const std::exception& exception) {
    message = exception.what();
  } catch (...) {  // keeps the message above
  }
  Error error(std::move(message));
  error.detail().cause = std::current_exception();
  return error;
}

std::error_code Error::code() const noexcept { return detail_ ? detail().code : std::error_code(); }
std::string_view Error::name() const noexcept {
  return detail_ ? detail().name : std::string_view();
}
std::string_view Error::message() const noexcept {
  return detail_ ? detail().message : std::string_view();
}
std::string_view Error::syscall() const noexcept {
  return detail_ ? detail().syscall : std::string_view();
}
std::string_view Error::subject() const noexcept {
  return detail_ ? detail().subject : std::string_view();
}
std::exception_ptr Error::cause() const noexcept {
  return detail_ ? detail().cause : std::exception_ptr();
}
const std::vector<Error>& Error::errors() const noexcept {
  static const std::vector<Error> none;
  return detail_ ? detail().errors : none;
}
const char* Error::what() const noexcept { return detail_ ? detail().printed.c_str() : "success"; }

const Error& success() noexcept {
  static const Error none;
  return none;
}

bool operator==(const Error& a, const Error& b) noexcept {
  if (a.detail_ == b.detail_) return true;
  if (!a || !b) return false;
  const Error::Detail& one = a.detail();
  const Error::Detail& other = b.detail();
  return one.code == other.code && one.name == other.name && one.message == other.message &&
         one.printed == other.printed && one.cause == other.cause && one.errors == other.errors;
}

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.what(); }

Error invalid_argument_value(std::string_view name, std::string_view value,
                             std::string_view reason) {
  return {Errc::invalid_arg_value,
          fmt::format("The argument '{}' {}. Received {}", name, reason, value)};
}
Error invalid_property_value(std::string_view name, std::string_view value,
                             std::string_view reason) {
  return {Errc::invalid_arg_value,
          fmt::format("The property '{}' {}. Received {}", name, reason, value)};
}
Error out_of_range(std::string_view name, std::string_view range, std::string_view value) {
  return {Errc::out_of_range,
          fmt::format("The value of \"{}\" is out of range. It must be {}. Received {}", name,
                      range, value)};
}
Error buffer_too_large(std::uint64_t most) {
  return {Errc::buffer_too_large, fmt::format("Cannot create a Buffer larger than {} bytes", most)};
}
Error method_not_implemented(std::string_view method) {
  return {Errc::method_not_implemented, fmt::format("The {} method is not implemented", method)};
}
Error stream_destroyed(std::string_view operation) {
  return {Errc::stream_destroyed,
          fmt::format("Cannot call {} after a stream was destroyed", operation)};
}
Error stream_already_finished(std::string_view operation) {
  return {Errc::stream_already_finished,
          fmt::format("Cannot call {} after a stream was finished", operation)};
}
Error unknown_encoding(std::string_view name) {
  return {Errc::unknown_encoding, fmt::format("Unknown encoding: {}", name)};
}

}  // namespace weir
