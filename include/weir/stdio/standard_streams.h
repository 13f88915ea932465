// weir/stdio/standard_streams.h - standard input, output and error as streams.
//
//   weir::Loop loop;
//   weir::standard_input(loop)->pipe(weir::standard_output(loop));     // cat
//   loop.run();                                                        // copies to the end
//
// - A Loop has one stream of each kind. It is created at the first call and lives as long as the
//   Loop.
// - When run() returns by itself, all output is written. To exit earlier, with std::exit or in a
//   signal's callback, call flush_standard_streams first.
// - A new Loop opens /dev/null on closed descriptors 0, 1 and 2.
#pragma once

#include <weir/base/durations.h>
#include <weir/stdio/input_stream.h>
#include <weir/stdio/output_stream.h>

#include <cstddef>

namespace weir {

// Descriptors 1 and 2. Only the call that creates a stream uses `options`.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterparts: process.stdout, process.stderr.
Ref<OutputStream> standard_output(Loop& loop, const OutputOptions& options = {});
Ref<OutputStream> standard_error(Loop& loop, const OutputOptions& options = {});

// Descriptor 0. Node counterpart: process.stdin.
Ref<InputStream> standard_input(Loop& loop);

// Writes the buffered data of the loop's standard streams, waiting up to `at_most` in total, and
// restores the terminal's mode. Returns the number of bytes left; 0 if all are written. No callback
// runs during the call; see OutputStream::flush. No Node counterpart: process.exit() loses the data
// that a system pipe has not taken.
std::size_t flush_standard_streams(Loop& loop, std::chrono::milliseconds at_most);

}  // namespace weir
