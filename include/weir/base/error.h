// weir/base/error.h - weir's error type: an error code, its name, and a message.
//
//   stream->on<Error>([](const Error& error) {
//     fmt::print(stderr, "{}\n", error.what());      // ENOENT: no such file or directory, open 'x'
//     if (error == std::errc::no_such_file_or_directory) ...
//     if (error == Errc::aborted) ...
//     if (error.name() == "ENOENT") ...
//   });
//
// - An empty Error means success, like null in Node's callbacks.
// - Copies share their content, so a copy costs a counter. Copies may be used on several threads:
//   an Error leaves its thread like any exception (std::promise, std::exception_ptr).
#pragma once

#include <weir/base/ref.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace weir {

// Node's own codes. A code's name is Node's: Errc::stream_destroyed is "ERR_STREAM_DESTROYED". The
// last group is weir's, for errors that Node does not have. The codes of files, connections, TLS,
// HTTP, compression and NATS are in those namespaces: fs::Errc, net::Errc, tls::Errc, http::Errc,
// zlib::Errc, nats::Errc.
enum class Errc {
  generic = 1,  // an error with a message and no code: `new Error("...")`
  aborted,      // ABORT_ERR
  buffer_too_large,
  internal_assertion,
  invalid_arg_type,
  invalid_arg_value,
  method_not_implemented,
  missing_args,
  multiple_callback,
  out_of_range,
  stream_already_finished,
  stream_cannot_pipe,
  stream_destroyed,
  stream_null_values,
  stream_premature_close,
  stream_push_after_eof,
  stream_unable_to_pipe,
  stream_unshift_after_end_event,
  stream_write_after_end,
  system_error,
  unhandled_error,
  unknown_encoding,

  buffer_overflow,   // a write would exceed max_buffered
  callback_dropped,  // a sink destroyed its Done without calling it
};

// The printed form of a code: "TypeError [ERR_INVALID_ARG_TYPE]: The message".
struct ErrorWords {
  const char* name;     // "ERR_STREAM_DESTROYED"
  const char* type;     // the class of the error in Node: "TypeError"
  const char* message;  // the default, for an error without its own message
};

const std::error_category& node_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir

template <>
struct std::is_error_code_enum<weir::Errc> : std::true_type {};

namespace weir {

// An enumeration of such codes, in any layer, with the two functions below.
template <class Code>
concept NodeCode = std::is_error_code_enum_v<Code> && requires(Code code) {
  { words_of(code) } noexcept -> std::same_as<const ErrorWords&>;
  { make_error_code(code) } noexcept -> std::same_as<std::error_code>;
};

class [[nodiscard]] Error : public std::exception {
 public:
  static constexpr std::string_view kEventName = "error";  // an Error is its own event

  Error() noexcept = default;  // success

  // `new Error(message)`: a message without a code.
  explicit Error(std::string message);

  // One of Node's codes. Without a message it has the code's default message ("write after end").
  template <NodeCode Code>
  Error(Code code)  // NOLINT: a code is an error
      : Error(make_error_code(code), words_of(code), words_of(code).message) {}
  template <NodeCode Code>
  Error(Code code, std::string message)
      : Error(make_error_code(code), words_of(code), std::move(message)) {}

  // A failed system call: the value of errno, the call's name, and its subject (a path, an
  // address), if any. Prints as in Node: "EACCES: permission denied, open '/etc/x'".
  static Error system(int error_number, std::string_view syscall,
                      std::optional<std::string_view> subject = std::nullopt);

  // A failed call with a composed message: "connect ECONNREFUSED 127.0.0.1:80". `code` may be of
  // any category; `name` is Node's name for it.
  static Error of_call(std::error_code code, std::string_view name, std::string message,
                       std::string_view syscall, std::string_view subject);

  // A library's error: `code` in that library's category, Node's name for it, and the library's
  // message. Prints as "Z_DATA_ERROR: incorrect header check".
  static Error named(std::error_code code, std::string name, std::string message);

  // Several errors of one operation: the first one's name; errors() has all of them.
  // Node: AggregateError.
  // REQUIRES: !errors.empty().
  static Error all_of(std::vector<Error> errors);

  // This error with the subject added, for a caller that knows the subject.
  Error about(std::string_view subject) const;

  // Node's AggregateError of two errors, with the outer one's message. Either may be success.
  static Error aggregate(Error inner, Error outer);

  // The exception being handled: an Error as it is; any other as a generic Error that has it as its
  // cause.
  // REQUIRES: called inside a catch block.
  static Error from_current_exception();

  explicit operator bool() const noexcept { return detail_ != nullptr; }

  // On success, these accessors return empty values.
  std::error_code code() const noexcept;
  std::string_view name() const noexcept;     // "ENOSPC", "ERR_STREAM_DESTROYED"; empty if generic
  std::string_view message() const noexcept;  // Node's err.message
  std::string_view syscall() const noexcept;
  std::string_view subject() const noexcept;  // Node's err.path or err.address
  std::exception_ptr cause() const noexcept;
  const std::vector<Error>& errors() const noexcept;  // of an aggregate

  // The first line that Node prints of an uncaught error: a system error's message; "Error
  // [ERR_STREAM_WRITE_AFTER_END]: write after end" for Node's codes.
  const char* what() const noexcept override;

  // Compares codes, messages, causes and errors().
  friend bool operator==(const Error& a, const Error& b) noexcept;

  // True if the error has this code, with any message: an Errc, a zlib::Errc, a std::errc.
  template <class Code>
    requires(std::is_error_code_enum_v<Code> || std::is_error_condition_enum_v<Code>)
  friend bool operator==(const Error& error, Code code) noexcept {
    return error.code() == code;
  }
  friend bool operator==(const Error& error, const std::error_code& code) noexcept {
    return error.code() == code;
  }
  friend bool operator==(const Error& error, const std::error_condition& condition) noexcept {
    return error.code() == condition;
  }

 private:
  struct Detail;
  explicit Error(Ref<Detail> detail) noexcept;
  Error(std::error_code code, const ErrorWords& words, std::string message);

  Detail& detail() const noexcept;  // REQUIRES: not success

  Ref<SharedRefCounted> detail_;  // a Detail; the base type keeps copies inline
};

// Reference to a success Error.
const Error& success() noexcept;

std::ostream& operator<<(std::ostream& out, const Error& error);

// Errors with arguments that several places report, with Node's messages.
Error invalid_argument_value(std::string_view name, std::string_view value,
                             std::string_view reason = "is invalid");
Error invalid_property_value(std::string_view name, std::string_view value,
                             std::string_view reason = "is invalid");
Error out_of_range(std::string_view name, std::string_view range, std::string_view value);
Error buffer_too_large(std::uint64_t most);  // "Cannot create a Buffer larger than 10 bytes"
Error method_not_implemented(std::string_view method);
Error stream_destroyed(std::string_view operation);  // "Cannot call write after a stream ..."
Error stream_already_finished(std::string_view operation);  // "Cannot call end after a stream ..."
Error unknown_encoding(std::string_view name);

}  // namespace weir

template <>
struct fmt::formatter<weir::Error> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(const weir::Error& error,
                                       fmt::format_context& context) const;
};
