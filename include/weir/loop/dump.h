// weir/loop/dump.h - dump_on: prints a Loop's open streams and timers at a signal.
//
//   const weir::Signal dump = weir::dump_on(loop, SIGUSR1);   // kill -USR1 PID
#pragma once

#include <weir/loop/loop.h>
#include <weir/loop/signal.h>

namespace weir {

// CALLS BACK: prints Loop::dump() on stderr at each signal, in a turn of the loop. A loop that is
// stuck in a callback prints nothing. What stderr does not take is lost: a closed pipe's text, and
// that which a full non-blocking pipe has no room for within 100 ms. ERRORS: as Signal.
Signal dump_on(Loop& loop, int number);

}  // namespace weir
