// weir/stdio/standard_streams.h - what the process was given to read from and to write to.
//
//   weir::Loop loop;
//   weir::standard_input(loop)->pipe(weir::standard_output(loop));     // cat
//   loop.run();                                                        // until all of it is out
//
// There is one stream of each kind for a Loop, made when it is first asked for; it lives as long as
// the Loop. When run() has returned by itself, all that was accepted is with whoever reads it. Who
// leaves earlier, with std::exit or out of a signal's callback, calls flush_standard_streams first.
// Descriptors 0, 1 and 2 that are closed are opened on /dev/null when a Loop is made.
#pragma once

#include <weir/base/durations.h>
#include <weir/stdio/input_stream.h>
#include <weir/stdio/output_stream.h>

#include <cstddef>

namespace weir {

// Descriptors 1 and 2. `options` are those of the stream in the call that makes it, else ignored.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterparts: process.stdout, process.stderr.
Ref<OutputStream> standard_output(Loop& loop, const OutputOptions& options = {});
Ref<OutputStream> standard_error(Loop& loop, const OutputOptions& options = {});

// Descriptor 0. Node counterpart: process.stdin.
Ref<InputStream> standard_input(Loop& loop);

// Writes what the loop's standard streams have accepted, waiting `at_most` for all of it together,
// and gives the terminal its mode back. Returns how many bytes are left; 0 where all are out.
// Nobody is called back; see OutputStream::flush. Node has no counterpart: process.exit() loses
// what a pipe has not taken yet.
std::size_t flush_standard_streams(Loop& loop, std::chrono::milliseconds at_most);

}  // namespace weir
