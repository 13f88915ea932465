// weir/stream/internal/pipe_link.h - one pipe: Node's Readable.prototype.pipe and unpipe.
//
// The source holds its destinations (ReadSide::pipes_); the link lives in the listeners of both
// and holds neither, but for the source while that waits, paused, for the destination's Drain.
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
