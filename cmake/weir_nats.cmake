# The nats layer needs cnats (Debian: libnats-dev), and libcrypto, which cnats needs too, for the digests of
# objects; without them, all others are built.
# Sets WEIR_HAS_NATS, and adds the layer as the highest.
set(WEIR_HAS_NATS FALSE)
if(WEIR_NATS)
  if(WEIR_NATS STREQUAL "AUTO")
    pkg_check_modules(weir_libnats QUIET IMPORTED_TARGET GLOBAL libnats>=3.3 libcrypto>=3)
  else()
    pkg_check_modules(weir_libnats REQUIRED IMPORTED_TARGET GLOBAL libnats>=3.3 libcrypto>=3)
  endif()
  if(weir_libnats_FOUND)
    set(WEIR_HAS_NATS TRUE)
    list(APPEND WEIR_LAYERS nats)
  endif()
endif()
