// PUT of a FileServer: replaces or creates one file with the request's body.
#pragma once

#include "http/served_folder.h"
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace weir::http {

// Begins the upload of at most `most` bytes to `path`, a relative path below `root`, and responds
// once the file is in place, or with the status of the failure. CALLS BACK: nothing. `root` is
// kept.
void receive_file(std::shared_ptr<const ServedFolder> root, const std::string& path,
                  std::optional<std::uint64_t> most, IncomingMessage& request,
                  ServerResponse& response);

}  // namespace weir::http
