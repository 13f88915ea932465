// weir/stream/resource.h - what a stream opens before its first use and releases at its end.
#pragma once

#include <weir/stream/done.h>

#include <concepts>
#include <utility>

namespace weir {

// A sink and a source of the same stream are one Resource: BasicSink and BasicSource share it.
class Resource {
 public:
  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  virtual ~Resource() = default;

  // Called once, on the first tick of the stream's life, where it is overridden; the stream queues
  // what is written until it is done. Node counterpart: _construct.
  virtual void construct(Done done) { done(); }

  // Called once, never before construct is done. `error` is why, or success; what `done` is given
  // is what the stream emits. Node counterpart: _destroy.
  virtual void destroy(Error error, Done done) { done(std::move(error)); }

  // Whether what is written may be ranges of files: chunks that are elsewhere (see buffer.h), which
  // the resource has the system read. Asked before each of them.
  virtual bool takes_ranges() { return false; }
};

namespace internal {

// False only where R leaves construct as it is declared above.
template <class R>
constexpr bool constructs() {
  if constexpr (requires { &R::construct; })
    return !std::same_as<decltype(&R::construct), decltype(&Resource::construct)>;
  else
    return true;  // overloaded or private: its own
}

}  // namespace internal
}  // namespace weir
