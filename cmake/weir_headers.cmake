# Sets WEIR_INCLUDE_DIRS, where the public headers are, and WEIR_ABSENT_HEADERS: the patterns of those
# whose layer is not built.
#
# Where a layer is left out, <weir/weir.h> is a copy in the build's folder, without its lines.
set(WEIR_INCLUDE_DIRS "${PROJECT_SOURCE_DIR}/include")
set(WEIR_ABSENT_HEADERS "")
foreach(layer zlib http inspect nats)
  if(NOT layer IN_LIST WEIR_LAYERS)
    list(APPEND WEIR_ABSENT_HEADERS "weir/${layer}/")
  endif()
endforeach()
if(NOT WEIR_HTTP)
  list(APPEND WEIR_ABSENT_HEADERS "weir/coro/handler\\.h" "weir/coro/http\\.h")
endif()

list(JOIN WEIR_ABSENT_HEADERS "|" absent)
file(READ include/weir/weir.h text)
set(whole "${text}")
if(absent)
  string(REGEX REPLACE "#include <(${absent})[^>]*>\n" "" text "${text}")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/weir/weir.h)
if(NOT text STREQUAL whole)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/weir/weir.h" CONTENT "${text}" @ONLY)
  list(PREPEND WEIR_INCLUDE_DIRS "${PROJECT_BINARY_DIR}/include")
endif()
