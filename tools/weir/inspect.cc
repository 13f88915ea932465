#include "weir/inspect.h"

#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/say.h"
#include <weir/weir.h>

#include <list>
#include <string>

#include <fmt/format.h>

namespace tool {
namespace {

// Reports each process that cannot be reached at the start, once; the page then waits for it.
class Probes {
 public:
  Probes(weir::Loop& loop, const std::vector<std::string>& places) {
    for (const std::string& place : places) {
      const weir::ProcessEvents& probe = probes_.emplace_back(loop, place);
      probe.on_event([this, &probe](const weir::ProcessEvents::Event&) { remove(probe); });
      probe.on_lost([this, &probe](const weir::Error& error) {
        complain(fmt::format("{}; waiting for it", error.what()));
        remove(probe);
      });
    }
  }

 private:
  void remove(const weir::ProcessEvents& probe) {
    probes_.remove_if([&probe](const weir::ProcessEvents& each) { return &each == &probe; });
  }

  std::list<weir::ProcessEvents> probes_;
};

}  // namespace

int inspect(const InspectOptions& options) {
  weir::Loop loop;
  weir::InspectProcessesOptions access{.token = options.token};
  if (!options.host.empty()) {
    access.host = options.host;
    if (access.token.empty()) access.token = random_token();
  }
  const auto page = weir::inspect_processes(loop, options.places, options.port, access);
  weir::Error failed;
  page.on_error([&](const weir::Error& error) {
    failed = error;
    loop.stop();
  });
  page.on_listening([&](const std::string& url) { tell_page(url, options.json); });
  const Probes probes(loop, options.places);
  int signal = 0;
  const Interrupt interrupted(loop, [&](int number) {
    signal = number;
    loop.stop();
  });
  loop.run();
  if (signal != 0) end_by(signal);
  complain(failed.what());
  return kFailed;
}

}  // namespace tool
