// What --inspect and --dump-on start: the page of the command's streams, and the dump at a signal.
#pragma once

#include "weir/inspection_options.h"
#include <weir/weir.h>

#include <optional>
#include <string>
#include <vector>

namespace tool {

class Inspection {
 public:
  // Prints the page's address on standard error. A port in use is reported there too, and the
  // command continues without the page, as with node --inspect.
  // `name` is the command's: "weir cp". REQUIRES: the loop outlives this.
  // ERRORS: throws those of weir::inspect, and of weir::dump_on.
  Inspection(weir::Loop& loop, const InspectionOptions& options, std::string name, bool json);
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  // Shows and dumps another loop as well. REQUIRES: the loop outlives this, and does not run yet.
  void add(weir::Loop& loop, std::string name);

 private:
  std::optional<int> dump_signal_;
  std::vector<weir::Signal> dumps_;
  std::optional<weir::Inspector> inspector_;
};

// Reports the address of a page: "weir: inspector: http://127.0.0.1:9229/".
void tell_page(const std::string& url, bool json);
// A token that cannot be guessed.
std::string random_token();

}  // namespace tool
