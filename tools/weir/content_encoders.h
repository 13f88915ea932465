// The content codings of weir serve --compress.
#pragma once

#include <weir/http/file_server.h>

#include <vector>

namespace tool {

// The first that the client accepts is used.
std::vector<weir::http::ContentEncoder> content_encoders();

}  // namespace tool
