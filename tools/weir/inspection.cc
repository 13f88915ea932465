#include "weir/inspection.h"

#include "weir/json_line.h"
#include "weir/say.h"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

weir::InspectOptions options_of_page(const InspectionOptions& options, std::string name) {
  weir::InspectOptions page{.allows_pause = options.allows_pause, .name = std::move(name)};
  if (!options.host.empty()) page.host = options.host;
  page.token = options.host.empty() || !options.token.empty() ? options.token : random_token();
  return page;
}

}  // namespace

void tell_page(const std::string& url, bool json) {
  if (json) return static_cast<void>(say(stderr, json_line({{"inspector", url}})));
  complain(fmt::format("inspector: {}", url));
}

std::string random_token() {
  std::random_device random;  // the system's
  std::string token;
  for (int i = 0; i < 4; ++i) token += fmt::format("{:08x}", random());
  return token;
}

Inspection::Inspection(weir::Loop& loop, const InspectionOptions& options, std::string name,
                       bool json)
    : dump_signal_(options.dump_signal) {
  if (dump_signal_) dumps_.push_back(weir::dump_on(loop, *dump_signal_));
  if (!options.port) return;
  inspector_.emplace(weir::inspect(loop, *options.port, options_of_page(options, std::move(name))));
  inspector_->on_error(
      [](const weir::Error& error) { complain(fmt::format("no inspector: {}", error.what())); });
  inspector_->on_listening([json](const std::string& url) { tell_page(url, json); });
}

void Inspection::add(weir::Loop& loop, std::string name) {
  if (dump_signal_) dumps_.push_back(weir::dump_on(loop, *dump_signal_));
  if (inspector_) inspector_->add(loop, std::move(name));
}

}  // namespace tool
