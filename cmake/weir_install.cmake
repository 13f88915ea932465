include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weir")

install(DIRECTORY include/weir
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(EXPORT weir_targets
  FILE weir-targets.cmake NAMESPACE weir:: DESTINATION "${package_dir}")

list(JOIN WEIR_LAYERS " " WEIR_CONFIG_LAYERS)
configure_package_config_file(cmake/weir-config.cmake.in weir-config.cmake
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weir-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/weir-config.cmake" "${PROJECT_BINARY_DIR}/weir-config-version.cmake"
  DESTINATION "${package_dir}")

# Only the archive's users link what weir is built on: libweir.so finds it itself.
set(WEIR_PC_THEN ", ")
if(WEIR_SHARED)
  set(WEIR_PC_THEN "\nRequires.private: ")
endif()
string(REPLACE ">=" " >= " WEIR_PC_LLHTTP "${WEIR_LLHTTP_LIBRARY}")
# Relative to weir.pc, so that an installed tree can move.
set(WEIR_PC_PREFIX "/prefix")
cmake_path(RELATIVE_PATH WEIR_PC_PREFIX
  BASE_DIRECTORY "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
configure_file(cmake/weir.pc.in weir.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/weir.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
