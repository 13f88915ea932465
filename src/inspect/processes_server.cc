#include "inspect/processes_server.h"

#include "inspect/event_feed.h"
#include <weir/http/request.h>

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace internal {
namespace {

constexpr std::chrono::seconds kWriteTimeout(30);

}  // namespace

ProcessesServer::ProcessesServer(Loop& loop, const std::vector<std::string>& processes,
                                 const InspectProcessesOptions& options)
    : loop_(loop),
      places_(processes),
      page_(loop, options.host, options.token, kWriteTimeout,
            [this](auto& request, auto& response, std::string_view path) {
              answer(request, response, path);
            }) {
  for (const std::string& place : places_) processes_.push_back(parse_inspector_address(place));
}

void ProcessesServer::close() {
  pages_.clear();
  page_.close();
}

void ProcessesServer::answer(http::IncomingMessage& request, http::ServerResponse& response,
                             std::string_view path) {
  if (request.method() != "POST") {
    if (path == "events" && request.method() == "HEAD") return EventFeed::answer_head(response);
    if (path == "events") return open_page(response);
    return PageServer::refuse(response, 404,
                              "There is no such page; ask the inspector of the process.\n");
  }
  const auto flow = flow_request_of(path);
  if (!flow || flow->process >= processes_.size())
    return PageServer::refuse(response, 404, "There is no such action.\n");
  forward(*flow, response);
}

void ProcessesServer::open_page(http::ServerResponse& response) {
  pages_.push_back(std::make_unique<ForwardedPage>(loop_, places_, response));
  response.on<Close>([kept = Ref<ProcessesServer>(this), &response] {
    std::erase_if(kept->pages_,
                  [&response](const auto& page) { return &page->response() == &response; });
  });
}

void ProcessesServer::forward(const FlowRequest& flow, http::ServerResponse& response) {
  const InspectorAddress& process = processes_[flow.process];
  http::RequestOptions options =
      process.request(fmt::format("streams/0/{}/{}", flow.id, flow.pauses ? "pause" : "resume"));
  options.method = "POST";
  options.headers.set("X-Weir-Inspector", "1");
  const Ref<http::ServerResponse> page(&response);
  auto request = http::request(loop_, std::move(options), [page](http::IncomingMessage& answer) {
    answer.on<Error>([page](const Error&) { page->destroy(); });
    page->write_head(answer.status_code(), {{"Content-Type", "text/plain; charset=utf-8"}});
    answer.pipe(page);
  });
  request->on<Error>([page, name = process.name](const Error& error) {
    if (page->headers_sent()) return static_cast<void>(page->destroy());
    PageServer::refuse(*page, 502, fmt::format("{}, '{}'\n", error.message(), name));
  });
  request->end();
}

}  // namespace internal

ProcessesInspector inspect_processes(Loop& loop, const std::vector<std::string>& processes,
                                     std::int64_t port, const InspectProcessesOptions& options) {
  internal::check_access(options.host, options.token);
  auto server = make_ref<internal::ProcessesServer>(loop, processes, options);
  server->page().listen(port);
  return ProcessesInspector(std::move(server));
}

ProcessesInspector::ProcessesInspector(Ref<internal::ProcessesServer> server) noexcept
    : server_(std::move(server)) {}
ProcessesInspector::ProcessesInspector(ProcessesInspector&&) noexcept = default;
ProcessesInspector& ProcessesInspector::operator=(ProcessesInspector&& other) noexcept {
  std::swap(server_, other.server_);
  return *this;
}
ProcessesInspector::~ProcessesInspector() {
  if (server_) server_->close();
}

std::string ProcessesInspector::url() const { return server_->page().url(); }
void ProcessesInspector::on_listening(Function<void(const std::string& url)> listening) const {
  server_->page().on_listening(std::move(listening));
}
void ProcessesInspector::on_error(Function<void(const Error&)> failed) const {
  server_->page().on_error(std::move(failed));
}

}  // namespace weir
