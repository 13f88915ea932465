// A replacing stream whose owner decides on the pool whether to rename, and holds off others
// meanwhile.
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/fs/replacing_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>

#include <string>

namespace weir::fs {

// Called once, on a thread of the pool, when the new file is complete. It calls `rename` and
// returns its result, or returns an error, which fails the stream. `file` is open in both cases.
using AroundRename = Function<Error(int file, Function<Error()> rename)>;

// As create_replacing_stream. `around_rename` is destroyed on the loop's thread.
Ref<WriteStream> create_replacing_stream_around(Loop& loop, std::string path,
                                                ReplacingStreamOptions options,
                                                AroundRename around_rename);

}  // namespace weir::fs
