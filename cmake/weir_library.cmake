# The layers as one library: libweir.a (weir_archive; to consumers, weir::weir) and libweir.so (weir_shared;
# weir::shared), which exports what src/exports.txt lists.
option(WEIR_SHARED "Build libweir.so" ${PROJECT_IS_TOP_LEVEL})

set(objects "")
foreach(part inspector_page llhttp)
  if(TARGET weir_${part})
    list(APPEND objects $<TARGET_OBJECTS:weir_${part}>)
  endif()
endforeach()
foreach(layer IN LISTS WEIR_LAYERS)
  list(APPEND objects $<TARGET_OBJECTS:weir_${layer}>)
endforeach()

# What weir_dependencies.cmake has found for the parts that are built.
set(found "")
foreach(library weir_codecs weir_openssl weir_uriparser)
  if(TARGET PkgConfig::${library})
    list(APPEND found PkgConfig::${library})
  endif()
endforeach()

# weir_library(<target> STATIC|SHARED <name for consumers>)
function(weir_library target kind name)
  add_library(${target} ${kind} ${objects})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME weir EXPORT_NAME ${name} LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target}
    PUBLIC fmt::fmt PkgConfig::libuv
    PRIVATE ${found} Threads::Threads)
  if(WEIR_LLHTTP_LIBRARY)
    target_link_libraries(${target} PRIVATE ${WEIR_LLHTTP})
  endif()
  install(TARGETS ${target} EXPORT weir_targets)
endfunction()

# A program that links the archive needs libnats only if it uses nats; so weir::nats links it.
weir_library(weir_archive STATIC weir)

if(NOT WEIR_SHARED)
  return()
endif()
weir_library(weir_shared SHARED shared)
if(WEIR_HAS_NATS)
  target_link_libraries(weir_shared PRIVATE PkgConfig::weir_libnats)
endif()

# The linker takes no `<` and no space in a pattern, and compares what is quoted letter by letter.
file(STRINGS src/exports.txt names REGEX "^[^#]")
set(WEIR_EXPORTS "")
foreach(name IN LISTS names)
  string(REPLACE "<" "?" name "${name}")
  if(name MATCHES "::[A-Z][A-Za-z0-9]*$")
    string(APPEND WEIR_EXPORTS
      "      ${name}::*; non-virtual?thunk?to?${name}::*;\n"
      "      \"typeinfo for ${name}\"; \"typeinfo name for ${name}\"; \"vtable for ${name}\";\n")
  else()
    string(APPEND WEIR_EXPORTS "      ${name}*;\n")
  endif()
endforeach()
set(version_script "${PROJECT_BINARY_DIR}/weir_exports.map")
file(CONFIGURE OUTPUT "${version_script}" CONTENT
  "{\n  global:\n    extern \"C++\" {\n@WEIR_EXPORTS@    };\n  local: *;\n};\n" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS src/exports.txt)
set_target_properties(weir_shared PROPERTIES LINK_DEPENDS "${version_script}")
target_link_options(weir_shared PRIVATE
  "LINKER:--version-script=${version_script}" LINKER:-Bsymbolic-functions LINKER:-z,defs)
