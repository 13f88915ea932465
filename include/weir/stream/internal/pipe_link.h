// weir/stream/internal/pipe_link.h - one pipe: Node's Readable.prototype.pipe and unpipe.
//
// The link lives in the listeners of both streams. The source holds its destinations
// (ReadSide::pipes_) while it is its turn. While it is a destination's, to drain or to finish, that
// holds the source instead, so that of two streams which nobody else has the one at work keeps the
// other, and they go where none is.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/stream/stream.h>

namespace weir {
class ReadableBase;
}

namespace weir::internal {

class ReadSide;

// Writes the chunk of a data event to the destination; answers what write() does.
using PipeWrite = Function<bool(const void* event)>;

void pipe(Stream& source, ReadSide& side, Ref<Stream> destination, bool end, PipeWrite write);
void unpipe(Stream& source, ReadSide& side, Stream& destination);
void unpipe_all(Stream& source, ReadSide& side);

}  // namespace weir::internal
