// weir/stream/internal/pipe_link.h - PipeLink: one pipe. Node's Readable.prototype.pipe and unpipe.
//
// The listeners of both streams own the link. The source owns its destinations (ReadSide::pipes_).
// While a destination has to drain or to finish, it owns the source instead. So of two streams
// without other Refs, the active one owns the other, and both are destroyed when none is active.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/stream/stream.h>

namespace weir {
class ReadableBase;
}

namespace weir::internal {

class ReadSide;

// Writes the chunk of a data event to the destination; returns the result of write().
using PipeWrite = Function<bool(const void* event)>;

void pipe(Stream& source, ReadSide& side, Ref<Stream> destination, bool end, PipeWrite write);
void unpipe(Stream& source, ReadSide& side, Stream& destination);
void unpipe_all(Stream& source, ReadSide& side);

}  // namespace weir::internal
