find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(utf8cpp REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

# Debian's libuv comes without a CMake package.
find_package(PkgConfig REQUIRED)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET GLOBAL libuv>=1.44)
if(WEIR_ZLIB)
  pkg_check_modules(weir_codecs REQUIRED IMPORTED_TARGET GLOBAL
    zlib>=1.2.9 libbrotlienc libbrotlidec libzstd>=1.4)
endif()
if(WEIR_TLS)
  pkg_check_modules(weir_openssl REQUIRED IMPORTED_TARGET GLOBAL openssl>=3)
endif()
if(WEIR_HTTP)
  pkg_check_modules(weir_uriparser REQUIRED IMPORTED_TARGET GLOBAL liburiparser>=0.9)
endif()
