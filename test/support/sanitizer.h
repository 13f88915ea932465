// WEIR_TEST_ADDRESS_SANITIZER, WEIR_TEST_THREAD_SANITIZER: 1 in a build with that sanitizer, or 0.
#pragma once

#if defined(__has_feature)  // Clang
#define WEIR_TEST_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#define WEIR_TEST_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#if defined(__SANITIZE_ADDRESS__)
#define WEIR_TEST_ADDRESS_SANITIZER 1
#else
#define WEIR_TEST_ADDRESS_SANITIZER 0
#endif
#if defined(__SANITIZE_THREAD__)
#define WEIR_TEST_THREAD_SANITIZER 1
#else
#define WEIR_TEST_THREAD_SANITIZER 0
#endif
#endif
