# How weir itself is compiled. Nothing here reaches the projects that use it.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(WEIR_SANITIZE)
  if(NOT WEIR_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
    message(FATAL_ERROR "WEIR_SANITIZE is '${WEIR_SANITIZE}': use address, undefined, both (address,undefined) or thread")
  endif()
  add_compile_options(
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
  # To look whether memory may be read, this check opens a pipe; where a test has left no descriptor,
  # it takes every object for a broken one.
  if(WEIR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

if(WEIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# The library is built so that shared libraries can be made of it, but nobody replaces its functions
# one by one; without this, GCC inlines none of them into the others.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fno-semantic-interposition)
endif()

# A program loads what it uses: OpenSSL's megabytes where it speaks TLS.
add_link_options(LINKER:--as-needed)

function(weir_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wextra-semi -Wformat=2
    # GCC 12 sees an overlap in `"literal" + std::string` that is not there (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${WEIR_WERROR}>:-Werror>)
endfunction()

# weir_precompile(<target> [REUSE_FROM <target>] [<header>...])
#
# With WEIR_PRECOMPILE, parses once what nearly every source includes: the standard library, fmt and
# the headers named. It is off where developers build, as a source that forgets an include compiles.
function(weir_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "REUSE_FROM" "")
  if(NOT WEIR_PRECOMPILE)
    return()
  endif()
  if(arg_REUSE_FROM)
    target_precompile_headers(${target} REUSE_FROM ${arg_REUSE_FROM})
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <charconv> <chrono> <concepts> <cstddef> <cstdint> <functional> <memory>
    <optional> <ranges> <span> <stop_token> <string> <string_view> <type_traits> <utility> <vector>
    <fmt/format.h> ${arg_UNPARSED_ARGUMENTS})
endfunction()
