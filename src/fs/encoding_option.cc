#include <weir/fs/encoding_option.h>

#include <weir/base/error.h>

#include <fmt/format.h>

namespace weir::fs {
namespace {

Encoding encoding_of(std::string_view name) {
  if (const auto encoding = find_encoding(name)) return *encoding;
  throw invalid_argument_value("encoding", fmt::format("'{}'", name), "is invalid encoding");
}

}  // namespace

EncodingOption::EncodingOption(std::string_view name) : encoding_(encoding_of(name)) {}

}  // namespace weir::fs
