// Runs system calls to their end, even if the process is killed.
#pragma once

namespace weir::fs {

// Calls `function(argument)`, which only makes system calls and returns soon, in a separate
// process. That process shares this one's memory and descriptors and receives no signal, so neither
// the default action of a signal nor SIGKILL can come between two of the calls. If no process can
// be created, it runs here.
void run_uninterrupted(void (*function)(void*), void* argument);

}  // namespace weir::fs
