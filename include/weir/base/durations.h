// weir/base/durations.h - std::chrono's durations and clocks, without the rest of <chrono>.
//
// Calendars, time zones and their formatting take longer to compile than this library's loop.h.
// With a standard library other than GCC's, this includes all of <chrono>.
#pragma once

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
