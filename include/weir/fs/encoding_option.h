// weir/fs/encoding_option.h - EncodingOption: the encoding in the options of a file stream.
#pragma once

#include <weir/base/encoding.h>

#include <string>
#include <string_view>

namespace weir::fs {

// An encoding or its name. As in Node, an unknown name is a different error here than elsewhere.
// ERRORS: throws ERR_INVALID_ARG_VALUE: "The argument 'encoding' is invalid encoding. Received
// 'x'".
class EncodingOption {
 public:
  constexpr EncodingOption(Encoding encoding) noexcept : encoding_(encoding) {}        // NOLINT
  constexpr EncodingOption(EncodingName encoding) noexcept : encoding_(encoding) {}    // NOLINT
  EncodingOption(std::string_view name);                                               // NOLINT
  EncodingOption(const std::string& name) : EncodingOption(std::string_view(name)) {}  // NOLINT
  EncodingOption(const char* name) : EncodingOption(std::string_view(name)) {}         // NOLINT
  constexpr operator EncodingName() const noexcept { return encoding_; }               // NOLINT

 private:
  Encoding encoding_;
};

}  // namespace weir::fs
