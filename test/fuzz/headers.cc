// Any name and value: an accepted header never becomes more than one line.
#include <weir/http/headers.h>

#include "support/require.h"
#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using weir::test::require;

bool is_valid(std::string_view name, std::string_view value) {
  try {
    weir::http::validate_header_name(name);
    weir::http::validate_header_value(name, value);
    return true;
  } catch (const weir::Error&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t colon = input.find(':');
  const std::string_view name = input.substr(0, colon);
  const std::string_view value = colon < size ? input.substr(colon + 1) : std::string_view("x");
  if (!is_valid(name, value)) return 0;
  require(!name.empty() && name.find_first_of(std::string_view("\r\n\0: \t", 6)) == name.npos);
  require(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);

  weir::http::Headers headers;
  headers.push_back("before", "1");
  headers.set(name, "replaced");
  headers.append(name, value);
  headers.push_back("after", "2");
  require(headers.has(name) && headers.get_all(name).back() == value);
  require(headers.get(name).has_value());
  require(headers.remove(name) && !headers.has(name));
  return 0;
}
