include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weir")

# A header of the build's folder (weir_headers.cmake) takes the place of that in the sources.
set(excluded "")
foreach(pattern IN LISTS WEIR_ABSENT_HEADERS)
  string(REGEX REPLACE "/$" "$" pattern "include/${pattern}")
  list(APPEND excluded REGEX "${pattern}" EXCLUDE)
endforeach()
set(folders ${WEIR_INCLUDE_DIRS})
list(REVERSE folders)
foreach(folder IN LISTS folders)
  install(DIRECTORY "${folder}/weir"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h" ${excluded})
endforeach()
install(EXPORT weir_targets
  FILE weir-targets.cmake NAMESPACE weir:: DESTINATION "${package_dir}")

# What find_package(weir COMPONENTS ...) finds, and the option that has left out what it does not.
set(WEIR_CONFIG_LAYERS ${WEIR_LAYERS})
set(WEIR_CONFIG_ABSENT "")
foreach(part zlib http inspect tls nats)
  set(option WEIR_HTTP)
  if(NOT part STREQUAL inspect)
    string(TOUPPER "WEIR_${part}" option)
  endif()
  if(part IN_LIST WEIR_LAYERS OR (part STREQUAL tls AND WEIR_TLS))
    continue()
  endif()
  list(APPEND WEIR_CONFIG_ABSENT ${part}:${option})
endforeach()
list(JOIN WEIR_CONFIG_LAYERS " " WEIR_CONFIG_LAYERS)
list(JOIN WEIR_CONFIG_ABSENT " " WEIR_CONFIG_ABSENT)
configure_package_config_file(cmake/weir-config.cmake.in weir-config.cmake
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weir-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/weir-config.cmake" "${PROJECT_BINARY_DIR}/weir-config-version.cmake"
  DESTINATION "${package_dir}")

# Only the archive's users link what weir is built on: libweir.so finds it itself.
set(needed "")
if(WEIR_ZLIB)
  list(APPEND needed "zlib >= 1.2.9" libbrotlienc libbrotlidec "libzstd >= 1.4")
endif()
if(WEIR_TLS)
  list(APPEND needed "openssl >= 3")
endif()
if(WEIR_HTTP)
  string(REPLACE ">=" " >= " llhttp "${WEIR_LLHTTP_LIBRARY}")
  list(APPEND needed "liburiparser >= 0.9" ${llhttp})
endif()
list(JOIN needed ", " needed)
set(WEIR_PC_REQUIRES "fmt >= 9, libuv >= 1.44")
if(needed AND WEIR_SHARED)
  string(APPEND WEIR_PC_REQUIRES "\nRequires.private: ${needed}")
elseif(needed)
  string(APPEND WEIR_PC_REQUIRES ", ${needed}")
endif()
# Relative to weir.pc, so that an installed tree can move.
set(WEIR_PC_PREFIX "/prefix")
cmake_path(RELATIVE_PATH WEIR_PC_PREFIX
  BASE_DIRECTORY "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
configure_file(cmake/weir.pc.in weir.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/weir.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
