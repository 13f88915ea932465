#include "inspect/forwarded_page.h"

#include "insight/json.h"
#include "inspect/event_feed.h"

#include <fmt/format.h>

namespace weir::internal {
namespace {

constexpr std::string_view kBegin = "{\"process\":0";

}  // namespace

ForwardedPage::ForwardedPage(Loop& loop, const std::vector<std::string>& places,
                             http::ServerResponse& response)
    : response_(&response) {
  EventFeed::begin(response);
  listeners_.on<Drain>(response, [this] {
    for (const ProcessEvents& process : processes_) process.resume();
  });
  for (const std::string& place : places) {
    const std::size_t number = processes_.size();
    const ProcessEvents& process = processes_.emplace_back(loop, place);
    process.on_event([this, number](const ProcessEvents::Event& event) {
      write(event.name, number, event.data.substr(kBegin.size()));
    });
    process.on_lost([this, number, name = process.name()](const Error& error) {
      write_lost(number, name, error);
    });
  }
}

ForwardedPage::~ForwardedPage() {
  listeners_.clear();
  response_->destroy();
}

void ForwardedPage::write(std::string_view event, std::size_t process, std::string_view rest) {
  response_->cork();
  response_->write(fmt::format("event: {}\ndata: {{\"process\":{}", event, process));
  response_->write(rest);
  const bool has_room = response_->write("\n\n");
  response_->uncork();
  if (has_room) return;
  for (const ProcessEvents& each : processes_) each.pause();
}

void ForwardedPage::write_lost(std::size_t process, const std::string& name, const Error& reason) {
  const std::string data =
      insight::dump({{"process", 0}, {"name", name}, {"error", std::string(reason.message())}});
  write("lost", process, std::string_view(data).substr(kBegin.size()));
}

}  // namespace weir::internal
