// NATS endpoints of `weir cp`. nats.cc, or nats_missing.cc where weir is built without NATS.
#pragma once

#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include "weir/target.h"
#include <weir/weir.h>

#include <memory>
#include <string>

namespace tool {

extern const bool kHasNats;

// ERRORS: throws the error of the endpoint.
std::unique_ptr<Target> make_nats_target(weir::Loop& loop, const Endpoint& endpoint,
                                         const CopyOptions& options);
// An object, or messages as lines: it ends with those that are there, or follows those that come.
// ERRORS: throws the error of the endpoint.
weir::Ref<weir::Readable> open_nats(weir::Loop& loop, const Endpoint& source,
                                    const CopyOptions& options);
// The last part of an object's name. ERRORS: throws the error of the endpoint.
std::string file_name_of_object(const Endpoint& source);
// A file that is copied to a subject a second time, because the first copy was interrupted,
// continues after the last line that the subject has: sets the start of the source. ERRORS: throws
// the error of the connection.
void continue_on_nats(CopyOptions& options);
// True if the source has a durable consumer: copy_durable copies it, and returns the exit status.
bool is_durable(const Endpoint& source);
int copy_durable(const CopyOptions& options);

}  // namespace tool
