// The server of inspect_processes: each page gets the events of each process.
#pragma once

#include "inspect/flow_request.h"
#include "inspect/forwarded_page.h"
#include "inspect/inspector_address.h"
#include "inspect/page_server.h"
#include <weir/inspect/inspect_processes.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::internal {

class ProcessesServer final : public RefCounted {
 public:
  ProcessesServer(Loop& loop, const std::vector<std::string>& processes,
                  const InspectProcessesOptions& options);

  PageServer& page() noexcept { return page_; }
  void close();

 private:
  void answer(http::IncomingMessage& request, http::ServerResponse& response,
              std::string_view path);
  void open_page(http::ServerResponse& response);
  void forward(const FlowRequest& flow, http::ServerResponse& response);

  Loop& loop_;
  const std::vector<std::string> places_;
  std::vector<InspectorAddress> processes_;
  PageServer page_;
  std::vector<std::unique_ptr<ForwardedPage>> pages_;
};

}  // namespace weir::internal
