#include <weir/base/error.h>

#include "base/code_table.h"
#include "base/errno_names.h"

#include <iterator>
#include <ostream>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::generic, {"", "Error", "error"}},
    {Errc::aborted,
     {"ABORT_ERR", "AbortError", "The operation was aborted"},
     std::errc::operation_canceled},
    {Errc::buffer_too_large,
     {"ERR_BUFFER_TOO_LARGE", "RangeError", "Cannot create a Buffer of that size"}},
    {Errc::internal_assertion, {"ERR_INTERNAL_ASSERTION", "Error", "An assertion failed"}},
    {Errc::invalid_arg_type,
     {"ERR_INVALID_ARG_TYPE", "TypeError", "invalid argument type"},
     std::errc::invalid_argument},
    {Errc::invalid_arg_value,
     {"ERR_INVALID_ARG_VALUE", "TypeError", "invalid argument value"},
     std::errc::invalid_argument},
    {Errc::method_not_implemented,
     {"ERR_METHOD_NOT_IMPLEMENTED", "Error", "The method is not implemented"}},
    {Errc::missing_args, {"ERR_MISSING_ARGS", "TypeError", "An argument is missing"}},
    {Errc::multiple_callback, {"ERR_MULTIPLE_CALLBACK", "Error", "Callback called multiple times"}},
    {Errc::out_of_range,
     {"ERR_OUT_OF_RANGE", "RangeError", "The value is out of range"},
     std::errc::result_out_of_range},
    {Errc::stream_already_finished,
     {"ERR_STREAM_ALREADY_FINISHED", "Error", "Cannot call end after a stream was finished"}},
    {Errc::stream_cannot_pipe, {"ERR_STREAM_CANNOT_PIPE", "Error", "Cannot pipe, not readable"}},
    {Errc::stream_destroyed,
     {"ERR_STREAM_DESTROYED", "Error", "Cannot call write after a stream was destroyed"}},
    {Errc::stream_null_values,
     {"ERR_STREAM_NULL_VALUES", "TypeError", "May not write null values to stream"}},
    {Errc::stream_premature_close, {"ERR_STREAM_PREMATURE_CLOSE", "Error", "Premature close"}},
    {Errc::stream_push_after_eof,
     {"ERR_STREAM_PUSH_AFTER_EOF", "Error", "stream.push() after EOF"}},
    {Errc::stream_unable_to_pipe,
     {"ERR_STREAM_UNABLE_TO_PIPE", "Error", "Cannot pipe to a closed or destroyed stream"}},
    {Errc::stream_unshift_after_end_event,
     {"ERR_STREAM_UNSHIFT_AFTER_END_EVENT", "Error", "stream.unshift() after end event"}},
    {Errc::stream_write_after_end, {"ERR_STREAM_WRITE_AFTER_END", "Error", "write after end"}},
    {Errc::system_error, {"ERR_SYSTEM_ERROR", "SystemError", "A system error occurred"}},
    {Errc::unhandled_error, {"ERR_UNHANDLED_ERROR", "Error", "Unhandled error."}},
    {Errc::unknown_encoding, {"ERR_UNKNOWN_ENCODING", "TypeError", "Unknown encoding"}},
    {Errc::buffer_overflow,
     {"ERR_BUFFER_OVERFLOW", "Error", "The write would exceed max_buffered"}},
    {Errc::callback_dropped,
     {"ERR_CALLBACK_DROPPED", "Error", "A sink dropped its Done without calling it"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("node", kCodes);
  return table;
}

std::string print(std::error_code code, const ErrorWords& words, std::string_view message) {
  if (code == Errc::generic) return std::string(message);
  if (code == Errc::aborted) return fmt::format("{}: {}", words.type, message);
  return fmt::format("{} [{}]: {}", words.type, words.name, message);
}

std::string system_message(int number, std::string_view syscall,
                           std::optional<std::string_view> subject) {
  const SystemError error = describe_system_error(number);
  std::string text = fmt::format("{}: {}, {}", error.name, error.message, syscall);
  if (subject) fmt::format_to(std::back_inserter(text), " '{}'", *subject);
  return text;
}

}  // namespace

const std::error_category& node_category() noexcept { return codes(); }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

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
Error::Error(std::error_code code, const ErrorWords& words, std::string message)
    : detail_(make_ref<Detail>()) {
  detail().code = code;
  detail().name = words.name;
  detail().printed = print(code, words, message);
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

Error Error::of_call(std::error_code code, std::string_view name, std::string message,
                     std::string_view syscall, std::string_view subject) {
  auto detail = make_ref<Detail>();
  detail->code = code;
  detail->name = name;
  detail->message = std::move(message);
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

fmt::format_context::iterator fmt::formatter<weir::Error>::format(
    const weir::Error& error, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(error.what(), context);
}
