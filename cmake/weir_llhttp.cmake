# llhttp comes as C sources: Debian's node-llhttp, or another copy that these point to.
set(WEIR_LLHTTP_SOURCE_DIR "/usr/share/llhttp" CACHE PATH "Where llhttp.c, api.c and http.c are")
find_path(WEIR_LLHTTP_INCLUDE_DIR llhttp.h
  HINTS "${WEIR_LLHTTP_SOURCE_DIR}/../include" PATH_SUFFIXES llhttp)
mark_as_advanced(WEIR_LLHTTP_INCLUDE_DIR)

if(NOT WEIR_LLHTTP_INCLUDE_DIR OR NOT EXISTS "${WEIR_LLHTTP_SOURCE_DIR}/llhttp.c")
  message(FATAL_ERROR
    "weir's http needs the sources of llhttp: install node-llhttp (script/bootstrap does), or set "
    "WEIR_LLHTTP_SOURCE_DIR and WEIR_LLHTTP_INCLUDE_DIR.")
endif()

# Objects, so that they become part of weir_http and consumers need no llhttp.
add_library(weir_llhttp OBJECT
  "${WEIR_LLHTTP_SOURCE_DIR}/api.c"
  "${WEIR_LLHTTP_SOURCE_DIR}/http.c"
  "${WEIR_LLHTTP_SOURCE_DIR}/llhttp.c")
target_include_directories(weir_llhttp SYSTEM PUBLIC "${WEIR_LLHTTP_INCLUDE_DIR}")
# Of the two parsers in its source the one that takes nothing but HTTP.
target_compile_definitions(weir_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
set_target_properties(weir_llhttp PROPERTIES POSITION_INDEPENDENT_CODE ON)
# Called from C++ code whose exceptions never pass through it; optimised in every build, as the
# copy in a distribution would be.
target_compile_options(weir_llhttp PRIVATE -w $<$<CONFIG:Debug>:-O1>)
