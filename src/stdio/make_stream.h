// The streams on any descriptor, of which the standard ones are three; tests make others.
#pragma once

#include <weir/stdio/input_stream.h>
#include <weir/stdio/output_stream.h>

namespace weir::internal {

// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark. The descriptor stays its owner's, who
// keeps it open for as long as the stream lives.
Ref<OutputStream> make_output(Loop& loop, int fd, const OutputOptions& options = {});
Ref<InputStream> make_input(Loop& loop, int fd);

}  // namespace weir::internal
