#include <weir/inspect/inspect.h>

#include "inspect/inspector_server.h"

#include <utility>

namespace weir {
namespace {

void check(const InspectOptions& options) {
  internal::check_access(options.host, options.token);
  if (options.interval < std::chrono::milliseconds(10))
    throw out_of_range("options.interval", ">= 10", std::to_string(options.interval.count()));
}

}  // namespace

Inspector inspect(Loop& loop, std::int64_t port, const InspectOptions& options) {
  check(options);
  auto server = make_ref<internal::InspectorServer>(loop, options);
  server->page().listen(port);
  return Inspector(std::move(server));
}

Inspector::Inspector(Ref<internal::InspectorServer> server) noexcept : server_(std::move(server)) {}
Inspector::Inspector(Inspector&&) noexcept = default;
Inspector& Inspector::operator=(Inspector&& other) noexcept {
  std::swap(server_, other.server_);
  return *this;
}
Inspector::~Inspector() {
  if (server_) server_->close();
}

void Inspector::add(Loop& loop, std::string name) const { server_->add(loop, std::move(name)); }
std::string Inspector::url() const { return server_->page().url(); }
void Inspector::on_listening(Function<void(const std::string& url)> listening) const {
  server_->page().on_listening(std::move(listening));
}
void Inspector::on_error(Function<void(const Error&)> failed) const {
  server_->page().on_error(std::move(failed));
}

}  // namespace weir
