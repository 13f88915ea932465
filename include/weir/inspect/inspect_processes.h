// weir/inspect/inspect_processes.h - one inspector page for several programs.
//
//   const auto page = weir::inspect_processes(loop, {"9229", "9230"}, 9228);
//   page.on_listening([](const std::string& url) { fmt::print("{}\n", url); });
//   loop.run();
//
// Each program runs an inspector of its own, see inspect.h. Each page that is opened reads their
// events over connections of its own, at its own pace; without a page nothing is read.
//
// - A program that stops, or does not run yet, is shown as such, until it is there (again).
// - A page may pause and resume streams if their program allows it.
// - Access is as with inspect(). A page that takes no data for half a minute is disconnected.
// - It keeps run() from returning until it is destroyed.
//
// No Node counterpart.
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

namespace internal {
class ProcessesServer;
}

// As in InspectOptions.
struct InspectProcessesOptions {
  std::string host = "127.0.0.1";
  std::string token = {};
};

class ProcessesInspector {
 public:
  static constexpr std::int64_t kPort = 9228;

  // For inspect_processes().
  explicit ProcessesInspector(Ref<internal::ProcessesServer> server) noexcept;
  ProcessesInspector(ProcessesInspector&&) noexcept;
  ProcessesInspector& operator=(ProcessesInspector&&) noexcept;
  ~ProcessesInspector();  // closes the connections

  // As in Inspector.
  std::string url() const;
  void on_listening(Function<void(const std::string& url)> listening) const;
  void on_error(Function<void(const Error&)> failed) const;

 private:
  Ref<internal::ProcessesServer> server_;
};

// Serves the page on the port; 0: a free one. `processes` are places as of ProcessEvents; the page
// numbers them from 0.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a place, host or token; ERR_SOCKET_BAD_PORT.
ProcessesInspector inspect_processes(Loop& loop, const std::vector<std::string>& processes,
                                     std::int64_t port = ProcessesInspector::kPort,
                                     const InspectProcessesOptions& options = {});

}  // namespace weir
