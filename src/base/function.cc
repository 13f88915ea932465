#include <weir/base/function.h>

#include <weir/base/error.h>

#include <fmt/format.h>

namespace weir::internal {

void throw_not_a_function(std::string_view name) {
  throw Error(Errc::invalid_arg_type,
              fmt::format("The \"{}\" argument must be of type function. Received null", name));
}

}  // namespace weir::internal
