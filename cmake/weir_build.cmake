# The compilation of weir itself. Projects that use weir are not affected.

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

# Shared libraries can be built from the library's code, but do not replace single functions;
# without this option, GCC inlines none of them into the others.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fno-semantic-interposition)
endif()

# GNU ld needs seconds for each of a hundred programs.
if(WEIR_LLD)
  find_program(WEIR_LLD_PROGRAM ld.lld)
  if(WEIR_LLD_PROGRAM)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

# Programs load only the libraries that they use: OpenSSL's megabytes only with TLS.
add_link_options(LINKER:--as-needed)

function(weir_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wextra-semi -Wformat=2
    # GCC 12 sees an overlap in `"literal" + std::string` that is not there (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${WEIR_WERROR}>:-Werror>)
endfunction()

# weir_precompile(<target> [GROUP tests] [REUSE_FROM <target>] [<header>...])
#
# Precompiles the headers that nearly every source includes: the standard library, fmt and the given
# headers; for targets whose group (`library` by default) is in WEIR_PRECOMPILE.
function(weir_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "GROUP;REUSE_FROM" "")
  if(NOT arg_GROUP)
    set(arg_GROUP library)
  endif()
  if(NOT arg_GROUP IN_LIST WEIR_PRECOMPILE)
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

# weir_unity(<target> [GROUP tests] [APART <source>...])
#
# Compiles the target's sources in batches of eight, if its group (`library` by default) is in
# WEIR_UNITY. The sources of APART form batches of their own: a program that needs none of them does
# not link the libraries that they need.
function(weir_unity target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "GROUP" "APART")
  if(NOT arg_GROUP)
    set(arg_GROUP library)
  endif()
  if(NOT arg_GROUP IN_LIST WEIR_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  if(arg_APART)
    list(REMOVE_ITEM sources ${arg_APART})
  endif()
  foreach(set IN ITEMS sources arg_APART)
    set(count 0)
    foreach(source IN LISTS ${set})
      math(EXPR batch "${count} / 8")
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${set}_${batch})
      math(EXPR count "${count} + 1")
    endforeach()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # To GCC, a source in a batch is a header, whose unnamed namespace others would see.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
