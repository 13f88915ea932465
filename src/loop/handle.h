// Owns libuv handles. Closing is asynchronous, so the close callback frees the handle. The type
// makes it impossible to forget the close, or to use a closed handle.
#pragma once

#include <memory>

#include <uv.h>

namespace weir::internal {

template <class T>
struct CloseThenFree {
  void operator()(T* handle) const noexcept {  // REQUIRES: uv_*_init succeeded
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

template <class T>
using Handle = std::unique_ptr<T, CloseThenFree<T>>;

template <class T>
uv_handle_t* base(const Handle<T>& handle) noexcept {
  return reinterpret_cast<uv_handle_t*>(handle.get());
}

}  // namespace weir::internal
