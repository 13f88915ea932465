// Endpoints that are objects: --whole.
#pragma once

#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include "weir/nats_place.h"
#include <weir/weir.h>

namespace tool {

// Its name is complete: a file's name follows where the endpoint leaves it open.
// ERRORS: throws the error of the endpoint.
ObjectPlace object_to_write(const Endpoint& destination, const CopyOptions& options);
// ERRORS: as above.
weir::Ref<weir::Readable> open_object(weir::Loop& loop, const Endpoint& source,
                                      const CopyOptions& options);

}  // namespace tool
