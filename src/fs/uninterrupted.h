// Calls that are made to their end, whatever becomes of the process.
#pragma once

namespace weir::fs {

// Calls `function(argument)`, which makes system calls only and returns soon: in a process of its
// own that shares this one's memory and descriptors and takes no signal, so that neither a signal's
// default nor SIGKILL comes between two of them. Where there cannot be one more process, here.
void run_uninterrupted(void (*function)(void*), void* argument);

}  // namespace weir::fs
