// The answers that a server gives where no listener of a request can.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>

namespace weir::http {

// To a message that is refused before it is a request. Node: badRequestResponse and its like.
Buffer answer_to(const Error& error);

// To a request whose listener threw.
Buffer internal_server_error();

}  // namespace weir::http
