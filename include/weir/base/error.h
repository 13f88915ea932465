// weir/base/error.h - what went wrong, as a value: the one error type of weir.
//
//   stream->on<Error>([](const Error& error) {
//     fmt::print(stderr, "{}\n", error.what());      // ENOENT: no such file or directory, open 'x'
//     if (error == std::errc::no_such_file_or_directory) ...
//     if (error == Errc::aborted) ...
//     if (error.name() == "ENOENT") ...
//   });
//
// An Error that holds nothing means success, as null does in Node's callbacks. Copies share what
// they hold, so passing one on costs a counter. They may be on several threads, each with its own:
// an Error leaves its thread as any exception does (std::promise, std::exception_ptr).
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

// Node's own codes. A code's name is Node's: Errc::stream_destroyed is "ERR_STREAM_DESTROYED".
// The last group is weir's, for what Node has no word. The codes of files, connections, TLS, HTTP
// and compression are in those namespaces: fs::Errc, net::Errc, tls::Errc, http::Errc, zlib::Errc.
enum class Errc {
  generic = 1,  // an error that has a message and no code: `new Error("...")`
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

  callback_dropped,  // a sink destroyed its Done without calling it
};

// How a code of Node's is printed: "TypeError [ERR_INVALID_ARG_TYPE]: The message".
struct ErrorWords {
  const char* name;     // "ERR_STREAM_DESTROYED"
  const char* type;     // the class of the error in Node: "TypeError"
  const char* message;  // of an error that is made without one
};

const std::error_category& node_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir

template <>
struct std::is_error_code_enum<weir::Errc> : std::true_type {};

namespace weir {

// An enumeration of such codes: Errc, or that of another layer, which brings these two functions.
template <class Code>
concept NodeCode = std::is_error_code_enum_v<Code> && requires(Code code) {
  { words_of(code) } noexcept -> std::same_as<const ErrorWords&>;
  { make_error_code(code) } noexcept -> std::same_as<std::error_code>;
};

class [[nodiscard]] Error : public std::exception {
 public:
  static constexpr std::string_view kEventName = "error";  // an Error is its own event

  Error() noexcept = default;  // success

  // `new Error(message)`: no code, the message alone.
  explicit Error(std::string message);

  // One of Node's codes. Without a message it gets the code's usual one ("write after end").
  template <NodeCode Code>
  Error(Code code)  // NOLINT: a code is an error
      : Error(make_error_code(code), words_of(code), words_of(code).message) {}
  template <NodeCode Code>
  Error(Code code, std::string message)
      : Error(make_error_code(code), words_of(code), std::move(message)) {}

  // A failed system call: errno's value, the call's name, and what it was about (a path, an
  // address), where there is such a thing. Prints as Node does: "EACCES: permission denied, open
  // '/etc/x'".
  static Error system(int error_number, std::string_view syscall,
                      std::optional<std::string_view> subject = std::nullopt);

  // A failed call whose message is composed elsewhere: "connect ECONNREFUSED 127.0.0.1:80". `code`
  // may be of any category, `name` is Node's for it.
  static Error of_call(std::error_code code, std::string_view name, std::string message,
                       std::string_view syscall, std::string_view subject);

  // What a library reports that has codes of its own: `code` in that library's category, the name
  // that Node gives it, and its words. Prints as "Z_DATA_ERROR: incorrect header check".
  static Error named(std::error_code code, std::string name, std::string message);

  // Several that come to one end: the first one's name, and all of them in errors(). Node:
  // AggregateError. REQUIRES: !errors.empty().
  static Error all_of(std::vector<Error> errors);

  // The same error with the subject filled in, where whoever made it could not know it.
  Error about(std::string_view subject) const;

  // Node's AggregateError of two: what the outer one says, both kept. Either may be success.
  static Error aggregate(Error inner, Error outer);

  // The exception being handled: an Error as it is, anything else as a generic Error that keeps
  // it as its cause. REQUIRES: called inside a catch block.
  static Error from_current_exception();

  explicit operator bool() const noexcept { return detail_ != nullptr; }

  // The accessors below give empty values on success.
  std::error_code code() const noexcept;
  std::string_view name() const noexcept;     // "ENOSPC", "ERR_STREAM_DESTROYED"; empty if generic
  std::string_view message() const noexcept;  // Node's err.message
  std::string_view syscall() const noexcept;
  std::string_view subject() const noexcept;  // Node's err.path or err.address
  std::exception_ptr cause() const noexcept;
  const std::vector<Error>& errors() const noexcept;  // of an aggregate

  // What Node prints first of an uncaught error: a system error's message as it is, "Error
  // [ERR_STREAM_WRITE_AFTER_END]: write after end" for Node's codes.
  const char* what() const noexcept override;

  // The same code and words, and where it has them the same cause and errors.
  friend bool operator==(const Error& a, const Error& b) noexcept;

  // Whether it has that code, whatever its message: an Errc, a zlib::Errc, a std::errc.
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

  Ref<SharedRefCounted>
      detail_;  // a Detail; as what it is here, so that passing an Error on is inline
};

// The Error that is none, for who needs a reference to it.
const Error& success() noexcept;

std::ostream& operator<<(std::ostream& out, const Error& error);

// The errors with arguments that more than one place reports, in Node's words.
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
