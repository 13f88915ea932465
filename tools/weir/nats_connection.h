// The connection of the NATS endpoints of `weir cp`.
#pragma once

#include "weir/copy_options.h"
#include <weir/nats/connection.h>
#include <weir/weir.h>

#include <string>
#include <vector>

namespace tool {

// With the certificates and the credentials of the options. ERRORS: throws as nats::connect.
weir::Ref<weir::nats::Connection> connect_to_nats(weir::Loop& loop,
                                                  const std::vector<std::string>& urls,
                                                  const CopyOptions& options);

}  // namespace tool
