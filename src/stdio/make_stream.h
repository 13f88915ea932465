// Creates streams on any descriptor: the three standard ones, and others in tests.
#pragma once

#include <weir/stdio/input_stream.h>
#include <weir/stdio/output_stream.h>

namespace weir::internal {

// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark. The descriptor belongs to the caller
// and stays open as long as the stream lives.
Ref<OutputStream> make_output(Loop& loop, int fd, const OutputOptions& options = {});
Ref<InputStream> make_input(Loop& loop, int fd);

}  // namespace weir::internal
