# weir_layer(<layer> [SOURCES <file>...] [APART_SOURCES <file>...]
#            [TLS_SOURCES <file>...] [NO_TLS_SOURCES <file>...]
#            [LINKS <target>...] [PRIVATE_LINKS <target>...])
#
# Adds weir_<layer>, known as weir::<layer>. Its objects become part of the installed library
# (weir_library.cmake). TLS_SOURCES need OpenSSL; only APART_SOURCES may refer to them. Without WEIR_TLS,
# NO_TLS_SOURCES take their place.
function(weir_layer layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg ""
    "" "SOURCES;APART_SOURCES;TLS_SOURCES;NO_TLS_SOURCES;LINKS;PRIVATE_LINKS")
  set(target weir_${layer})

  set(apart ${arg_APART_SOURCES})
  if(WEIR_TLS)
    list(APPEND apart ${arg_TLS_SOURCES})
  else()
    list(APPEND apart ${arg_NO_TLS_SOURCES})
  endif()
  add_library(${target} STATIC ${arg_SOURCES} ${apart})
  add_library(weir::${layer} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target}
    PRIVATE "${PROJECT_SOURCE_DIR}/src" PUBLIC ${WEIR_INCLUDE_DIRS})
  target_link_libraries(${target} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  # Shared libraries are made of it, too.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  weir_warnings(${target})
  # libFuzzer looks for inputs that lead it through other parts of the library.
  if(WEIR_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
  weir_unity(${target} APART ${apart})
  if(layer STREQUAL base)
    weir_precompile(${target})
  else()
    weir_precompile(${target} REUSE_FROM weir_base)
  endif()
endfunction()
