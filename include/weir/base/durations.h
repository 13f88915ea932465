// weir/base/durations.h - std::chrono's durations and clocks, without the rest of <chrono>.
//
// Calendars, time zones and what prints them take longer to compile than this library's loop.h. A
// standard library other than GCC's has the whole of it.
#pragma once

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
