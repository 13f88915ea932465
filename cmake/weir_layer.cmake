# weir_layer(<layer> [SOURCES <file>...] [TLS_SOURCES <file>...]
#            [LINKS <target>...] [PRIVATE_LINKS <target>...])
#
# Adds weir_<layer>, known as weir::<layer>. Its objects become part of the installed library
# (weir_library.cmake). TLS_SOURCES need OpenSSL, and no other source refers to them.
function(weir_layer layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;TLS_SOURCES;LINKS;PRIVATE_LINKS")
  set(target weir_${layer})

  add_library(${target} STATIC ${arg_SOURCES} ${arg_TLS_SOURCES})
  add_library(weir::${layer} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target}
    PRIVATE "${PROJECT_SOURCE_DIR}/src" PUBLIC "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  # Shared libraries are made of it, too.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  weir_warnings(${target})
  weir_unity(${target} APART ${arg_TLS_SOURCES})
  if(layer STREQUAL base)
    weir_precompile(${target})
  else()
    weir_precompile(${target} REUSE_FROM weir_base)
  endif()
endfunction()
