// The responses that a server sends when no listener of the request can.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>

namespace weir::http {

// The response to a malformed or timed out request. Node: badRequestResponse and its like.
Buffer answer_to(const Error& error);

// The response to a request whose listener threw.
Buffer internal_server_error();

}  // namespace weir::http
