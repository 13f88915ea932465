# weir_layer(<layer> [SOURCES <file>...] [TLS_SOURCES <file>...]
#            [LINKS <target>...] [PRIVATE_LINKS <target>...])
#
# Adds weir_<layer>, known as weir::<layer> here and to consumers. A layer without sources is
# an interface library. TLS_SOURCES need OpenSSL, and no other source refers to them.
function(weir_layer layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;TLS_SOURCES;LINKS;PRIVATE_LINKS")
  set(target weir_${layer})

  if(arg_SOURCES)
    set(reach PUBLIC)
    add_library(${target} STATIC ${arg_SOURCES} ${arg_TLS_SOURCES})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_LINKS})
    # A consumer may link the archive into a shared library of its own.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    weir_warnings(${target})
    weir_unity(${target} APART ${arg_TLS_SOURCES})
    if(layer STREQUAL base)
      weir_precompile(${target})
    else()
      weir_precompile(${target} REUSE_FROM weir_base)
    endif()
  else()
    set(reach INTERFACE)
    add_library(${target} INTERFACE)
  endif()

  add_library(weir::${layer} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${layer})
  target_compile_features(${target} ${reach} cxx_std_23)
  target_link_libraries(${target} ${reach} ${arg_LINKS})
  target_include_directories(${target} ${reach}
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  install(TARGETS ${target} EXPORT weir_targets)
endfunction()
