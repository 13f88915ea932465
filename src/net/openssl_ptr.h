// Ownership of OpenSSL's objects: each is freed by a function of its own.
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
