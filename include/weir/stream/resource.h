// weir/stream/resource.h - what a stream opens before its first use and releases at its end.
#pragma once

#include <weir/stream/done.h>
#include <weir/stream/internal/overrides.h>

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

// Whether R has a construct of its own. Does not compile where R's functions only look like those
// of a Resource.
template <class R>
constexpr bool constructs() {
  using Construct = void(Done);
  using Destroy = void(Error, Done);
  using TakesRanges = bool();
  (void)WEIR_OVERRIDES_(R, Resource, destroy, Destroy,
                        "void destroy(weir::Error error, weir::Done done) override");
  (void)WEIR_OVERRIDES_(R, Resource, takes_ranges, TakesRanges, "bool takes_ranges() override");
  return WEIR_OVERRIDES_(R, Resource, construct, Construct,
                         "void construct(weir::Done done) override");
}

}  // namespace internal
}  // namespace weir
