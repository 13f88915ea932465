// WEIR_HAS_THREAD_SANITIZER: 1 in a build with the thread sanitizer, otherwise 0.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define WEIR_HAS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#define WEIR_HAS_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#define WEIR_HAS_THREAD_SANITIZER 0
#endif
