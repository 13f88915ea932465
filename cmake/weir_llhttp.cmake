# llhttp is a library on Debian 13 (libllhttp-dev) and C sources on Debian 12 (node-llhttp). Uses
# the library if there is one and no sources are given; sources become part of weir_http.
#
# Sets WEIR_LLHTTP, the target to link, and WEIR_LLHTTP_LIBRARY, its name for pkg-config: empty for
# sources.
set(WEIR_LLHTTP_SOURCE_DIR "" CACHE PATH "Where llhttp.c, api.c and http.c are; empty to look")
mark_as_advanced(WEIR_LLHTTP_SOURCE_DIR)

set(WEIR_LLHTTP_LIBRARY "")
if(NOT WEIR_LLHTTP_SOURCE_DIR)
  pkg_check_modules(weir_llhttp QUIET IMPORTED_TARGET GLOBAL libllhttp>=8.1)
  if(weir_llhttp_FOUND)
    set(WEIR_LLHTTP PkgConfig::weir_llhttp)
    set(WEIR_LLHTTP_LIBRARY "libllhttp>=${weir_llhttp_VERSION}")
    return()
  endif()
endif()

find_path(WEIR_LLHTTP_SOURCES llhttp.c
  PATHS "${WEIR_LLHTTP_SOURCE_DIR}" /usr/share/llhttp NO_DEFAULT_PATH NO_CACHE)
find_path(WEIR_LLHTTP_INCLUDE_DIR llhttp.h
  HINTS "${WEIR_LLHTTP_SOURCES}/../include" "${WEIR_LLHTTP_SOURCES}" PATH_SUFFIXES llhttp)
mark_as_advanced(WEIR_LLHTTP_INCLUDE_DIR)
if(NOT WEIR_LLHTTP_SOURCES OR NOT WEIR_LLHTTP_INCLUDE_DIR)
  message(FATAL_ERROR
    "weir's http needs llhttp 8.1 or later: as a library that pkg-config knows, or as C sources. "
    "script/bootstrap installs either; or set WEIR_LLHTTP_SOURCE_DIR and WEIR_LLHTTP_INCLUDE_DIR.")
endif()

# Objects, so that consumers need no llhttp.
add_library(weir_llhttp OBJECT
  "${WEIR_LLHTTP_SOURCES}/api.c"
  "${WEIR_LLHTTP_SOURCES}/http.c"
  "${WEIR_LLHTTP_SOURCES}/llhttp.c")
target_include_directories(weir_llhttp SYSTEM PUBLIC "${WEIR_LLHTTP_INCLUDE_DIR}")
# llhttp 8's source has two parsers; this one accepts only HTTP.
target_compile_definitions(weir_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
set_target_properties(weir_llhttp PROPERTIES POSITION_INDEPENDENT_CODE ON)
# Its C++ callbacks throw no exception through it. It is optimised in every build, as a
# distribution's copy would be.
target_compile_options(weir_llhttp PRIVATE -w $<$<CONFIG:Debug>:-O1>)
set(WEIR_LLHTTP $<BUILD_INTERFACE:weir_llhttp>)
