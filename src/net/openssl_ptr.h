// Owners of OpenSSL's objects; each type has its own function to free it.
#pragma once

#include <memory>

namespace weir::tls {

template <auto kFree>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};

template <class T, auto kFree>
using OpensslPtr = std::unique_ptr<T, FreeWith<kFree>>;

}  // namespace weir::tls
