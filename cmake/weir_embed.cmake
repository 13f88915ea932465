# weir_embed(<target> HEADER <header> FUNCTION <function> [COMPACT <file>...] [FILES <file>...])
#
# Adds an object library that has the files' bytes, those of COMPACT as weir_compact.cmake makes them, and
# the definition of
#   std::span<const Asset> weir::internal::<function>()
# as <header> declares it. The assembler reads the files (.incbin), so the build needs no other program
# than CMake; a change of a file assembles it again.
function(weir_embed target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;FUNCTION" "COMPACT;FILES")
  set(types
    css text/css
    html text/html
    js text/javascript
    svg image/svg+xml
    txt text/plain)

  set(files ${arg_FILES})
  set(compactor "${PROJECT_SOURCE_DIR}/cmake/weir_compact.cmake")
  foreach(file IN LISTS arg_COMPACT)
    cmake_path(GET file FILENAME name)
    set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}/${name}")
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    add_custom_command(OUTPUT "${output}"
      COMMAND "${CMAKE_COMMAND}" "-DINPUT=${file}" "-DOUTPUT=${output}" -P "${compactor}"
      DEPENDS "${file}" "${compactor}"
      VERBATIM)
    list(APPEND files "${output}")
  endforeach()

  set(WEIR_EMBED_HEADER "${arg_HEADER}")
  set(WEIR_EMBED_FUNCTION "${arg_FUNCTION}")
  set(WEIR_EMBED_BYTES "")
  set(WEIR_EMBED_SYMBOLS "")
  set(WEIR_EMBED_ASSETS "")
  set(number 0)
  foreach(file IN LISTS files)
    cmake_path(GET file FILENAME name)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    string(SUBSTRING "${extension}" 1 -1 extension)
    list(FIND types "${extension}" place)
    if(place EQUAL -1)
      message(FATAL_ERROR "weir_embed: no media type for ${file}")
    endif()
    math(EXPR place "${place} + 1")
    list(GET types ${place} type)
    set(charset "")
    if(type MATCHES "^text/")
      set(charset [[; charset=utf-8]])
    endif()

    set(symbol ${target}_${number})
    string(APPEND WEIR_EMBED_BYTES
      "    \".globl ${symbol}, ${symbol}_end\\n.hidden ${symbol}, ${symbol}_end\\n\"\n"
      "    \"${symbol}: .incbin \\\"${file}\\\"\\n\"\n"
      "    \"${symbol}_end: .byte 0\\n\"\n")
    string(APPEND WEIR_EMBED_SYMBOLS "extern const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND WEIR_EMBED_ASSETS
      "      {\"${name}\", \"${type}${charset}\", {${symbol}, ${symbol}_end}},\n")
    math(EXPR number "${number} + 1")
  endforeach()

  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}.cc")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/weir_embed.cc.in" "${source}" @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${files}")
  add_library(${target} OBJECT "${source}" ${files})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_compile_features(${target} PRIVATE cxx_std_23)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  weir_warnings(${target})
endfunction()
